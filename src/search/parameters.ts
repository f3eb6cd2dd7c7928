import type {
  Activation,
  Definitions,
  SearchParameterDefinition,
  SearchPath,
} from '../fhir/definitions.ts'
import { compositeOf, type Composite } from './composites.ts'
import { clinicalDateCode } from './clinical-date.ts'
import { parameterHash } from './hash.ts'

/** Where a parameter's values are kept, and so how it is asked for. */
export type ParameterKind =
  | 'id'
  | 'last-updated'
  | 'token'
  | 'reference'
  | 'string'
  | 'date'
  | 'uri'
  | 'number'
  | 'quantity'
  | 'composite'
  | 'near'

/** A search parameter of one resource type that is indexed. */
export interface Parameter {
  readonly resourceType: string
  readonly code: string
  /** What its hashes are made of: its code, or of one added at run time that and its generation. */
  readonly indexName: string
  readonly kind: ParameterKind
  readonly hash: bigint
  /** Under which its values are kept: its own, or those of the parameters it is the union of. */
  readonly hashes: readonly bigint[]
  /** Its bit in the column `present`, or those of what it is the union of. */
  readonly bits: bigint
  readonly targets: readonly string[]
  readonly paths: readonly SearchPath[]
  /** Of a composite alone. */
  readonly composite: Composite | undefined
  /** References to a Patient are in the column `patient`, not in `tokens`. */
  readonly isPatientColumn: boolean
  /** In the columns `date_low` and `date_high`, not in `search_date`. */
  readonly isClinicalDate: boolean
  /** Of a parameter that was added while the exchange runs. */
  readonly activation: Activation | undefined
}

/** The datatypes a kind of parameter takes its values from; a path to another type is left out. */
export const valueTypes: Readonly<Record<string, ReadonlySet<string>>> = {
  token: new Set([
    ...['Coding', 'CodeableConcept', 'Identifier', 'ContactPoint'],
    ...['code', 'id', 'string', 'boolean', 'uri', 'dateTime'],
  ]),
  reference: new Set(['Reference', 'canonical', 'uri']),
  string: new Set(['string', 'markdown', 'HumanName', 'Address']),
  date: new Set(['date', 'dateTime', 'instant', 'Period', 'Timing']),
  uri: new Set(['uri', 'url', 'canonical']),
  number: new Set(['decimal', 'integer']),
  quantity: new Set(['Quantity', 'Money', 'Age', 'Duration', 'Count', 'Distance', 'Range']),
}

/** A parameter as if its values were kept under another hash than its own. */
export const keptUnder = (parameter: Parameter, hash: bigint): Parameter => ({
  ...parameter,
  hash,
  hashes: [hash],
})

/** Parameters that are the union of others, whose values are kept once. */
const unions: Readonly<Record<string, readonly string[]>> = {
  'Observation.combo-code': ['code', 'component-code'],
  'Observation.combo-value-concept': ['value-concept', 'component-value-concept'],
  'Observation.combo-value-quantity': ['value-quantity', 'component-value-quantity'],
}

/** Whether rows of the same column `category` have the same tokens of this parameter. */
export const isCategory = ({ code, kind }: Pick<Parameter, 'code' | 'kind'>): boolean =>
  code === 'category' && kind === 'token'

interface TypeParameters {
  readonly indexed: ReadonlyMap<string, Parameter>
  /** Those of them that a search may use. */
  readonly served: ReadonlyMap<string, Parameter>
}

const remembered = new WeakMap<Definitions, Map<string, TypeParameters>>()

/**
 * The search parameters of a type that a search may use, by code. Special parameters, some composites
 * and those that are not ready are not among them.
 */
export const parametersOf = (
  definitions: Definitions,
  resourceType: string,
): ReadonlyMap<string, Parameter> => typeParameters(definitions, resourceType).served

/** The search parameters of a type that writes index: those that are not ready, too. */
export const indexedParametersOf = (
  definitions: Definitions,
  resourceType: string,
): ReadonlyMap<string, Parameter> => typeParameters(definitions, resourceType).indexed

/** Whether a parameter is there, but what was stored before it is still to be indexed. */
export const isUnready = (definitions: Definitions, resourceType: string, code: string): boolean =>
  definitions.searchParameters.get(resourceType)?.get(code)?.activation?.isReady === false

