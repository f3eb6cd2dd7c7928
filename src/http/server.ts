import type { IncomingMessage, ServerResponse } from 'node:http'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { NotFound } from '../fhir/errors.ts'
import type { Context } from '../interactions/interaction.ts'
import type { TokenVerifier } from '../access/token.ts'
import { fhirRoutes } from './fhir.ts'
import { operationsRoutes, type Readiness } from './operations.ts'
import { peopleRoutes, type Welcome } from './people.ts'
import { refuseConnection, sendError } from './errors.ts'

/** Everything the HTTP side needs; made by `app.ts`. */
export interface ServerOptions {
  readonly context: Context
  readonly verifier: TokenVerifier
  readonly authorizationServer: (request: IncomingMessage, response: ServerResponse) => void
  readonly smartConfiguration: () => Record<string, unknown>
  readonly readiness: Readiness
  readonly welcome: Welcome
  readonly logger: FastifyBaseLogger
  /** Whether the header X-Explain is followed: in the sandbox alone. */
  readonly explains: boolean
  /** Bytes of a request body at most, also once it is decompressed. */
  readonly bodyBytesMax: number
}

/** Milliseconds a client may take to send its headers and body before the connection is closed. */
const requestTimeoutMs = 120_000

/**
 * The HTTP server, its routes registered in the order they are read here.
 * Request URLs are never logged: they hold search values.
 */
export const createServer = (options: ServerOptions): FastifyInstance => {
  const { definitions } = options.context
  const nextRequestId = requestIds(options.context.newId())
  const server = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    genReqId: ({ headers }) => requestIdOf(headers['x-request-id']) ?? nextRequestId(),
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 2048 },
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply, definitions),
    clientErrorHandler: refuseConnection,
  })
  server.setErrorHandler((error, request, reply) => sendError(error, request, reply, definitions))
  server.setNotFoundHandler((request, reply) =>
    sendError(new NotFound('address-unknown'), request, reply, definitions),
  )
  server.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    done()
  })
  server.register(operationsRoutes(options.readiness))
  server.register(peopleRoutes(options.welcome))
  server.register(authorizationRoutes(options.authorizationServer))
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
