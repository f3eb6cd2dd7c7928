import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { knownGrantOf } from '../access/known-grant.ts'
import type { Principal } from '../access/principal.ts'
import { constraintMeanings } from '../access/scope-constraints.ts'
import { languageOf } from '../fhir/outcome.ts'
import { endExport, openExport } from '../interactions/export/job.ts'
import { exportLines, manifestOf } from '../interactions/export/lines.ts'
import type { Context, Exchange } from '../interactions/interaction.ts'
import { perform } from '../interactions/perform.ts'
import { asCaller } from './caller.ts'
import { privateHeaders } from './response.ts'
import type { ServerOptions } from './server.ts'

interface Job {
  readonly Params: { readonly id: string; readonly file: string }
}

/**
 * The addresses of exports that were asked for: what there is, its files as NDJSON, and forgetting it. An
 * export is complete at once, because its files are made while they are sent.
 * @see https://hl7.org/fhir/uv/bulkdata/export.html
 */
export const exportRoutes = (server: FastifyInstance, options: ServerOptions): void => {
  const asNow = asking(options)
  server.get<Job>('/$export-jobs/:id', (request, reply) =>
    asNow(request, async exchange => {
      const job = await openExport(request.params.id, exchange)
      return reply
        .headers({ ...privateHeaders, expires: new Date(job.expires).toUTCString() })
        .type('application/json')
        .send(JSON.stringify(manifestOf(job, exchange)))
    }),
  )
  server.delete<Job>('/$export-jobs/:id', (request, reply) =>
    asNow(request, async exchange => {
      await endExport(request.params.id, exchange)
      return reply.code(202).headers(privateHeaders).send()
    }),
  )
  server.get<Job>('/$export-jobs/:id/:file', async (request, reply) => {
    const job = await asNow(request, exchange => openExport(request.params.id, exchange))
    const type = request.params.file.replace(/\.ndjson$/, '')
    const lines = exportLines(job, type, asked =>
      asNow(request, exchange => perform(asked, exchange)),
    )
    return sendLines(reply, lines)
  })
}

/** The first page decides about the status; what fails later breaks the answer off. */
const sendLines = async (
  reply: FastifyReply,
  lines: AsyncGenerator<Buffer>,
): Promise<FastifyReply> => {
  const first = await lines.next()
  const all = async function* (): AsyncGenerator<Buffer> {
    if (first.done === true) return
    yield first.value
    yield* lines
  }
  return reply
    .headers(privateHeaders)
    .type('application/fhir+ndjson')
    .send(Readable.from(all(), { objectMode: false }))
}

type Asking = <T>(request: FastifyRequest, work: (exchange: Exchange) => Promise<T>) => Promise<T>

/** Runs work with the rights the caller has at this moment, in the turn of its hospital. */
const asking =
  ({ context, verifier, shares }: ServerOptions): Asking =>
  (request, work) =>
    asCaller(request, verifier, principal =>
      shares.inShare(principal.organization.number, () =>
        work(exchangeOf(request, principal, context)),
      ),
    )

const exchangeOf = (request: FastifyRequest, principal: Principal, context: Context): Exchange => ({
  context,
  grant: knownGrantOf(principal, constraintMeanings(context)),
  requestId: request.id,
  address: request.ip,
  queryable: context.database,
  isLenient: false,
  returnPreference: undefined,
  language: languageOf(request.headers['accept-language']),
})
