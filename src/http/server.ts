import type { IncomingMessage, ServerResponse } from 'node:http'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { NotFound } from '../fhir/errors.ts'
import type { Context } from '../interactions/interaction.ts'
import type { TokenVerifier } from '../access/token.ts'
import { feedRoutes } from './feed.ts'
import { allowApps, type CrossOriginOptions } from './cross-origin.ts'
import { fhirRoutes } from './fhir.ts'
import { docsRoutes } from './docs/pages.ts'
import { deskRoutes } from './desk.ts'
import type { DeskSignIn } from './desk-visit.ts'
import { refusalOf, refuseConnection, sendError } from './errors.ts'
import type { Metrics } from './metrics.ts'
import { operationsRoutes, type Readiness } from './operations.ts'
import { peopleRoutes, type Welcome } from './people.ts'
import { watchAnswers } from './request-log.ts'
import { guard, keepAliveMs, requestTimeoutMs, silenceMs } from './safety.ts'
import type { Shares } from './share.ts'

/** Everything the HTTP side needs; made by `app.ts`. */
export interface ServerOptions {
  readonly context: Context
  readonly verifier: TokenVerifier
  readonly authorizationServer: (request: IncomingMessage, response: ServerResponse) => void
  readonly smartConfiguration: () => Record<string, unknown>
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly shares: Shares
  readonly desk: DeskSignIn
  readonly welcome: Welcome
  readonly logger: FastifyBaseLogger
  /** Whether the header X-Explain is followed: in the sandbox alone. */
  readonly explains: boolean
  readonly isAppOrigin: CrossOriginOptions['isAppOrigin']
  /** Bytes of a request body at most, also once it is decompressed. */
  readonly bodyBytesMax: number
}

/**
 * The HTTP server, its routes registered in the order they are read here.
 * Request URLs are never logged: they hold search values.
 */
export const createServer = (options: ServerOptions): FastifyInstance => {
  const { definitions } = options.context
  const refuse = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    options.metrics.countRefusal(refusalOf(thrown, request)?.code ?? 'exception')
    return sendError(thrown, request, reply, definitions)
  }
  const nextRequestId = requestIds(options.context.newId())
  const server = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: silenceMs,
    keepAliveTimeout: keepAliveMs,
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']) ?? nextRequestId(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 2048 },
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply),
    clientErrorHandler: refuseConnection,
  })
  server.setErrorHandler(refuse)
  server.setNotFoundHandler((request, reply) =>
    refuse(new NotFound('address-unknown'), request, reply),
  )
  guard(server, options.context.baseUrl)
  allowApps(server, { ...options, baseUrl: options.context.baseUrl })
  watchAnswers(server, options.metrics)
  server.register(operationsRoutes(options))
  server.register(peopleRoutes(options.welcome))
  server.register(docsRoutes(options.context))
  server.register(authorizationRoutes(options.authorizationServer))
  server.register(feedRoutes(options), { prefix: '/feed' })
  server.register(deskRoutes(options), { prefix: '/desk' })
  server.register(fhirRoutes(options), { prefix: '/fhir' })
  return server
}

/** The caller's own id for a request, where it is a plain token: it comes back and is audited. */
const requestIdOf = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(header)
    ? header
    : undefined

/** Hands /auth to the authorization server, whose own HTTP code reads the body. */
const authorizationRoutes =
  (listener: ServerOptions['authorizationServer']) =>
  async (server: FastifyInstance): Promise<void> => {
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', (_request, _payload, done) => done(null))
    server.all('/auth/*', (request, reply) => {
      reply.hijack()
      listener(request.raw, reply.raw)
    })
  }

/** Request ids that no other process and no other start of this one gives out, without drawing for each. */
const requestIds = (start: string): (() => string) => {
  let count = 0
  return () => `${start}-${(++count).toString(36)}`
}
