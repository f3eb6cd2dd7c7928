import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TokenVerifier } from '../access/token.ts'
import { Forbidden } from '../fhir/errors.ts'
import type { Metrics } from './metrics.ts'

/** Whether the server can do its work; false with the name of what is missing. */
export type Readiness = () => Promise<{
  readonly ready: boolean
  readonly checks: Readonly<Record<string, boolean>>
}>

/** Milliseconds an answer about readiness is given again: anybody may ask, and it asks the database. */
const readinessMilliseconds = 1000

/** What the operators' routes need. */
export interface Operations {
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly verifier: TokenVerifier
}

/**
 * What operators and orchestrators ask: liveness, readiness, Prometheus metrics. Metrics are for this
 * machine, or for the token of a client that was registered with --operator.
 */
export const operationsRoutes =
  ({ readiness, metrics, verifier }: Operations) =>
  async (server: FastifyInstance): Promise<void> => {
    const look = fromTimeToTime(readiness)
    server.get('/health/live', async () => ({ status: 'live' }))
    server.get('/health/ready', async (_request, reply) => {
      const { ready, checks } = await look()
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
    })
    server.get('/metrics', async (request, reply) => {
      if (!isFromHere(request)) await requireOperator(request, verifier)
      return reply
        .header('cache-control', 'no-store')
        .type(metrics.contentType)
        .send(await metrics.text())
    })
  }

/** Those who ask at the same moment get one answer. */
const fromTimeToTime = (readiness: Readiness): Readiness => {
  let answer: ReturnType<Readiness> | undefined
  return () =>
    (answer ??= readiness().finally(
      () => void setTimeout(() => (answer = undefined), readinessMilliseconds).unref(),
    ))
}

const loopback = /^(?:::ffff:)?127\.|^::1$/

/** Whoever comes through a proxy on this machine is not from here: proxies say that they are there. */
const isFromHere = ({ raw, headers }: FastifyRequest): boolean =>
  loopback.test(raw.socket.remoteAddress ?? '') &&
  ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'].every(
    name => headers[name] === undefined,
  )

/** @throws Unauthenticated, Forbidden */
const requireOperator = async (request: FastifyRequest, verifier: TokenVerifier): Promise<void> => {
  const { isOperator } = await verifier.verify(request.headers.authorization)
  if (isOperator !== true) throw new Forbidden('metrics-operator-only')
}
