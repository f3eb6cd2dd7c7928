import { permitSearch } from '../access/grant.ts'
import { bundleBytes, type Entry, type Link } from '../fhir/bundle.ts'
import { InvalidRequest } from '../fhir/errors.ts'
import { operationOutcome } from '../fhir/outcome.ts'
import { subsetJson, type Subset } from '../fhir/subset.ts'
import { shown } from '../search/nearest.ts'
import { parseSearch } from '../search/parse.ts'
import type { SearchQuery } from '../search/tree.ts'
import type { ResourceVersion } from '../store/rows.ts'
import { searchResources } from '../store/search.ts'
import type { Place } from '../access/cursor.ts'
import type { Exchange, Parameters, Request, Result } from './interaction.ts'

/** The parameter of a `next` link; it holds the whole question, encrypted. */
const cursorParameter = '_cursor'

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
  const cursor =
    page.next === undefined
      ? undefined
      : { resourceType, parameters: cursorParameters(parameters), position: page.next }
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
        link: links({ resourceType, self, form }, cursor, exchange),
      },
      entries,
    ),
    disclosed: [...page.matches, ...page.included],
    countedPatients: page.countedPatients,
    warnings: query.warnings,
  }
}

/** @throws InvalidRequest for a cursor that is not this caller's, or of another search */
const placeOf = (
  { resourceType, parameters }: { resourceType: string; parameters: Parameters },
  { context, grant }: Exchange,
): Place | undefined => {
  const cursor = parameters.find(([name]) => name === cursorParameter)
  if (cursor === undefined) return undefined
  requireAlone(parameters)
  const place = context.cursors.open(cursor[1], grant.principal, context.now())
  if (place.resourceType !== resourceType) throw new InvalidRequest('cursor-invalid')
  return place
}

/**
 * A cursor holds the whole question, so what stands beside it would be ignored.
 * @throws InvalidRequest naming the parameter
 */
export const requireAlone = (parameters: Parameters): void => {
  const beside = parameters.find(([name]) => name !== cursorParameter && !isForm(name))
  if (beside !== undefined)
    throw new InvalidRequest('search-cursor-not-alone', { parameter: shown(beside[0]) })
  if (parameters.filter(([name]) => name === cursorParameter).length > 1)
    throw new InvalidRequest('search-cursor-not-alone', { parameter: cursorParameter })
}

const isForm = (name: string): boolean => name === '_format' || name === '_pretty'

const cursorParameters = (parameters: Parameters): Parameters =>
  parameters.filter(([name]) => name !== cursorParameter && !isForm(name))

const links = (
  {
    resourceType,
    self,
    form,
  }: {
    readonly resourceType: string
    readonly self: Parameters
    /** How the answer is written, which the next page keeps. */
    readonly form: Parameters
  },
  next: Place | undefined,
  { context, grant }: Exchange,
): Link[] => {
  const url = (parameters: Parameters): string => {
    const text = new URLSearchParams(
      parameters.map(([name, value]): [string, string] => [name, value]),
    ).toString()
    return `${context.baseUrl}/fhir/${resourceType}${text === '' ? '' : `?${text}`}`
  }
  const cursor = next && context.cursors.seal(next, grant.principal, context.now())
  return [
    { relation: 'self', url: url(self) },
    ...(cursor === undefined
      ? []
      : [{ relation: 'next' as const, url: url([[cursorParameter, cursor], ...form]) }]),
  ]
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
