import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Exchange, Result } from '../interactions/interaction.ts'
import { isWritten, writtenOutcome, type Written } from '../interactions/written-outcome.ts'
import { rendered, renderedTree, type Rendition } from './format.ts'
import { contentTypes } from './format-names.ts'
import { preferencesOf } from './prefer.ts'

const statuses: Readonly<Record<Result['kind'], number>> = {
  created: 201,
  updated: 200,
  unchanged: 200,
  'stale-ignored': 200,
  found: 200,
  matched: 200,
  absent: 204,
  bundle: 200,
  operation: 200,
  accepted: 202,
  deleted: 204,
  unmodified: 304,
}

/**
 * What every answer of the FHIR endpoint carries: it is one caller's own, and these request headers
 * made it what it is.
 */
export const privateHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'private, no-store',
  vary: 'authorization, accept, accept-encoding, accept-language, prefer',
}

/** Where an answer goes, and how it is written. */
export interface Answering {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly rendition: Rendition
}

/**
 * A result as status, headers and bytes: the only place that knows how a result looks in HTTP.
 * @see https://hl7.org/fhir/R4/http.html
 */
export const sendResult = (
  result: Result,
  exchange: Exchange,
  answering: Answering,
): FastifyReply => {
  const { request, reply, rendition } = answering
  const { context, returnPreference } = exchange
  const send = (json: Buffer): FastifyReply =>
    reply.type(contentTypes[rendition.format]).send(rendered(json, rendition, context.definitions))
  reply.code(statuses[result.kind]).headers(privateHeaders)
  const applied = preferencesApplied(result, request)
  if (applied !== '') reply.header('preference-applied', applied)
  if ('json' in result && result.pending !== undefined)
    reply
      .code(202)
      .header('content-location', result.pending.location)
      .header('x-progress', result.pending.progress)
  if ('json' in result) return send(result.json)
  if (result.kind === 'accepted') return reply.header('content-location', result.location).send()
  if (result.kind === 'absent') return reply.send()
  const { resourceType, id, versionId, lastUpdated, json } = result.version
  reply.header('etag', `W/"${versionId}"`)
  reply.header('last-modified', new Date(lastUpdated).toUTCString())
  if (isWritten(result) && returnPreference === 'OperationOutcome')
    return sendOutcome(result, exchange, answering)
  if (result.kind === 'deleted') return reply.send()
  reply.header(
    isWritten(result) && request.method !== 'PATCH' ? 'location' : 'content-location',
    `${context.baseUrl}/fhir/${resourceType}/${id}/_history/${versionId}`,
  )
  if (result.kind === 'unmodified') return reply.send()
  if (isWritten(result) && returnPreference === 'minimal') return reply.send()
  return send(json)
}

const sendOutcome = (
  result: Written,
  exchange: Exchange,
  { reply, rendition }: Answering,
): FastifyReply => {
  const { context } = exchange
  const { resourceType, id, versionId } = result.version
  if (result.kind === 'deleted') reply.code(200)
  else
    reply.header('location', `${context.baseUrl}/fhir/${resourceType}/${id}/_history/${versionId}`)
  return reply
    .type(contentTypes[rendition.format])
    .send(renderedTree(writtenOutcome(result, exchange), rendition, context.definitions))
}

/**
 * The stated preferences that this answer followed.
 * @see https://www.rfc-editor.org/rfc/rfc7240#section-3
 */
const preferencesApplied = (result: Result, request: FastifyRequest): string => {
  const { prefer } = request.headers
  if (prefer === undefined) return ''
  const { returnPreference, handling } = preferencesOf(prefer)
  const isBatch = request.method === 'POST' && /^\/fhir\/?(?:\?|$)/.test(request.url)
  const hasReturn =
    isBatch ||
    (isWritten(result) && !(result.kind === 'deleted' && returnPreference === 'representation'))
  const hasHandling = 'json' in result
  return [
    ...(hasReturn && returnPreference !== undefined ? [`return=${returnPreference}`] : []),
    ...(hasHandling && handling !== undefined ? [`handling=${handling}`] : []),
  ].join(', ')
}
