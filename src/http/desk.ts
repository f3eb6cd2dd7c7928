import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FeedReader } from '../access/feed-reader.ts'
import { FhirError, TooLarge } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { textOf, type Language } from '../fhir/outcome.ts'
import { auditFeed, listFeed, openEntry, summarizeFeed } from '../interactions/feed-desk.ts'
import { replayEntry, type Replayed } from '../interactions/feed-replay.ts'
import {
  entryPage,
  listPage,
  refusalPage,
  replayPage,
  signInPage,
  summaryPage,
} from './desk-pages.ts'
import {
  cookie,
  formOf,
  frameOf,
  hasProof,
  isForeign,
  languageIn,
  queryOf,
  sessionOf,
  visited,
  type DeskServing,
} from './desk-visit.ts'
import { refusalOf } from './errors.ts'
import { feedFilterOf, pageSizeOf, summaryDaysOf } from './feed-filter.ts'
import { sendPage } from './page.ts'

/** Bytes of a form at most: a hundred ids. */
const formBytesMax = 16 * 1024

/**
 * The feed desk for people, under `/desk`: pages in English and Chinese that need no scripts. A person
 * signs in by name, password and second factor; the cookie is of this path alone and no other site can
 * make a browser send it.
 */
export const deskRoutes =
  (serving: DeskServing) =>
  async (server: FastifyInstance): Promise<void> => {
    const { context } = serving
    server.removeAllContentTypeParsers()
    server.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: formBytesMax },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    )
    server.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })
    server.setErrorHandler((error, request, reply) => showError(error, request, reply))
    server.get('/sign-in', (request, reply) => sendPage(reply, signInPage(frameOf(request))))
    server.post('/sign-in', (request, reply) => signIn(request, reply, serving))
    server.post('/sign-out', (request, reply) => leave(request, reply, serving))
    server.get('/', (request, reply) =>
      visited(request, reply, serving, async ({ frame, visitor }) => {
        const query = queryOf(request)
        const count = pageSizeOf(query)
        const found = await listFeed(context, visitor.reader, feedFilterOf(query), count + 1)
        const entries = found.slice(0, count)
        query.delete('lang')
        query.set('before', entries.at(-1)?.id ?? '')
        const older = found.length > count ? `/desk?${query.toString()}` : undefined
        return listPage(frame, entries, { filter: shownFilter(query), older })
      }),
    )
    server.get('/summary', (request, reply) =>
      visited(request, reply, serving, async ({ frame, visitor }) =>
        summaryPage(
          frame,
          await summarizeFeed(context, visitor.reader, summaryDaysOf(queryOf(request))),
        ),
      ),
    )
    server.get('/entry/:id', (request, reply) =>
      visited(request, reply, serving, async ({ frame, visitor }) => {
        const { id } = request.params as { id: string }
        return entryPage(frame, await openEntry(context, visitor.reader, id))
      }),
    )
    server.post('/replay', (request, reply) =>
      visited(request, reply, serving, async ({ frame, visitor }) =>
        replayPage(frame, await replays(request, frame.language, visitor.reader, serving)),
      ),
    )
  }

const shownFilter = (query: URLSearchParams) => {
  const field = (name: string): string => query.get(name) ?? ''
  return {
    ...{ client: field('client'), type: field('type'), day: field('day') },
    ...{ code: field('code'), open: field('open') },
  }
}

const statuses = { wrong: 400, 'too-many': 429, busy: 503, 'no-factor': 403 } as const

const signIn = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { context, desk }: DeskServing,
): Promise<FastifyReply> => {
  const frame = { ...frameOf(request), here: '/desk/sign-in' }
  if (isForeign(request, context)) return sendPage(reply, signInPage(frame, 'wrong'), 400)
  const form = formOf(request)
  const field = (name: string): string => (form.get(name) ?? '').slice(0, 200)
  const attempt = { name: field('name').trim(), password: field('password'), code: field('code') }
  const found = await desk.signIn({ ...attempt, from: request.raw })
  if (typeof found === 'string') {
    const outcome = statuses[found]
    const refusal = { interaction: 'login', outcome, detail: `desk-${found}` } as const
    context.refusals.count({ ...refusal, client: null, organization: null })
    return sendPage(reply, signInPage(frame, found), outcome)
  }
  const visitor = await desk.visitorOf(found.session)
  if (visitor !== undefined) auditFeed(context, visitor.reader, '$feed-sign-in')
  return reply
    .header('set-cookie', cookie(found.session, desk.seconds, context))
    .redirect(`/desk?lang=${frame.language}`, 303)
}

const leave = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { context, desk }: DeskServing,
): Promise<FastifyReply> => {
  const session = sessionOf(request)
  if (session !== undefined && hasProof(request, session, desk))
    reply.header('set-cookie', cookie('', 0, context))
  return reply.redirect(`/desk/sign-in?lang=${languageIn(request)}`, 303)
}

/** One after the other; a refusal does not stop the others. */
const replays = async (
  request: FastifyRequest,
  language: Language,
  reader: FeedReader,
  { context, shares }: DeskServing,
): Promise<readonly Replayed[]> => {
  const ids = formOf(request).getAll('id')
  const limit = limits.feedReplaysMax
  if (ids.length > limit) throw new TooLarge('feed-replays-too-many', { found: ids.length, limit })
  const done: Replayed[] = []
  for (const id of ids) {
    const replay = { id, language, requestId: request.id, address: request.ip }
    done.push(
      await shares
        .inShare(reader.organization, () => replayEntry(context, reader, replay))
        .catch((error: unknown) => {
          if (error instanceof FhirError) return { id, status: error.status }
          throw error
        }),
    )
  }
  return done
}

const showError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const error = refusalOf(thrown, request)
  if (error === undefined) request.log.error({ err: thrown }, 'request failed')
  const frame = frameOf(request)
  const parameters = error?.parameters ?? { requestId: request.id }
  const text = textOf(error?.code ?? 'exception', parameters, frame.language)
  const status = error?.status ?? 500
  return sendPage(reply, refusalPage(frame, text), status)
}
