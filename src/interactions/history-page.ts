import { permitHistory } from '../access/grant.ts'
import { bundleBytes, type Entry } from '../fhir/bundle.ts'
import { InvalidRequest, NotFound } from '../fhir/errors.ts'
import type { HistoryPosition } from '../search/compile-history.ts'
import { readHistoryPage } from '../store/history.ts'
import type { HistoryVersion } from '../store/rows.ts'
import { subsetAsked, subsetVersion } from './found.ts'
import { historyWindow } from './history-parameters.ts'
import type { Exchange, Parameters, Result } from './interaction.ts'
import { cursorOf, isForm, openCursor, pageLinks, requireAlone } from './page-links.ts'

/** Whose history is asked for. */
export interface HistorySubject {
  readonly resourceTypes: readonly string[]
  readonly id?: string
  /** Its address below the FHIR endpoint, such as `Patient/_history`. */
  readonly path: string
}

/**
 * One page of a history with its links and the exact number of versions.
 * @throws NotFound when the one resource asked about is absent or hidden, alike
 * @throws InvalidRequests naming every parameter at fault
 * @see https://hl7.org/fhir/R4/search.html#elements for `_summary` and `_elements`
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export const historyPage = async (
  { path, ...subject }: HistorySubject,
  parameters: Parameters,
  exchange: Exchange,
): Promise<Result> => {
  const { grant } = exchange
  const place = placeOf(path, parameters, exchange)
  const asked = place?.parameters ?? parameters
  const subset = subsetAsked(subject.resourceTypes, asked, exchange)
  const query = permitHistory(grant, { ...subject, ...historyWindow(asked, exchange) })
  const page = await readHistoryPage(exchange.queryable, query, place?.position)
  if (!page.isFound) throw new NotFound()
  const next = page.next && { parameters: asked, position: page.next }
  const form = parameters.filter(([name]) => isForm(name))
  const link = pageLinks({ path, self: parameters, next, form }, exchange)
  return {
    kind: 'bundle',
    json: bundleBytes(
      {
        type: 'history',
        ...(page.total === undefined ? {} : { total: page.total }),
        link,
      },
      page.versions.map(version =>
        historyEntry(subsetVersion(version, subset, exchange), exchange),
      ),
    ),
    disclosed: page.versions,
    countedPatients: page.countedPatients,
    warnings: [],
  }
}

/** Where a page link goes on; the cursor names the history in place of a type. */
const placeOf = (
  path: string,
  parameters: Parameters,
  exchange: Exchange,
): { readonly parameters: Parameters; readonly position: HistoryPosition } | undefined => {
  const cursor = cursorOf(parameters)
  if (cursor === undefined) return undefined
  requireAlone(parameters)
  const place = openCursor(cursor, path, exchange)
  const [lastUpdated, key, version] = place.position
  if (!lastUpdated || !key || !version) throw new InvalidRequest('cursor-invalid')
  return { parameters: place.parameters, position: [lastUpdated, key, version] }
}

/** One version with the request it came by. @see https://hl7.org/fhir/R4/bundle.html#history */
const historyEntry = (version: HistoryVersion, { context }: Exchange): Entry => {
  const { resourceType, id, versionId, lastUpdated, method, deleted, json } = version
  const isMade = versionId === 1 || version.isBroughtBack
  const status = deleted ? '204 No Content' : isMade ? '201 Created' : '200 OK'
  return {
    members: {
      fullUrl: `${context.baseUrl}/fhir/${resourceType}/${id}`,
      request: { method, url: method === 'POST' ? resourceType : `${resourceType}/${id}` },
      response: { status, etag: `W/"${versionId}"`, lastModified: lastUpdated },
    },
    ...(deleted ? {} : { resource: json }),
  }
}
