import type { ParametersParameter } from '@medplum/fhirtypes'
import { InvalidRequest } from '../../fhir/errors.ts'
import { stringifyJson } from '../../fhir/json.ts'
import { isObject } from '../../fhir/walk.ts'
import type { ServedResource } from '../../store/rows.ts'
import { shown } from '../../search/shown.ts'
import type { Result } from '../interaction.ts'

/** One parameter of a Parameters resource, not yet looked at beyond being an object. */
export type Parameter = Readonly<Record<string, unknown>>

/**
 * The one parameter `name` of the body of an operation.
 * @throws InvalidRequest when the body is no Parameters resource or has it not exactly once
 * @see https://hl7.org/fhir/R4/parameters.html
 */
export const requiredParameter = (body: unknown, name: string, member: string): unknown => {
  if (body === undefined) throw new InvalidRequest('body-missing')
  const list = isObject(body) && body['resourceType'] === 'Parameters' ? body['parameter'] : []
  const found = Array.isArray(list)
    ? list.filter(parameter => isObject(parameter) && parameter['name'] === name)
    : []
  const [parameter] = found
  if (found.length !== 1 || !isObject(parameter) || parameter[member] === undefined)
    throw new InvalidRequest(
      'operation-parameter',
      { expected: `${name} (${member})` },
      'Parameters.parameter',
    )
  return parameter[member]
}

/**
 * The simple values of a Parameters body, as a query would have them; none without a body.
 * @throws InvalidRequest when it is no Parameters resource, or a value is not simple
 */
export const plainParameters = (body: unknown): readonly (readonly [string, string])[] =>
  parameterValues(body).map(([name, value]) => {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      throw new InvalidRequest('operation-value-not-plain', { parameter: shown(name) })
    return [name, String(value)]
  })

/**
 * Every parameter of a body with its name and the member that holds its value, in order; none without
 * a body.
 * @throws InvalidRequest when it is no Parameters resource, or a parameter has no name
 */
export const bodyParameters = (
  body: unknown,
): readonly {
  readonly name: string
  readonly parameter: Parameter
  readonly member?: string
}[] => {
  if (body === undefined) return []
  const list = isObject(body) && body['resourceType'] === 'Parameters' ? body['parameter'] : 0
  if (list === undefined) return []
  if (!Array.isArray(list)) throw new InvalidRequest('operation-body')
  return list.map((parameter: unknown) => {
    if (!isObject(parameter) || typeof parameter['name'] !== 'string')
      throw new InvalidRequest('operation-body')
    const { name } = parameter as Parameter & { readonly name: string }
    const member = Object.keys(parameter).find(key => key.startsWith('value'))
    return { name, parameter, ...(member === undefined ? {} : { member }) }
  })
}

/**
 * Name and value of every parameter of a body, in order; none without a body.
 * @throws InvalidRequest when it is no Parameters resource, or a parameter has no name or value
 */
export const parameterValues = (body: unknown): readonly (readonly [string, unknown])[] =>
  bodyParameters(body).map(({ name, parameter, member }) => {
    if (member === undefined) throw new InvalidRequest('operation-body')
    return [name, parameter[member]]
  })

/** The bytes of a Parameters resource. */
export const parameterList = (parameter: readonly unknown[]): Buffer =>
  Buffer.from(stringifyJson({ resourceType: 'Parameters', parameter }))

/** The answer of an operation as a Parameters resource. */
export const parametersAnswer = (
  parameter: readonly ParametersParameter[],
  disclosed: readonly ServedResource[],
): Result => ({ kind: 'operation', json: parameterList(parameter), disclosed, warnings: [] })

/** The same with one parameter `return`. */
export const parametersResult = (
  member: string,
  value: unknown,
  disclosed: readonly ServedResource[],
): Result => parametersAnswer([{ name: 'return', [member]: value }], disclosed)
