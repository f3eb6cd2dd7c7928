import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import requestStorage from 'oidc-provider/lib/helpers/als.js'
import { formatScope } from '../access/scopes.ts'
import { launchScopes } from './launch.ts'

/** The paths under `/auth` that are served, and their methods; `*` stands for an id. */
const served: ReadonlyMap<string, readonly string[]> = new Map([
  ['/authorize', ['GET']],
  ['/authorize/*', ['GET']],
  ['/sign-in/*', ['GET', 'POST']],
  ['/token', ['POST', 'OPTIONS']],
  ['/introspect', ['POST']],
  ['/revoke', ['POST', 'OPTIONS']],
  ['/jwks', ['GET', 'HEAD', 'OPTIONS']],
  ['/.well-known/openid-configuration', ['GET', 'HEAD', 'OPTIONS']],
  ['/.well-known/oauth-authorization-server', ['GET', 'HEAD', 'OPTIONS']],
])

const mountPath = '/auth'

/** Serves the pages of one sign-in. */
type ServePage = (request: IncomingMessage, response: ServerResponse, uid: string) => Promise<void>

/**
 * Serves the provider under `/auth`: nothing but the paths above, and every answer but a page is JSON.
 * Whatever host a request names, the provider sees the one of its issuer.
 */
export const listen = (
  provider: Provider,
  servePage: ServePage,
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  provider.use(async (context, next) => {
    await next()
    if (context.oidc?.route === 'discovery') context.body = truthful(context.body)
  })
  const serve = provider.callback()
  const { host, protocol, pathname } = new URL(provider.issuer)
  const outside = pathname.slice(0, -mountPath.length)
  return (request, response) => {
    const url = request.url ?? '/'
    const inner = withConsent(url.startsWith(mountPath) ? url.slice(mountPath.length) : url)
    const [path = ''] = inner.split('?', 1)
    const methods = served.get(path.replace(/^(\/[a-z-]+)\/[\w-]{10,100}$/, '$1/*'))
    if (methods === undefined) {
      return refuse(request, response, [404, 'there is no such authorization endpoint', {}])
    }
    if (!methods.includes(request.method ?? '')) {
      const allow = methods.join(', ')
      return refuse(request, response, [405, `this endpoint is served with ${allow}`, { allow }])
    }
    withoutSession(request.headers)
    Object.assign(request.headers, { host, 'x-forwarded-proto': protocol.slice(0, -1) })
    delete request.headers['x-forwarded-host']
    if (path.startsWith('/sign-in/')) return void servePage(request, response, path.slice(9))
    const mounted = Object.assign(request, { originalUrl: `${outside}${mountPath}${inner}` })
    mounted.url = inner
    void whileFollowed(() => serve(mounted, response))
  }
}

/**
 * Every sign-in begins anew: nobody finds themselves signed in, as somebody else perhaps, on a
 * computer that many use.
 */
const withoutSession = (headers: IncomingMessage['headers']): void => {
  const { cookie } = headers
  if (cookie === undefined) return
  const kept = cookie.split(/;\s*/).filter(pair => !/^_session(?:\.[a-z.]+)?=/.test(pair))
  headers.cookie = kept.join('; ')
}

/**
 * An app of SMART asks for `offline_access` without `prompt`, which OpenID Connect wants with it. The
 * person is always asked here, so it may be said for the app.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess
 */
const withConsent = (url: string): string => {
  const [path, query] = url.split('?', 2)
  if (path !== '/authorize' || query === undefined) return url
  const parameters = new URLSearchParams(query)
  const isOffline = parameters.get('scope')?.split(' ').includes('offline_access') === true
  if (!isOffline || parameters.has('prompt')) return url
  return `${url}&prompt=consent`
}

let followed = 0

/**
 * The provider keeps its request in an AsyncLocalStorage, and once one is used Node follows every
 * promise of the process: each request to FHIR would cost a third more. So it ends with the work.
 */
const whileFollowed = async (work: () => Promise<void>): Promise<void> => {
  followed++
  try {
    await work()
  } finally {
    if (--followed === 0) requestStorage.disable()
  }
}

type Refusal = readonly [status: number, description: string, headers: Record<string, string>]

const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  [status, description, headers]: Refusal,
): void => {
  // What was sent is not read, so the connection cannot carry another request.
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (length !== undefined || encoding !== undefined) response.setHeader('connection', 'close')
  const body = JSON.stringify({ error: 'invalid_request', error_description: description })
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** The discovery document without what is not served. */
const truthful = (body: unknown): Record<string, unknown> => {
  const document = { ...(body as Record<string, unknown>) }
  delete document['claims_parameter_supported']
  delete document['claim_types_supported']
  document['scopes_supported'] = scopesSupported
  return document
}

/** What discovery documents announce; every narrower SMART scope is understood too. */
export const scopesSupported: readonly string[] = [
  ...launchScopes,
  ...(['system', 'user', 'patient'] as const).map(context =>
    formatScope({ context, resourceType: '*', letters: 'cruds' }),
  ),
]
