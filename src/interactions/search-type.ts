import { permitSearch } from '../access/grant.ts'
import { bundleBytes, type Entry } from '../fhir/bundle.ts'
import { operationOutcome } from '../fhir/outcome.ts'
import { subsetJson, type Subset } from '../fhir/subset.ts'
import { parseSearch } from '../search/parse.ts'
import type { SearchQuery } from '../search/tree.ts'
import type { ResourceVersion } from '../store/rows.ts'
import { searchResources } from '../store/search.ts'
import type { Place } from '../access/cursor.ts'
import type { Exchange, Parameters, Request, Result } from './interaction.ts'
import { cursorOf, isForm, openCursor, pageLinks, questionOf, requireAlone } from './page-links.ts'

/**
 * FHIR search of one type: a page of what matches and may be seen, with the exact total of that.
 * @throws InvalidRequests naming every parameter at fault
 * @see https://hl7.org/fhir/R4/search.html
 */
export const searchType = async (
  request: Extract<Request, { interaction: 'search-type' }>,
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType } = request
  const place = placeOf(request, exchange)
  const parameters = place?.parameters ?? request.parameters
  const { definitions, timeZone, baseUrl } = exchange.context
  const query = parseSearch(resourceType, parameters, {
    definitions,
    timeZone,
    baseUrl,
    lenient: exchange.isLenient,
  })
  const page = await searchResources(
    exchange.queryable,
    permitSearch(exchange.grant, query),
    place?.position,
  )
  const next = page.next && { parameters: questionOf(parameters), position: page.next }
  const entries = [
    ...page.matches.map(version => searchEntry(version, query, exchange)),
    ...page.included.map(version => includedEntry(version, query, exchange)),
    ...warningEntries(query, exchange),
  ]
  const self = place === undefined ? query.used : request.parameters
  const form = request.parameters.filter(([name]) => isForm(name))
  return {
    kind: 'bundle',
    json: bundleBytes(
      {
        type: 'searchset',
        ...(page.total === undefined ? {} : { total: page.total }),
        link: pageLinks({ path: resourceType, self, next, form }, exchange),
      },
      entries,
    ),
    disclosed: [...page.matches, ...page.included],
    countedPatients: page.countedPatients,
    warnings: query.warnings,
  }
}

const placeOf = (
  { resourceType, parameters }: { resourceType: string; parameters: Parameters },
  exchange: Exchange,
): Place | undefined => {
  const cursor = cursorOf(parameters)
  if (cursor === undefined) return undefined
  requireAlone(parameters)
  return openCursor(cursor, resourceType, exchange)
}

const searchEntry = (
  version: ResourceVersion,
  { subset, mode = 'match' }: { readonly subset?: Subset; readonly mode?: 'match' | 'include' },
  { context }: Exchange,
): Entry => ({
  members: {
    fullUrl: `${context.baseUrl}/fhir/${version.resourceType}/${version.id}`,
    search: { mode },
  },
  resource:
    subset === undefined
      ? (version.packed ?? version.json)
      : subsetJson(version.json, subset, context.definitions),
})

/** `_elements` names elements of the type that is searched: what is included comes whole. */
const includedEntry = (
  version: ResourceVersion,
  { subset }: SearchQuery,
  exchange: Exchange,
): Entry =>
  subset === undefined || subset.kind === 'elements'
    ? searchEntry(version, { mode: 'include' }, exchange)
    : searchEntry(version, { subset, mode: 'include' }, exchange)

const warningEntries = ({ warnings }: SearchQuery, { language }: Exchange): Entry[] =>
  warnings.length === 0
    ? []
    : [
        {
          members: { search: { mode: 'outcome' } },
          resource: Buffer.from(JSON.stringify(operationOutcome(warnings, language))),
        },
      ]
