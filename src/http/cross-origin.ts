import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Who may ask from a page of another origin. */
export interface CrossOriginOptions {
  /** Where the server is seen from outside. */
  readonly baseUrl: string
  /** Whether a registered app has its pages at this origin. */
  readonly isAppOrigin: (origin: string) => Promise<boolean>
}

/** Seconds a browser may remember what it was allowed. */
const preflightSeconds = 600
/** Addresses that pages of apps may ask, and the methods they have there. */
const openTo: readonly (readonly [path: RegExp, methods: string])[] = [
  [/^\/fhir(?:[/?]|$)/, 'GET, HEAD, POST, PUT, PATCH, DELETE'],
  [/^\/auth\/(?:token|revoke)$/, 'POST'],
  [
    /^\/auth\/(?:jwks|\.well-known\/(?:openid-configuration|oauth-authorization-server))$/,
    'GET, HEAD',
  ],
]
/** Headers that mean something here and that browsers send only when told that they may. */
const sendable = [
  ...['authorization', 'content-type', 'prefer', 'x-request-id', 'idempotency-key'],
  ...['if-match', 'if-none-match', 'if-none-exist', 'if-modified-since', 'if-unmodified-since'],
].join(', ')
/** Headers of answers that browsers show to a page only when told to. */
const readable = [
  ...['etag', 'location', 'content-location', 'allow', 'retry-after', 'www-authenticate'],
  ...['preference-applied', 'x-request-id', 'date'],
].join(', ')

/**
 * Lets pages of registered apps, and of nobody else, ask from their own origin: the origin of a redirect
 * URI of an active client. Cookies are never let along; a token is all that counts. What a page of any
 * other origin asks is answered as ever, and its browser does not show it the answer.
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export const allowApps = (server: FastifyInstance, options: CrossOriginOptions): void => {
  const own = new URL(options.baseUrl).origin
  server.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    if (origin === undefined || origin === own) return
    const methods = openTo.find(([path]) => path.test(request.url))?.[1]
    // Without the registry nobody is let in; the rest of the request says what is wrong.
    if (methods === undefined || !(await options.isAppOrigin(origin).catch(() => false))) return
    if (isPreflight(request)) return answerPreflight(reply, origin, methods)
    reply.headers({ ...allowed(origin), 'access-control-expose-headers': readable })
  })
  server.addHook('onSend', (request, reply, _payload, done) => {
    if (request.headers.origin !== undefined) reply.header('vary', withOrigin(reply))
    done()
  })
}

const allowed = (origin: string) => ({ 'access-control-allow-origin': origin })

const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined

const answerPreflight = (reply: FastifyReply, origin: string, methods: string): FastifyReply =>
  reply
    .code(204)
    .headers({
      ...allowed(origin),
      'access-control-allow-methods': methods,
      'access-control-allow-headers': sendable,
      'access-control-max-age': preflightSeconds,
      vary: 'access-control-request-method, access-control-request-headers',
    })
    .send()

const withOrigin = (reply: FastifyReply): string => {
  const vary = reply.getHeader('vary')
  return vary === undefined ? 'origin' : `${String(vary)}, origin`
}
