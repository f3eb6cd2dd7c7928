import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { feedReaderOf, type FeedReader } from '../access/feed-reader.ts'
import type { TokenVerifier } from '../access/token.ts'
import { FhirError, InvalidRequest, TooLarge } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import { limits } from '../fhir/limits.ts'
import { languageOf, operationOutcome } from '../fhir/outcome.ts'
import { listFeed, openEntry, summarizeFeed } from '../interactions/feed-desk.ts'
import { replayEntry, type Replayed } from '../interactions/feed-replay.ts'
import type { Context } from '../interactions/interaction.ts'
import { feedFilterOf, pageSizeOf, summaryDaysOf } from './feed-filter.ts'
import { headerText } from './header-text.ts'
import { privateHeaders } from './response.ts'
import type { Shares } from './share.ts'

/** What the desk is served with. */
export interface FeedServing {
  readonly context: Context
  readonly verifier: TokenVerifier
  readonly shares: Shares
}

/**
 * The feed desk for programs, under `/feed`: what the caller's clients sent and was refused, the daily
 * reconciliation, and sending again. Every address asks for the token first; what belongs to another
 * hospital answers as what is not there.
 */
export const feedRoutes =
  (serving: FeedServing) =>
  async (server: FastifyInstance): Promise<void> => {
    const { context, verifier } = serving
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    const readers = new WeakMap<FastifyRequest, FeedReader>()
    server.addHook('onRequest', async (request, reply) => {
      reply.headers(privateHeaders)
      readers.set(request, feedReaderOf(await verifier.verify(request.headers.authorization)))
    })
    const readerOf = (request: FastifyRequest): FeedReader => readers.get(request)!
    server.get('/', async request => listed(request, readerOf(request), context))
    server.get('/summary', async request =>
      summarizeFeed(context, readerOf(request), summaryDaysOf(queryOf(request))),
    )
    server.get('/export', async (request, reply) =>
      reply
        .type('application/x-ndjson; charset=utf-8')
        .send(Readable.from(exported(request, readerOf(request), context))),
    )
    server.get('/:id', async request => {
      const { entry, content } = await openEntry(context, readerOf(request), idOf(request))
      return { ...entry, request: content ?? null }
    })
    server.post('/:id/replay', async request => {
      const [replayed] = await sendAgain(request, [idOf(request)], readerOf(request), serving)
      return replayed
    })
    server.post('/replay', async request => ({
      replays: await sendAgain(request, idsOf(request), readerOf(request), serving),
    }))
  }

const queryOf = ({ url }: FastifyRequest): URLSearchParams =>
  new URLSearchParams(url.split('?', 2)[1] ?? '')

const idOf = ({ params }: FastifyRequest): string => String((params as { id?: unknown }).id)

const listed = async (request: FastifyRequest, reader: FeedReader, context: Context) => {
  const query = queryOf(request)
  const filter = feedFilterOf(query)
  const count = pageSizeOf(query)
  const found = await listFeed(context, reader, filter, count + 1)
  const entries = found.slice(0, count)
  if (found.length <= count) return { entries }
  query.set('before', entries.at(-1)!.id)
  return { entries, next: `${context.baseUrl}/feed?${query.toString()}` }
}

/** Everything the filter meets, one entry with its payload per line. */
// oxlint-disable-next-line func-style -- a generator
async function* exported(request: FastifyRequest, reader: FeedReader, context: Context) {
  const filter = feedFilterOf(queryOf(request))
  let { before } = filter
  for (;;) {
    const page = await listFeed(context, reader, { ...filter, before }, exportPageSize)
    for (const { id } of page) {
      const opened = await openEntry(context, reader, id, '$feed-export').catch(gone)
      if (opened === undefined) continue
      yield `${JSON.stringify({ ...opened.entry, request: opened.content ?? null })}\n`
    }
    if (page.length < exportPageSize) return
    before = page.at(-1)!.id
  }
}

const exportPageSize = 100

/** It may have become too old meanwhile. */
const gone = (error: unknown): undefined => {
  if (error instanceof FhirError && error.status === 404) return undefined
  throw error
}

const bytesOf = ({ body }: FastifyRequest): Buffer | undefined =>
  Buffer.isBuffer(body) && body.length > 0 ? body : undefined

/** @throws InvalidRequest, TooLarge */
const idsOf = (request: FastifyRequest): readonly string[] => {
  const body = bytesOf(request)
  if (body === undefined) throw new InvalidRequest('body-missing')
  const { ids } = Object(parseJson(body)) as { ids?: unknown }
  if (!Array.isArray(ids) || !ids.every(id => typeof id === 'string'))
    throw new InvalidRequest('feed-filter-invalid', {
      ...{ parameter: 'ids', expected: 'an array of ids of entries' },
    })
  const limit = limits.feedReplaysMax
  if (ids.length > limit) throw new TooLarge('feed-replays-too-many', { found: ids.length, limit })
  return [...new Set(ids)]
}

/** One after the other, the oldest first as they were given; a refusal does not stop the others. */
const sendAgain = async (
  request: FastifyRequest,
  ids: readonly string[],
  reader: FeedReader,
  { context, shares }: FeedServing,
): Promise<readonly Replayed[]> => {
  const language = languageOf(request.headers['accept-language'])
  const replays: Replayed[] = []
  for (const id of ids) {
    const replay = { id, language, requestId: request.id, address: request.ip }
    const corrected = ids.length === 1 ? correctedOf(request) : undefined
    const work = () => replayEntry(context, reader, { ...replay, corrected })
    const outcome = (error: FhirError): Replayed => ({
      ...{ id, status: error.status, outcome: operationOutcome(error.issues, language) },
    })
    replays.push(
      await shares.inShare(reader.organization, work).catch((error: unknown) => {
        if (error instanceof FhirError && ids.length > 1) return outcome(error)
        throw error
      }),
    )
  }
  return replays
}

/** A body of a replay of one entry is the corrected payload. */
const correctedOf = (request: FastifyRequest) => {
  const payload = bytesOf(request)
  if (payload === undefined || request.url.startsWith('/feed/replay')) return undefined
  const contentType = headerText(request.headers['content-type'] ?? 'application/fhir+json')
  return { contentType, payload: payload.toString('utf8') }
}
