import type { Definitions } from '../fhir/definitions.ts'
import type { Resource } from '../fhir/resource.ts'
import { codedQuantityRun, isOfCodedElement, pairsRun } from './composites.ts'
import { codeHash, hash64, keyOf, token } from './hash.ts'
import {
  IndexSink,
  type DateValue,
  type Indexer,
  type IndexOptions,
  type Label,
  type QuantityValue,
  type StringValue,
} from './index-sink.ts'
import { indexedParametersOf, isCategory, type Parameter } from './parameters.ts'
import { linkedPatients, patientKeys } from './patients.ts'
import { referenceTarget } from './reference-target.ts'
import { factsOf, type Facts } from './facts.ts'
import { dateIndexer } from './types/date.ts'
import { nearRun } from './types/near.ts'
import { quantityIndexer } from './types/quantity.ts'
import { referenceIndexer } from './types/reference.ts'
import { stringIndexer } from './types/string.ts'
import { tokenIndexer } from './types/token.ts'
import { uriIndexer } from './types/uri.ts'
import { compilePath, type Walk } from './walk.ts'

/** What search and access need of one resource, as its rows hold it. */
export interface IndexValues extends Facts {
  /** The index generation they were made by. */
  readonly generation: number
  /** Key of the one Patient whose compartment it is in. */
  readonly patient: bigint | null
  /** Every other Patient it names; null when there is none. */
  readonly otherPatients: bigint[] | null
  /** Patients that a Patient is linked to; null when there is none. */
  readonly linkedPatients: bigint[] | null
  /** The clinical date, half-open; both `-infinity` when it has none. */
  readonly dateLow: string
  readonly dateHigh: string
  /** The same for all of a type that have the same categories; see migrations/. */
  readonly category: bigint
  /** Sorted, each once; see hash.ts. */
  readonly tokens: bigint[]
  /** One bit for each search parameter with a value. */
  readonly present: bigint
  readonly strings: readonly StringValue[]
  readonly dates: readonly DateValue[]
  readonly quantities: readonly QuantityValue[]
  /** Not kept as such: part of what resource-texts.ts makes. */
  readonly labels: readonly Label[]
}

type Element = Readonly<Record<string, unknown>>

/** Everything about a type that indexing needs, made once. */
interface TypeIndex {
  readonly run: readonly ((resource: Element, sink: IndexSink, options: IndexOptions) => void)[]
  readonly patientElement: Walk | undefined
}

const compiled = new WeakMap<Definitions, Map<string, TypeIndex>>()

/**
 * The search values of a resource that `validate` has accepted.
 * @throws TooCostly beyond `limits.tokensPerResourceMax`, `stringsPerResourceMax`,
 * `datesPerResourceMax` or `quantitiesPerResourceMax`
 * @see https://hl7.org/fhir/R4/search.html
 */
export const indexValues = (
  resource: Resource,
  definitions: Definitions,
  options: IndexOptions,
  facts: Facts = factsOf(resource, options.baseUrl),
): IndexValues => {
  const { run, patientElement } = typeIndex(resource.resourceType, definitions)
  const sink = new IndexSink()
  for (const index of run) index(resource, sink, options)
  const patient = patientOf(resource, patientElement, options.baseUrl)
  const others = patientKeys(resource, options.baseUrl)
  if (patient !== null) others.delete(patient)
  return {
    generation: definitions.indexGeneration,
    patient,
    otherPatients: others.size === 0 ? null : [...others],
    linkedPatients: linkedPatients(resource, options.baseUrl),
    dateLow: sink.clinicalDate?.low ?? '-infinity',
    dateHigh: sink.clinicalDate?.high ?? '-infinity',
    category: categoryOf(sink.categories),
    tokens: sortedUnique(sink.tokens),
    present: sink.present,
    strings: sink.strings,
    dates: sink.dates,
    quantities: sink.quantities,
    labels: sink.labels,
    facts: facts.facts,
    confidentiality: facts.confidentiality,
    screened: facts.screened,
    sensitive: facts.sensitive,
  }
}

/** Never zero, which stands for what is not known. */
const categoryOf = (tokens: readonly bigint[]): bigint =>
  tokens.length === 0 ? 1n : hash64(sortedUnique(tokens).join()) || 1n

