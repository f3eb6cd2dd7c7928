import type { FastifyInstance } from 'fastify'
import { limits } from '../fhir/limits.ts'

/** Milliseconds a client may take to send its headers and body before the connection is closed. */
export const requestTimeoutMs = 120_000
/** Milliseconds a client may take to send its headers. */
const headersTimeoutMs = 20_000
/**
 * Milliseconds in which nothing moves on a connection before it is closed: a client that does not take
 * its answer. Longer than anything a request does takes.
 */
export const silenceMs = 180_000
/** Milliseconds an idle connection is kept; longer than proxies keep theirs, so that they close first. */
export const keepAliveMs = 75_000

/**
 * What browsers may do with an answer: nothing. Pages for people state their own.
 * @see https://www.w3.org/TR/CSP3/
 */
const safetyHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

/** Seconds browsers keep in mind that this address is for TLS alone. */
const transportSecuritySeconds = 31_536_000

/**
 * Headers on every answer, and bounds on clients that are slow or many: they hold memory and sockets,
 * not the processor. `baseUrl` says whether clients come by TLS.
 */
export const guard = (server: FastifyInstance, baseUrl: string): void => {
  server.server.headersTimeout = headersTimeoutMs
  server.server.maxConnections = limits.connectionsMax
  const headers = Object.entries({
    ...safetyHeaders,
    ...(baseUrl.startsWith('https:')
      ? { 'strict-transport-security': `max-age=${transportSecuritySeconds}` }
      : {}),
  })
  server.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('x-request-id', request.id)
    for (const [name, value] of headers) if (!reply.hasHeader(name)) reply.header(name, value)
    done()
  })
}
