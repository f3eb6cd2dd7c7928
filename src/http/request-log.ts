import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { principalOf } from './caller.ts'
import type { Metrics } from './metrics.ts'

/** Milliseconds from which an answer is worth a line by itself. */
const slowMilliseconds = 10_000

/**
 * Counts and logs every answer. At the level `debug` each has a line with its request id, method,
 * status, time and who asked, by the ids of the registry; at `warn` those that failed on our side or
 * were slow. Never an address, a header or a body: they hold search values and people's names.
 */
export const watchAnswers = (server: FastifyInstance, metrics: Metrics): void => {
  const isDetailed = ['debug', 'trace'].includes(server.log.level ?? '')
  server.addHook('onResponse', (request, reply, done) => {
    const milliseconds = reply.elapsedTime
    metrics.observeAnswer(request.method, reply.raw.statusCode, milliseconds)
    const isNotable = reply.raw.statusCode >= 500 || milliseconds > slowMilliseconds
    if (isNotable) request.log.warn(lineOf(request, reply), 'answered')
    else if (isDetailed) request.log.debug(lineOf(request, reply), 'answered')
    done()
  })
}

const lineOf = (request: FastifyRequest, reply: FastifyReply) => {
  const principal = principalOf(request)
  return {
    method: request.method,
    status: reply.raw.statusCode,
    milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    ...(principal === undefined
      ? {}
      : { client: principal.clientId, organization: principal.organization.id }),
  }
}
