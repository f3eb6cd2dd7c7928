import type { FastifyReply, FastifyRequest } from 'fastify'
import { issue, operationOutcome } from '../fhir/outcome.ts'
import type { Exchange, Result } from '../interactions/interaction.ts'

export const fhirJson = 'application/fhir+json; charset=utf-8'

const statuses: Readonly<Record<Result['kind'], number>> = {
  created: 201,
  updated: 200,
  unchanged: 200,
  found: 200,
  matched: 200,
  absent: 204,
  bundle: 200,
  deleted: 204,
}

/**
 * A result as status, headers and bytes: the only place that knows how a result looks in HTTP.
 * @see https://hl7.org/fhir/R4/http.html
 */
export const sendResult = (
  result: Result,
  exchange: Exchange,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply => {
  reply.code(statuses[result.kind])
  reply.header('cache-control', 'private, no-store')
  reply.header('vary', 'Authorization, Accept, Accept-Language, Prefer')
  if (result.kind === 'bundle') return reply.type(fhirJson).send(result.json)
  if (result.kind === 'absent') return reply.send()
  const { resourceType, id, versionId, lastUpdated, json } = result.version
  reply.header('etag', `W/"${versionId}"`)
  reply.header('last-modified', new Date(lastUpdated).toUTCString())
  if (result.kind === 'deleted') return reply.send()
  const location = `${exchange.context.baseUrl}/fhir/${resourceType}/${id}/_history/${versionId}`
  if (request.method === 'POST' || request.method === 'PUT') reply.header('location', location)
  else reply.header('content-location', location)
  reply.type(fhirJson)
  if (result.kind === 'found') return reply.send(json)
  if (exchange.returnPreference === 'minimal') return reply.send('')
  if (exchange.returnPreference === 'OperationOutcome')
    return reply.send(
      operationOutcome([issue('information', 'informational', result.kind)], exchange.language),
    )
  return reply.send(json)
}
