import type { Definitions } from '../fhir/definitions.ts'
import { InvalidRequests } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { issue, type Issue } from '../fhir/outcome.ts'
import { Faults } from './faults.ts'
import { nearest } from '../fhir/nearest.ts'
import { shown } from './shown.ts'
import { parametersOf } from './parameters.ts'
import type { ParseContext } from './parse-criterion.ts'
import { parseFilterCriterion } from './parse-filter.ts'
import { codeOf, parseNamed } from './parse-named.ts'
import { isTextParameter } from './parse-text.ts'
import { includeNames, parseInclude, type IncludeName } from './parse-include.ts'
import { parseCount, parseShape, parseSort, parseTotal } from './parse-result.ts'
import type { Criterion, IncludeReference, SearchQuery, SortKey } from './tree.ts'
import { refuseUnready } from './unready.ts'
import type { ExpandValueSet } from './value-sets.ts'

export interface ParseOptions {
  readonly definitions: Definitions
  /** `Prefer: handling=lenient`: unknown parameters are passed over with a warning. */
  readonly lenient: boolean
  /** IANA name, for dates without a zone. */
  readonly timeZone: string
  /** Without trailing slash; the FHIR endpoint is `${baseUrl}/fhir`. */
  readonly baseUrl: string
  /** The clock, for what is about now. */
  readonly now: () => Date
  /** What `:in` and `:not-in` draw on; without it, the value sets of R4 and `fhir-profiles`. */
  readonly expand?: ExpandValueSet
}

type Written = readonly [name: string, value: string]

/** What is gathered while the parameters are read, one after the other. */
interface Draft extends ParseContext {
  readonly resourceType: string
  readonly lenient: boolean
  readonly criteria: Criterion[]
  readonly include: IncludeReference[]
  readonly revinclude: IncludeReference[]
  readonly used: Written[]
  readonly warnings: Issue[]
  readonly once: Set<string>
  /** How many inclusions are asked for; a wildcard is one. */
  includes: number
  sort: readonly SortKey[]
  count: number
  total: SearchQuery['total']
}

/** Nothing read yet. */
const draftOf = (
  resourceType: string,
  { definitions, lenient, timeZone, baseUrl, now, expand }: ParseOptions,
): Draft => ({
  resourceType,
  definitions,
  lenient,
  timeZone,
  baseUrl,
  now,
  expand,
  faults: new Faults(),
  criteria: [],
  include: [],
  revinclude: [],
  used: [],
  warnings: [],
  once: new Set(),
  includes: 0,
  sort: [],
  count: limits.pageSizeDefault,
  total: 'accurate',
})

/**
 * The search a list of decoded parameters asks for, in their order. Repetition means and, a comma
 * means or. Everything that is wrong is collected and refused at once.
 * @throws InvalidRequests
 * @see https://hl7.org/fhir/R4/search.html
 */
export const parseSearch = (
  resourceType: string,
  parameters: readonly Written[],
  options: ParseOptions,
): SearchQuery => {
  const draft = draftOf(resourceType, options)
  const found = parameters.length
  if (found > limits.searchParametersMax)
    draft.faults.invalid('search-parameters-too-many', { found, limit: limits.searchParametersMax })
  else for (const written of parameters) readParameter(written, draft)
  const { includes } = draft
  if (includes > limits.includeParametersMax)
    draft.faults.invalid('search-include-parameters-too-many', {
      found: includes,
      limit: limits.includeParametersMax,
    })
  const shape = parseShape(parameters, resourceType, includes > 0, draft)
  if (draft.faults.issues.length > 0) throw new InvalidRequests(draft.faults.issues)
  const { criteria, sort, total, include, revinclude, used, warnings } = draft
  return Object.freeze({
    resourceType,
    resourceTypes: [resourceType],
    sort,
    total,
    include,
    revinclude,
    used,
    warnings,
    criteria: { kind: 'all', criteria } as const,
    count: shape?.kind === 'count' ? 0 : draft.count,
    ...(shape === undefined || shape.kind === 'count' ? {} : { subset: shape }),
  })
}

const readParameter = (written: Written, draft: Draft): void => {
  const [name, value] = written
  const read = resultParameters[name]
  if (read === undefined) return readCriterion(written, draft)
  if (!repeatable.has(name)) {
    if (draft.once.has(name)) draft.faults.invalid('search-parameter-repeated', { parameter: name })
    draft.once.add(name)
  }
  read(value, draft)
  if (!name.startsWith('_format') && name !== '_pretty')
    draft.used.push(name === '_count' ? [name, String(draft.count)] : written)
}

