import compress from '@fastify/compress'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { knownGrantOf } from '../access/known-grant.ts'
import { constraintMeanings } from '../access/scope-constraints.ts'
import { requireFewEntries } from '../fhir/bundle-size.ts'
import { UnsupportedFormat, UnsupportedPatchFormat } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import { limits } from '../fhir/limits.ts'
import { languageOf } from '../fhir/outcome.ts'
import { parseXml } from '../fhir/xml-reader.ts'
import { keepRefusal } from '../interactions/feed-refusals.ts'
import type { Context, Exchange } from '../interactions/interaction.ts'
import { jsonPatchType, patchFormats } from '../interactions/patch-body.ts'
import { perform } from '../interactions/perform.ts'
import { parametersOf, requestOf, type WrittenRequest } from '../interactions/routes.ts'
import { asCaller, identify, principalOf } from './caller.ts'
import { atEvenMoment } from './even-moment.ts'
import { exportRoutes } from './exports.ts'
import { isForm, renditionOf } from './format.ts'
import { mediaTypeOf, mediaTypes } from './format-names.ts'
import { headerText } from './header-text.ts'
import { idempotencyOf } from './idempotency-key.ts'
import { announcedBytes, createRoom, type TakeRoom } from './large-bodies.ts'
import { metadataRoute } from './metadata.ts'
import type { Laps } from './metrics.ts'
import { preferencesOf } from './prefer.ts'
import { sendResult } from './response.ts'
import type { ServerOptions } from './server.ts'

/**
 * The FHIR endpoint. The order of a request: token (401) before the body is read, bytes (400, 413,
 * 415), address (404, 405), then the doorway of the interactions.
 * @see https://hl7.org/fhir/R4/http.html
 */
export const fhirRoutes =
  (options: ServerOptions) =>
  async (server: FastifyInstance): Promise<void> => {
    await server.register(compress, {
      encodings: ['br', 'gzip'],
      // What a body decompresses to is bounded as the body itself is: by the server's bodyLimit.
      requestEncodings: ['gzip', 'identity'],
      threshold: limits.compressedBytesMin,
    })
    server.removeAllContentTypeParsers()
    server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    openRoutes(server, options)
    server.register(async guarded => {
      const takeRoom = createRoom(options.bodyBytesMax * limits.largestBodiesUnderWayMax)
      guarded.addHook('onRequest', async (request, reply) => {
        await identify(request, options.verifier, options.context.refusals)
        takeRoom(reply, announcedBytes(request.headers['content-length']))
      })
      const serving = { ...options, takeRoom }
      const route = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
        atEvenMoment(reply, measured(request, reply, serving))
      exportRoutes(guarded, options)
      guarded.all('/', route)
      guarded.all('/*', route)
    })
  }

/** What is served without a token. */
const openRoutes = (server: FastifyInstance, options: ServerOptions): void => {
  metadataRoute(server, options.context)
  server.get('/.well-known/smart-configuration', (_request, reply) =>
    reply.type('application/json').send(options.smartConfiguration()),
  )
}

interface Serving extends ServerOptions {
  readonly takeRoom: TakeRoom
}

const measured = async (
  request: FastifyRequest,
  reply: FastifyReply,
  serving: Serving,
): Promise<FastifyReply> => {
  const laps = serving.metrics.laps(reply.elapsedTime)
  const written = writtenRequest(request)
  try {
    return await answer(request, reply, serving, { laps, written })
  } catch (error) {
    keepForSender(request, written, serving.context, error)
    throw error
  } finally {
    laps.end()
  }
}

interface Measured {
  readonly laps: Laps
  /** Without its body at first. */
  readonly written: WrittenRequest
}

/** What was refused is shown to those who look after the sender, at the feed desk. */
const keepForSender = (
  request: FastifyRequest,
  written: WrittenRequest,
  context: Context,
  error: unknown,
): void => {
  const principal = principalOf(request)
  if (principal === undefined) return
  const payload = hasBody(request) ? { payload: request.body as Buffer } : {}
  keepRefusal(
    context,
    principal,
    {
      ...{ written, contentType: header(request, 'content-type'), ...payload },
      ...{ requestId: request.id, isBatchEntry: false },
      language: languageOf(request.headers['accept-language']),
    },
    error,
  )
}