const sortedUnique = (tokens: readonly bigint[]): bigint[] => {
  const sorted = new BigInt64Array(tokens).sort()
  const unique: bigint[] = []
  for (const value of sorted) if (value !== unique.at(-1)) unique.push(value)
  return unique
}

const patientOf = (
  resource: Resource,
  element: Walk | undefined,
  baseUrl: string,
): bigint | null => {
  if (resource.resourceType === 'Patient')
    return resource.id === undefined ? null : keyOf('Patient', resource.id)
  let patient: bigint | null = null
  element?.(resource, value => {
    const reference = (value as Element | null)?.['reference']
    const target = typeof reference === 'string' ? referenceTarget(reference, baseUrl) : undefined
    if (target?.isHere === true && target.resourceType === 'Patient') patient = target.key
  })
  return patient
}

const typeIndex = (resourceType: string, definitions: Definitions): TypeIndex => {
  let byType = compiled.get(definitions)
  if (byType === undefined) compiled.set(definitions, (byType = new Map()))
  let index = byType.get(resourceType)
  if (index === undefined) {
    const parameters = [...indexedParametersOf(definitions, resourceType).values()]
    const column = parameters.find(({ isPatientColumn }) => isPatientColumn)
    index = {
      run: parameters.flatMap(parameter => runsOf(parameter, definitions)),
      patientElement: column === undefined ? undefined : compilePath(column.paths[0]!),
    }
    byType.set(resourceType, index)
  }
  return index
}

const runsOf = (parameter: Parameter, definitions: Definitions): TypeIndex['run'] => {
  const runs = indexersOf(parameter, definitions)
  return isCategory(parameter) ? [notingCategories(runs)] : runs
}

/** Its tokens are what `category` is made of. */
const notingCategories =
  (runs: TypeIndex['run']): TypeIndex['run'][number] =>
  (resource, sink, options) => {
    const before = sink.tokens.length
    for (const index of runs) index(resource, sink, options)
    sink.categories = sink.tokens.slice(before)
  }

const indexersOf = (parameter: Parameter, definitions: Definitions): TypeIndex['run'][number][] => {
  if (parameter.kind === 'id' || parameter.kind === 'last-updated') return []
  // A union of others, which are indexed by themselves.
  if (parameter.hashes.length > 1) return []
  if (parameter.kind === 'near') return [nearRun(parameter)]
  if (parameter.kind === 'composite') return pairsRun(parameter, definitions)
  const runs = parameter.paths.map((path): TypeIndex['run'][number] => {
    if (isOfCodedElement(parameter)) return codedQuantityRun(parameter, path, definitions)
    const walk = compilePath(path)
    const add = indexerOf(parameter, path, definitions)
    // Whether a reference is to the right type its own indexer finds out.
    const bits = path.resolvesTo === undefined ? parameter.bits : 0n
    return (resource, sink, options) =>
      walk(resource, value => {
        sink.mark(bits)
        add(value, sink, options)
      })
  })
  return isExistence(parameter) ? [absentAsFalse(parameter, runs)] : runs
}

const indexerOf = (
  parameter: Parameter,
  path: Parameter['paths'][number],
  definitions: Definitions,
): Indexer => {
  switch (parameter.kind) {
    case 'token':
      return tokenIndexer(parameter, path, definitions)
    case 'reference':
      return referenceIndexer(parameter, path, definitions)
    case 'string':
      return stringIndexer(parameter, path)
    case 'date':
      return dateIndexer(parameter, path)
    case 'number':
    case 'quantity':
      return quantityIndexer(parameter, path)
    default:
      return uriIndexer(parameter)
  }
}

/** `Patient.deceased.exists() and Patient.deceased != false` is a boolean, also when nothing is there. */
const isExistence = ({ kind, paths }: Parameter): boolean =>
  kind === 'token' && paths.some(({ type }) => type === 'dateTime')

const absentAsFalse =
  ({ hash }: Parameter, runs: TypeIndex['run']): TypeIndex['run'][number] =>
  (resource, sink, options) => {
    const before = sink.tokens.length
    for (const index of runs) index(resource, sink, options)
    if (sink.tokens.length === before) sink.token(token(hash, codeHash('false')))
  }
