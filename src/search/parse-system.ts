import { InvalidRequests, TooCostly } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { nearest } from '../fhir/nearest.ts'
import { issue } from '../fhir/outcome.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import { readShape } from '../fhir/subset-parameters.ts'
import { includeNames } from './parse-include.ts'
import { mergedCriteria } from './merge-criteria.ts'
import { parseSearch, type ParseOptions } from './parse.ts'
import { shown } from './shown.ts'
import type { IncludeReference, SearchQuery, SortKey } from './tree.ts'

type Written = readonly [name: string, value: string]

/**
 * The types `_type` names, in the order of their names; undefined without it.
 * @throws InvalidRequests naming what is none of the types it may name
 * @see https://hl7.org/fhir/R4/search.html#type
 */
export const typesAsked = (
  parameters: readonly Written[],
  among: readonly string[] = resourceTypes,
): readonly string[] | undefined => {
  const written = parameters.filter(([name]) => name === '_type')
  if (written.length === 0) return undefined
  const types = written.flatMap(([, value]) => value.split(','))
  const issues = types
    .filter(type => !among.includes(type))
    .map(type =>
      issue('error', 'invalid', 'search-type-unknown', {
        ...{ found: shown(type), nearest: nearest(type, among).join(', ') },
      }),
    )
  if (issues.length > 0) throw new InvalidRequests(issues.slice(0, limits.issuesMax))
  return [...new Set(types)].sort()
}

/**
 * The search of several types at once. Its parameters must be known to each of them, and mean for
 * each what they mean in a search of that type alone.
 * @throws InvalidRequests
 * @throws TooCostly when the types are asked for in too many different ways
 * @see https://hl7.org/fhir/R4/http.html#search
 */
export const parseSystemSearch = (
  types: readonly string[],
  parameters: readonly Written[],
  options: ParseOptions,
): SearchQuery => {
  const own = parameters.filter(([name]) => !notPerType.has(name))
  const values = own.reduce((sum, [, value]) => sum + value.split(',').length, 0)
  if (values * types.length > limits.systemSearchValuesMax)
    throw new TooCostly('search-system-too-wide', { limit: limits.systemSearchValuesMax })
  const parsed = parsedAlike(types, own, options)
  const includes = includesOf(types, parameters, options)
  const [first] = parsed
  const shape = shapeOf(types, parameters, options)
  return Object.freeze({
    ...first!,
    ...includes,
    resourceTypes: types,
    criteria: mergedCriteria(parsed.map(({ criteria }, at) => ({ type: types[at]!, criteria }))),
    sort: commonSort(parsed.map(({ sort }) => sort)),
    total: totalOf(own, first!),
    count: shape?.kind === 'count' ? 0 : first!.count,
    ...(shape === undefined || shape.kind === 'count' ? {} : { subset: shape }),
    used: [
      ...parameters.filter(([name]) => notPerType.has(name)),
      ...first!.used.filter(([name]) => !notPerType.has(name)),
    ],
  })
}

/** To count all there is would cost more than the page: without criteria it is estimated, unless asked for. */
const totalOf = (
  parameters: readonly Written[],
  { total, criteria }: SearchQuery,
): SearchQuery['total'] => {
  const isNarrowed = criteria.kind !== 'all' || criteria.criteria.length > 0
  const isAsked = parameters.some(([name]) => name === '_total')
  return isNarrowed || isAsked ? total : 'estimate'
}

/** Read for all types together. */
const notPerType: ReadonlySet<string> = new Set([
  ...['_type', '_summary', '_elements', ...includeNames],
])

/** Lenient handling passes over what any of the types has not: else it would restrict some of them. */
const parsedAlike = (
  types: readonly string[],
  parameters: readonly Written[],
  options: ParseOptions,
): readonly SearchQuery[] => {
  const parsed = types.map(type => parseSearch(type, parameters, options))
  const ignoring = parsed.find(({ warnings }) => warnings.length > 0)
  if (ignoring === undefined) return parsed
  const isUsedByAll = ([name]: Written) =>
    isForm(name) || parsed.every(({ used }) => used.some(([known]) => known === name))
  const kept = parameters.filter(isUsedByAll)
  const { warnings } = ignoring
  return types.map(type => ({ ...parseSearch(type, kept, options), warnings }))
}

const isForm = (name: string): boolean => name === '_format' || name === '_pretty'

const shapeOf = (
  types: readonly string[],
  parameters: readonly Written[],
  { definitions }: ParseOptions,
) => {
  const { shape, issues } = readShape(parameters, types, definitions, { mayCount: true })
  if (issues.length > 0) throw new InvalidRequests(issues)
  return shape
}

/** An inclusion starts at one of the types, or leads to one of them. */
const includesOf = (
  types: readonly string[],
  parameters: readonly Written[],
  options: ParseOptions,
): Pick<SearchQuery, 'include' | 'revinclude'> => {
  const found = { include: [] as IncludeReference[], revinclude: [] as IncludeReference[] }
  const written = parameters.filter(([name]) => includeNames.some(known => known === name))
  if (written.length > limits.includeParametersMax)
    throw new InvalidRequests([
      issue('error', 'invalid', 'search-include-parameters-too-many', {
        ...{ found: written.length, limit: limits.includeParametersMax },
      }),
    ])
  for (const parameter of written) {
    const [source = ''] = parameter[1].split(':')
    const isFrom = parameter[0] === '_include' && types.includes(source)
    const tried = isFrom ? [source] : parameter[0].endsWith(':iterate') ? types.slice(0, 1) : types
    const reads = tried.map(type => attempt(() => parseSearch(type, [parameter], options)))
    const queries = reads.flatMap(({ query }) => query ?? [])
    if (queries.length === 0) throw reads[0]!.error
    found.include.push(...queries.flatMap(({ include }) => include))
    found.revinclude.push(...queries.flatMap(({ revinclude }) => revinclude))
  }
  return found
}

const attempt = (parse: () => SearchQuery): { query?: SearchQuery; error?: unknown } => {
  try {
    return { query: parse() }
  } catch (error) {
    if (!(error instanceof InvalidRequests)) throw error
    return { error }
  }
}

/** An order that all types share: by id, by time of update, or by the clinical date of each. */
const commonSort = (sorts: readonly (readonly SortKey[])[]): readonly SortKey[] => {
  const [first = []] = sorts
  const isShared = sorts.every(sort =>
    sort.every(({ by }, at) => by === first[at]?.by && (sorts.length === 1 || common.has(by))),
  )
  if (isShared) return first
  throw new InvalidRequests([issue('error', 'not-supported', 'search-system-sort', {})])
}

const common: ReadonlySet<SortKey['by']> = new Set(['id', 'last-updated', 'clinical-date'] as const)