const answer = async (
  request: FastifyRequest,
  reply: FastifyReply,
  { context, verifier, shares, takeRoom, explains }: Serving,
  { laps, written }: Measured,
): Promise<FastifyReply> => {
  // What was sent compressed, or without its length, is known only now.
  const arrived = (request.body as Buffer | null | undefined)?.length ?? 0
  takeRoom(reply, arrived - announcedBytes(request.headers['content-length']))
  const rendition = renditionOf(request)
  const { isLenient, returnPreference } = preferencesOf(request.headers['prefer'])
  const language = languageOf(request.headers['accept-language'])
  const idempotency = idempotencyOf(request)
  const meaningOf = constraintMeanings(context)
  if (hasBody(request)) Object.assign(written, await bodyOf(request, context))
  laps.over('read')
  const [result, exchange] = await asCaller(request, verifier, principal =>
    shares.inShare(principal.organization.number, async () => {
      laps.over('wait')
      const own: Exchange = {
        context,
        grant: knownGrantOf(principal, meaningOf),
        requestId: request.id,
        address: request.ip,
        queryable: context.database,
        isLenient,
        isExplained: explains && request.headers['x-explain'] !== undefined,
        returnPreference,
        language,
        idempotency,
      }
      const asked = requestOf(written)
      laps.asks(asked.interaction)
      return [await perform(asked, own), own] as const
    }),
  )
  laps.over('perform')
  return sendResult(result, exchange, { request, reply, rendition })
}

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name]
  const text = Array.isArray(value) ? value.join(', ') : value
  return text === undefined ? undefined : headerText(text)
}

const conditions = [
  ['ifMatch', 'if-match'],
  ['ifNoneExist', 'if-none-exist'],
  ['ifNoneMatch', 'if-none-match'],
  ['ifModifiedSince', 'if-modified-since'],
  ['ifUnmodifiedSince', 'if-unmodified-since'],
] as const

/** Relative to the FHIR endpoint. */
const urlOf = ({ url }: FastifyRequest): string => url.replace(/^\/fhir\/?/, '')

/** All but the body. */
const writtenRequest = (request: FastifyRequest): WrittenRequest => {
  const written: { -readonly [Member in keyof WrittenRequest]: WrittenRequest[Member] } = {
    method: request.method,
    url: urlOf(request),
  }
  for (const [name, field] of conditions) {
    const value = header(request, field)
    if (value !== undefined) written[name] = value
  }
  return written
}

const hasBody = ({ body }: FastifyRequest): boolean => Buffer.isBuffer(body) && body.length > 0

/**
 * @throws TooLarge for a Bundle of too many entries, before it is parsed
 * @throws UnsupportedFormat for a body that is neither JSON nor XML nor, on a search, a form
 * @throws UnsupportedPatchFormat on a patch
 */
const bodyOf = async (
  request: FastifyRequest,
  context: Context,
): Promise<Pick<WrittenRequest, 'body' | 'form' | 'isJsonPatch'>> => {
  const body = request.body as Buffer
  if (isForm(request)) return { form: parametersOf(body.toString('utf8')) }
  const mediaType = mediaTypeOf(request.headers['content-type'])
  const isPatch = request.method === 'PATCH'
  if (isPatch && mediaType === jsonPatchType) return { body: parseJson(body), isJsonPatch: true }
  const format = mediaTypes.get(mediaType)
  if (format === undefined && isPatch) throw new UnsupportedPatchFormat(patchFormats.join(', '))
  if (format === undefined) throw new UnsupportedFormat('format-unsupported')
  if (format === 'xml') return { body: await parseXml(body, context.definitions) }
  if (request.method === 'POST' && urlOf(request) === '')
    requireFewEntries(body, context.bundleEntriesMax)
  return { body: parseJson(body) }
}
