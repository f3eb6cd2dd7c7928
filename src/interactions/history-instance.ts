import { permitRead } from '../access/grant.ts'
import { bundleBytes, type Entry } from '../fhir/bundle.ts'
import { InvalidRequest, NotFound } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { ResourceVersion } from '../store/rows.ts'
import { readHistory } from '../store/read.ts'
import type { Exchange, Request, Result } from './interaction.ts'

/**
 * FHIR history of one resource, newest version first, with `_count` and `next` links.
 * @throws NotFound when it is absent or hidden, alike
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export const historyInstance = async (
  request: Extract<Request, { interaction: 'history-instance' }>,
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType, id } = request
  const { count, before } = windowOf(request.parameters)
  const question = {
    resourceType,
    id,
    count,
    ...(before === undefined ? {} : { before }),
  }
  const { versions, total } = await readHistory(
    exchange.queryable,
    permitRead(exchange.grant, question),
  )
  if (total === 0) throw new NotFound()
  const shown = versions.slice(0, count)
  const url = `${exchange.context.baseUrl}/fhir/${resourceType}/${id}`
  const page = (from?: number): string =>
    `${url}/_history?_count=${count}${from === undefined ? '' : `&_before=${from}`}`
  const link = [{ relation: 'self' as const, url: page(before) }]
  const next =
    versions.length > count
      ? [{ relation: 'next' as const, url: page(shown.at(-1)!.versionId) }]
      : []
  return {
    kind: 'bundle',
    json: bundleBytes(
      { type: 'history', total, link: [...link, ...next] },
      shown.map(version => historyEntry(version, url)),
    ),
    disclosed: shown,
    warnings: [],
  }
}

/** @throws InvalidRequest for a parameter history has not, or a value it cannot use */
const windowOf = (
  parameters: Extract<Request, { interaction: 'history-instance' }>['parameters'],
): { readonly count: number; readonly before?: number } => {
  let count: number = limits.pageSizeDefault
  let before: number | undefined
  for (const [name, value] of parameters) {
    if (name === '_format' || name === '_pretty') continue
    if (name !== '_count' && name !== '_before')
      throw new InvalidRequest('history-parameter', { expected: '_count' })
    if (!/^\d{1,9}$/.test(value))
      throw new InvalidRequest('history-parameter', { expected: '_count' })
    if (name === '_count') count = Math.min(Number(value), limits.pageSizeMax)
    else before = Number(value)
  }
  return { count, ...(before === undefined ? {} : { before }) }
}

const historyEntry = (version: ResourceVersion, url: string): Entry => {
  const { resourceType, id, versionId, lastUpdated, deleted, json } = version
  const isCreatedByServer = versionId === 1 && /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id)
  const method = deleted ? 'DELETE' : isCreatedByServer ? 'POST' : 'PUT'
  const status = deleted ? '204 No Content' : versionId === 1 ? '201 Created' : '200 OK'
  return {
    members: {
      fullUrl: url,
      request: { method, url: method === 'POST' ? resourceType : `${resourceType}/${id}` },
      response: { status, etag: `W/"${versionId}"`, lastModified: lastUpdated },
    },
    ...(deleted ? {} : { resource: json }),
  }
}