const repeatable: ReadonlySet<string> = new Set([...includeNames, '_summary', '_elements'])

type ReadResult = (value: string, draft: Draft) => void

/** Parameters that shape the answer instead of choosing what is in it. */
const resultParameters: Readonly<Record<string, ReadResult>> = {
  __proto__: null as never,
  _count: (value, draft) => void (draft.count = parseCount(value, draft) ?? draft.count),
  _total: (value, draft) => void (draft.total = parseTotal(value, draft) ?? draft.total),
  // What is contained is no match of its own, which is what R4 means without this parameter.
  _contained: (value, draft) => {
    if (value !== 'false')
      draft.faults.notSupported('search-contained-unsupported', { parameter: '_contained' })
  },
  _containedType: (_, draft) =>
    draft.faults.notSupported('search-contained-unsupported', { parameter: '_containedType' }),
  // There are none, and to pass it over would widen the search.
  _query: (_, draft) => draft.faults.notSupported('search-query-unknown', {}),
  // Read together when all parameters are known.
  _summary: () => {},
  _elements: () => {},
  _sort: (value, draft) =>
    void (draft.sort = parseSort(value, draft.resourceType, draft) ?? draft.sort),
  ...Object.fromEntries(
    includeNames.map(
      name => [name, (value, draft) => readInclude(name, value, draft)] as [string, ReadResult],
    ),
  ),
  // These two are the format negotiation's.
  _format: () => {},
  _pretty: () => {},
}

const readInclude = (name: IncludeName, value: string, draft: Draft): void => {
  const list = name.startsWith('_include') ? draft.include : draft.revinclude
  list.push(...(parseInclude(name, value, draft.resourceType, draft) ?? []))
  draft.includes++
}

const readCriterion = (written: Written, draft: Draft): void => {
  const [name, value] = written
  const { resourceType } = draft
  const code = codeOf(name)
  const special = specialParameters[name]
  if (special !== undefined) {
    const criterion = special(value, draft)
    if (criterion !== undefined) draft.criteria.push(criterion)
    return void draft.used.push(written)
  }
  const isKnown =
    code === '_has' ||
    isTextParameter(code) ||
    parametersOf(draft.definitions, resourceType).has(code)
  if (!isKnown) return unknown(code, name.split(/[:.]/, 2)[1], draft)
  const criterion = parseNamed({ resourceType, name, value }, draft)
  if (criterion === undefined) return
  draft.criteria.push(criterion)
  draft.used.push(written)
}

/** Parameters that are no search parameter of any type. */
const specialParameters: Readonly<
  Record<string, (value: string, draft: Draft) => Criterion | undefined>
> = {
  __proto__: null as never,
  _filter: (value, draft) => parseFilterCriterion(draft.resourceType, value, draft),
  _list: (value, draft) => parseList(value, draft),
}

/** A List is found as what refers to its members; of a type that none can hold it finds nothing. */
const parseList = (value: string, draft: Draft): Criterion | undefined => {
  const { resourceType, definitions, faults } = draft
  if (value.startsWith('$')) return faults.notSupported('search-list-functional', {})
  const members = parametersOf(definitions, 'List').get('item')!.targets
  return members.includes(resourceType)
    ? parseNamed({ resourceType, name: '_has:List:item:_id', value }, draft)
    : { kind: 'any', criteria: [] }
}

/** Parameters R4 has for every search and a search of one type has not. */
const unserved: ReadonlySet<string> = new Set(['_type'])

const unknown = (code: string, modifier: string | undefined, draft: Draft): void => {
  const { resourceType, definitions, faults, lenient, warnings } = draft
  if (refuseUnready(draft, resourceType, code)) return
  const declared = definitions.searchParameters.get(resourceType)?.get(code)
  const candidates = parametersOf(definitions, resourceType).keys()
  const fault = {
    resourceType,
    parameter: shown(code),
    nearest: nearest(code, candidates).join(', '),
  }
  if (code === '_include' || code === '_revinclude')
    faults.notSupported('search-modifier-unsupported', {
      ...{ parameter: code, modifier: shown(modifier ?? ''), expected: 'iterate' },
    })
  else if (lenient)
    warnings.push(issue('warning', 'not-supported', 'search-parameter-ignored', fault))
  else if (declared !== undefined || unserved.has(code))
    faults.notSupported('search-parameter-unsupported', {
      ...fault,
      kind: declared?.type ?? 'result',
    })
  else faults.invalid('search-parameter-unknown', fault)
}
