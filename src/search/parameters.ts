import type { Definitions, SearchParameterDefinition, SearchPath } from '../fhir/definitions.ts'
import { clinicalDateCode } from './clinical-date.ts'
import { parameterHash } from './hash.ts'

/** Where a parameter's values are kept, and so how it is asked for. */
export type ParameterKind =
  'id' | 'last-updated' | 'token' | 'reference' | 'string' | 'date' | 'uri'

/** A search parameter of one resource type that is indexed. */
export interface Parameter {
  readonly resourceType: string
  readonly code: string
  readonly kind: ParameterKind
  readonly hash: bigint
  readonly targets: readonly string[]
  readonly paths: readonly SearchPath[]
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
}

const remembered = new WeakMap<Definitions, Map<string, ReadonlyMap<string, Parameter>>>()

/**
 * The indexed search parameters of a type, by code. Parameters of kind number, quantity, composite
 * and special are not among them.
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
    parameters = new Map(
      declared.flatMap(definition => {
        const parameter = parameterFrom(definition, resourceType, patientPath)
        return parameter === undefined ? [] : [[parameter.code, parameter]]
      }),
    )
    byType.set(resourceType, parameters)
  }
  return parameters
}

const parameterFrom = (
  definition: SearchParameterDefinition,
  resourceType: string,
  patientPath: string | undefined,
): Parameter | undefined => {
  const { code, type, targets } = definition
  const paths = definition.paths.filter(path => valueTypes[type]?.has(path.type))
  if (paths.length === 0) return undefined
  const kind = code === '_id' ? 'id' : code === '_lastUpdated' ? 'last-updated' : type
  return {
    resourceType,
    code,
    kind: kind as ParameterKind,
    hash: parameterHash(resourceType, code),
    targets,
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