const typeParameters = (definitions: Definitions, resourceType: string): TypeParameters => {
  let byType = remembered.get(definitions)
  if (byType === undefined) remembered.set(definitions, (byType = new Map()))
  let parameters = byType.get(resourceType)
  if (parameters === undefined) {
    const indexed = parametersFrom(definitions, resourceType)
    const isServed = ({ activation }: Parameter): boolean => activation?.isReady !== false
    const isAll = [...indexed.values()].every(isServed)
    const served = isAll ? indexed : new Map([...indexed].filter(([, one]) => isServed(one)))
    byType.set(resourceType, (parameters = { indexed, served }))
  }
  return parameters
}

const parametersFrom = (
  definitions: Definitions,
  resourceType: string,
): ReadonlyMap<string, Parameter> => {
  const declared = [...(definitions.searchParameters.get(resourceType)?.values() ?? [])]
  const patientPath = patientColumnPath(declared)
  const codes = bitOrder(declared)
  const bitOf = (code: string): bigint => 1n << BigInt(codes.indexOf(code))
  return new Map(
    declared.flatMap(definition => {
      const parameter = parameterFrom(definition, resourceType, patientPath, bitOf)
      return parameter === undefined ? [] : [[parameter.code, parameter]]
    }),
  )
}

/**
 * The bits of `present` that no parameter of the specification or of this exchange has in any of the
 * types, from the highest down: those that parameters added at run time may take.
 */
export const freeSlots = (
  definitions: Definitions,
  types: readonly string[],
): readonly number[] => {
  const counts = types.map(
    type => bitOrder([...(definitions.searchParameters.get(type)?.values() ?? [])]).length,
  )
  const first = Math.max(0, ...counts)
  return Array.from({ length: slotMax + 1 - first }, (_, at) => slotMax - at)
}

/** The last bit below the sign. */
const slotMax = 62

const r4 = 'http://hl7.org/fhir/'

/**
 * The codes in the order of their bits. Those of R4 first, so that no addition moves their bits; those
 * added at run time have slots of their own.
 */
const bitOrder = (declared: readonly SearchParameterDefinition[]): readonly string[] => {
  const codes = (isR4: boolean): readonly string[] =>
    declared
      .flatMap(({ code, url, activation }) =>
        activation === undefined && url.startsWith(r4) === isR4 ? [code] : [],
      )
      .sort()
  return [...codes(true), ...codes(false)]
}

const parameterFrom = (
  definition: SearchParameterDefinition,
  resourceType: string,
  patientPath: string | undefined,
  bitOf: (code: string) => bigint,
): Parameter | undefined => {
  const { code, type, targets, activation } = definition
  const paths = definition.paths.filter(path => valueTypes[type]?.has(path.type))
  const composite = type === 'composite' ? compositeOf(resourceType, code) : undefined
  const isNear = resourceType === 'Location' && code === 'near'
  if (paths.length === 0 && composite === undefined && !isNear) return undefined
  const parts = unions[`${resourceType}.${code}`]
  const indexName = activation === undefined ? code : `${code}#${activation.generation}`
  const kind = isNear
    ? 'near'
    : code === '_id'
      ? 'id'
      : code === '_lastUpdated'
        ? 'last-updated'
        : type
  return {
    resourceType,
    code,
    indexName,
    kind: kind as ParameterKind,
    hash: parameterHash(resourceType, indexName),
    hashes: (parts ?? [indexName]).map(part => parameterHash(resourceType, part)),
    bits:
      activation === undefined
        ? (parts ?? [code]).reduce((bits, part) => bits | bitOf(part), 0n)
        : 1n << BigInt(activation.slot),
    activation,
    targets,
    composite,
    paths,
    isPatientColumn:
      type === 'reference' && paths.length === 1 && writtenPath(paths[0]!) === patientPath,
    isClinicalDate:
      type === 'date' && code === clinicalDateCode(resourceType) && !paths.some(repeats),
  }
}

/**
 * The element that names the one patient whose compartment a resource is in: that of the parameter
 * `patient`, where it cannot repeat. Every parameter on the same element is answered by the column.
 */
const patientColumnPath = (declared: readonly SearchParameterDefinition[]): string | undefined => {
  const patient = declared.find(({ code }) => code === 'patient')
  const [path] = patient?.paths ?? []
  const isSingle = patient?.paths.length === 1 && path!.type === 'Reference' && !repeats(path!)
  return isSingle ? writtenPath(path!) : undefined
}

const repeats = (path: SearchPath): boolean => path.steps.some(({ isArray }) => isArray)

const writtenPath = (path: SearchPath): string =>
  path.steps.map(({ name, where }) => `${name}${where?.value ?? ''}`).join('.')
