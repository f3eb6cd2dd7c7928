import type { Definitions, SearchParameterDefinition, SearchPath } from '../fhir/definitions.ts'
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
}

/** The datatypes a kind of parameter takes its values from; a path to another type is left out. */
const valueTypes: Readonly<Record<string, ReadonlySet<string>>> = {
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

/** Parameters that are the union of others, whose values are kept once. */
const unions: Readonly<Record<string, readonly string[]>> = {
  'Observation.combo-value-quantity': ['value-quantity', 'component-value-quantity'],
}

const remembered = new WeakMap<Definitions, Map<string, ReadonlyMap<string, Parameter>>>()

/**
 * The search parameters of a type that are indexed, by code. Special parameters and some composites
 * are not among them.
 */
export const parametersOf = (
  definitions: Definitions,
  resourceType: string,
): ReadonlyMap<string, Parameter> => {
  let byType = remembered.get(definitions)
  if (byType === undefined) remembered.set(definitions, (byType = new Map()))
  let parameters = byType.get(resourceType)
  if (parameters === undefined) {
    const declared = [...(definitions.searchParameters.get(resourceType)?.values() ?? [])]
    const patientPath = patientColumnPath(declared)
    const codes = bitOrder(declared)
    const bitOf = (code: string): bigint => 1n << BigInt(codes.indexOf(code))
    parameters = new Map(
      declared.flatMap(definition => {
        const parameter = parameterFrom(definition, resourceType, patientPath, bitOf)
        return parameter === undefined ? [] : [[parameter.code, parameter]]
      }),
    )
    byType.set(resourceType, parameters)
  }
  return parameters
}

const r4 = 'http://hl7.org/fhir/'

/** The codes in the order of their bits. Those of R4 first, so that no addition moves their bits. */
const bitOrder = (declared: readonly SearchParameterDefinition[]): readonly string[] => {
  const codes = (isR4: boolean): readonly string[] =>
    declared.flatMap(({ code, url }) => (url.startsWith(r4) === isR4 ? [code] : [])).sort()
  return [...codes(true), ...codes(false)]
}

const parameterFrom = (
  definition: SearchParameterDefinition,
  resourceType: string,
  patientPath: string | undefined,
  bitOf: (code: string) => bigint,
): Parameter | undefined => {
  const { code, type, targets } = definition
  const paths = definition.paths.filter(path => valueTypes[type]?.has(path.type))
  const composite = type === 'composite' ? compositeOf(resourceType, code) : undefined
  const isNear = resourceType === 'Location' && code === 'near'
  if (paths.length === 0 && composite === undefined && !isNear) return undefined
  const parts = unions[`${resourceType}.${code}`]
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
    kind: kind as ParameterKind,
    hash: parameterHash(resourceType, code),
    hashes: (parts ?? [code]).map(part => parameterHash(resourceType, part)),
    bits: (parts ?? [code]).reduce((bits, part) => bits | bitOf(part), 0n),
    targets,
    composite,
    paths: parts === undefined ? paths : [],
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
