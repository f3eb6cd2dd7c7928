import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import requestStorage from 'oidc-provider/lib/helpers/als.js'
import { formatScope } from '../access/scopes.ts'

/** The paths under `/auth` that are served, and their methods. */
const served: ReadonlyMap<string, readonly string[]> = new Map([
  ['/token', ['POST', 'OPTIONS']],
  ['/jwks', ['GET', 'HEAD', 'OPTIONS']],
  ['/.well-known/openid-configuration', ['GET', 'HEAD', 'OPTIONS']],
  ['/.well-known/oauth-authorization-server', ['GET', 'HEAD', 'OPTIONS']],
])

const mountPath = '/auth'

/** Serves the provider under `/auth`: nothing but the paths above, and every answer is JSON. */
export const listen = (
  provider: Provider,
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  provider.use(async (context, next) => {
    await next()
    if (context.oidc?.route === 'discovery') context.body = truthful(context.body)
  })
  const serve = provider.callback()
  return (request, response) => {
    const url = request.url ?? '/'
    const inner = url.startsWith(mountPath) ? url.slice(mountPath.length) : url
    const methods = served.get(inner.split('?', 1)[0] ?? '')
    if (methods === undefined) {
      return refuse(request, response, [404, 'there is no such authorization endpoint', {}])
    }
    if (!methods.includes(request.method ?? '')) {
      const allow = methods.join(', ')
      return refuse(request, response, [405, `this endpoint is served with ${allow}`, { allow }])
    }
    const mounted = Object.assign(request, { originalUrl: url })
    mounted.url = inner
    void whileFollowed(() => serve(mounted, response))
  }
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

/** The discovery document without what is not served: no authorization endpoint, no claims about people. */
const truthful = (body: unknown): Record<string, unknown> => {
  const document = { ...(body as Record<string, unknown>) }
  delete document['authorization_endpoint']
  delete document['code_challenge_methods_supported']
  delete document['response_modes_supported']
  delete document['authorization_response_iss_parameter_supported']
  delete document['claims_parameter_supported']
  delete document['claims_supported']
  delete document['claim_types_supported']
  document['scopes_supported'] = scopesSupported
  return document
}

/** What discovery documents announce; every narrower SMART scope is understood too. */
export const scopesSupported: readonly string[] = (['system', 'user'] as const).map(context =>
  formatScope({ context, resourceType: '*', letters: 'cruds' }),
)
