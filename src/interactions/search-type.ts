import { permitSearch, searchableTypes } from '../access/grant.ts'
import { bundleBytes, type Entry } from '../fhir/bundle.ts'
import { compartmentMembers } from '../fhir/compartments.ts'
import { limits } from '../fhir/limits.ts'
import { issue, operationOutcome, type Issue } from '../fhir/outcome.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import { subsetJson, type Subset } from '../fhir/subset.ts'
import { withinCompartment, type Compartment } from '../search/compartment.ts'
import { parseSearch, type ParseOptions } from '../search/parse.ts'
import { parseSystemSearch, typesAsked } from '../search/parse-system.ts'
import type { SearchQuery } from '../search/tree.ts'
import type { ServedResource } from '../store/rows.ts'
import { searchResources } from '../store/search.ts'
import type { Place } from '../access/cursor.ts'
import { explained } from './explained.ts'
import { includedVersions } from './included-versions.ts'
import type { Exchange, Parameters, Request, Result } from './interaction.ts'
import { readWithValueSets } from './value-set-criteria.ts'
import { cursorOf, isForm, openCursor, pageLinks, questionOf, requireAlone } from './page-links.ts'

/** What one kind of search does in its own way. */
interface SearchKind {
  /** Below the FHIR endpoint: where its page links lead. */
  readonly path: string
  readonly parse: (parameters: Parameters, options: ParseOptions) => SearchQuery
}

/**
 * FHIR search of one type, perhaps in a compartment.
 * @throws InvalidRequests naming every parameter at fault
 * @see https://hl7.org/fhir/R4/search.html
 */
export const searchType = (
  { resourceType, parameters, compartment }: Extract<Request, { interaction: 'search-type' }>,
  exchange: Exchange,
): Promise<Result> =>
  answerSearch(parameters, exchange, {
    path: pathOf(compartment, resourceType),
    parse: (asked, options) =>
      inCompartment(parseSearch(resourceType, asked, options), compartment, exchange),
  })

/**
 * FHIR search of several types: those `_type` names, or all that the scopes cover.
 * @throws InvalidRequests naming every parameter at fault
 * @see https://hl7.org/fhir/R4/http.html#search
 */
export const searchSystem = (
  { parameters, compartment }: Extract<Request, { interaction: 'search-system' }>,
  exchange: Exchange,
): Promise<Result> =>
  answerSearch(parameters, exchange, {
    path: pathOf(compartment, '*'),
    parse: (asked, options) => {
      const members = compartment === undefined ? undefined : compartmentMembers(compartment.type)
      const types =
        typesAsked(asked, members) ?? searchableTypes(exchange.grant, members ?? resourceTypes)
      return inCompartment(parseSystemSearch(types, asked, options), compartment, exchange)
    },
  })

const pathOf = (compartment: Compartment | undefined, type: string): string =>
  compartment === undefined
    ? type.replace('*', '')
    : `${compartment.type}/${compartment.id}/${type}`

const inCompartment = (
  query: SearchQuery,
  compartment: Compartment | undefined,
  { context }: Exchange,
): SearchQuery =>
  compartment === undefined ? query : withinCompartment(query, compartment, context.definitions)

/** A page of what matches and may be seen, with the exact total of that. */
const answerSearch = async (
  written: Parameters,
  exchange: Exchange,
  { path, parse }: SearchKind,
): Promise<Result> => {
  const place = placeOf(path, written, exchange)
  const parameters = place?.parameters ?? written
  const { definitions, timeZone, baseUrl, now } = exchange.context
  const options = { definitions, timeZone, baseUrl, now, lenient: exchange.isLenient }
  const { query, disclosed } = await readWithValueSets(
    expand => parse(parameters, { ...options, expand }),
    exchange,
  )
  const permitted = permitSearch(exchange.grant, query)
  const position = place === undefined || place.position.length === 0 ? undefined : place.position
  if (exchange.isExplained === true) return explained(permitted, position, exchange)
  const page = await searchResources(exchange.queryable, permitted, position)
  const included = await includedVersions(page, permitted, exchange)
  const isMore = query.total === 'estimate' && (page.total ?? 0) > limits.estimatedTotalMax
  const notes = isMore ? [...query.warnings, estimated] : query.warnings
  const entries = [
    ...page.matches.map(version => searchEntry(version, query, exchange)),
    ...included.map(version => includedEntry(version, query, exchange)),
    ...warningEntries(notes, exchange),
  ]
  const self = place === undefined ? query.used : written
  const form = written.filter(([name]) => isForm(name))
  return {
    kind: 'bundle',
    json: bundleBytes(
      {
        type: 'searchset',
        ...(page.total === undefined
          ? {}
          : { total: isMore ? limits.estimatedTotalMax : page.total }),
        link: pageLinks(
          { path, self, form, ...neighbours(parameters, place, page.next) },
          exchange,
        ),
      },
      entries,
    ),
    disclosed: [...page.matches, ...included, ...disclosed],
    countedPatients: page.countedPatients,
    warnings: query.warnings,
  }
}

/**
 * Where the pages before and after this one begin. Each link knows the beginnings of the last
 * `limits.earlierPagesMax` pages, so that many can be gone back.
 */
const neighbours = (
  written: Parameters,
  place: Place | undefined,
  nextPosition: Place['position'] | undefined,
) => {
  const parameters = questionOf(written)
  const earlier = place?.earlier ?? []
  const before = earlier.at(-1)
  return {
    next: nextPosition && {
      ...{ parameters, position: nextPosition },
      earlier: [...earlier, place?.position ?? []].slice(-limits.earlierPagesMax),
    },
    prev: before && { parameters, position: before, earlier: earlier.slice(0, -1) },
  }
}

const placeOf = (path: string, parameters: Parameters, exchange: Exchange): Place | undefined => {
  const cursor = cursorOf(parameters)
  if (cursor === undefined) return undefined
  requireAlone(parameters)
  return openCursor(cursor, path, exchange)
}

/** The entry of one match, whole or the part that is wanted. */
export const searchEntry = (
  version: ServedResource,
  { subset, mode = 'match' }: { readonly subset?: Subset; readonly mode?: 'match' | 'include' },
  { context }: Exchange,
): Entry => ({
  // None of these holds what JSON would escape.
  members: `{"fullUrl":"${context.baseUrl}/fhir/${version.resourceType}/${version.id}","search":{"mode":"${mode}"}}`,
  resource:
    subset === undefined
      ? (version.packed ?? version.json)
      : subsetJson(version.json, subset, context.definitions),
})

/** `_elements` names elements of the type that is searched: what is included comes whole. */
const includedEntry = (
  version: ServedResource,
  { subset }: SearchQuery,
  exchange: Exchange,
): Entry =>
  subset === undefined || subset.kind === 'elements'
    ? searchEntry(version, { mode: 'include' }, exchange)
    : searchEntry(version, { subset, mode: 'include' }, exchange)

/** What marks a total that was not counted to its end. */
const estimated = issue('information', 'informational', 'search-total-estimated', {
  limit: limits.estimatedTotalMax,
})

const warningEntries = (warnings: readonly Issue[], { language }: Exchange): Entry[] =>
  warnings.length === 0
    ? []
    : [
        {
          members: { search: { mode: 'outcome' } },
          resource: Buffer.from(JSON.stringify(operationOutcome(warnings, language))),
        },
      ]
