import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

/** Whether the server can do its work; false with the name of what is missing. */
export type Readiness = () => Promise<{
  readonly ready: boolean
  readonly checks: Record<string, boolean>
}>

/**
 * What operators and orchestrators ask: liveness, readiness, Prometheus metrics. No metric holds a
 * URL, an id or anything a caller wrote.
 */
export const operationsRoutes =
  (readiness: Readiness) =>
  async (server: FastifyInstance): Promise<void> => {
    server.get('/health/live', async () => ({ status: 'live' }))
    server.get('/health/ready', async (_request, reply) => {
      const { ready, checks } = await readiness()
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
    })
    const { registry, observe } = createMetrics()
    server.get('/metrics', async (_request, reply) =>
      reply.type(registry.contentType).send(await registry.metrics()),
    )
    server.server.on('request', (request, response) => {
      const method = request.method ?? ''
      const started = process.hrtime.bigint()
      response.once('finish', () =>
        observe(method, response.statusCode, Number(process.hrtime.bigint() - started) / 1e9),
      )
    })
  }

const createMetrics = () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const durations = new Histogram({
    name: 'huizhen_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  // Methods and statuses are few; to find a pair's series anew costs more than to count.
  const series = new Map<string, Map<number, ReturnType<typeof durations.labels>>>()
  const observe = (method: string, status: number, seconds: number): void => {
    let byStatus = series.get(method)
    if (byStatus === undefined) series.set(method, (byStatus = new Map()))
    let one = byStatus.get(status)
    if (one === undefined) byStatus.set(status, (one = durations.labels({ method, status })))
    one.observe(seconds)
  }
  return { registry, observe }
}
