import type { ParametersParameter } from '@medplum/fhirtypes'
import { InvalidRequest } from '../../fhir/errors.ts'
import { stringifyJson } from '../../fhir/json.ts'
import type { ServedResource } from '../../store/rows.ts'
import { shown } from '../../search/shown.ts'
import type { Result } from '../interaction.ts'

/** One parameter of a Parameters resource, not yet looked at beyond being an object. */
export type Parameter = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Parameter =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

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
 * Name and value of every parameter of a body, in order; none without a body.
 * @throws InvalidRequest when it is no Parameters resource, or a parameter has no name or value
 */
export const parameterValues = (body: unknown): readonly (readonly [string, unknown])[] => {
  if (body === undefined) return []
  const list = isObject(body) && body['resourceType'] === 'Parameters' ? body['parameter'] : 0
  if (list === undefined) return []
  if (!Array.isArray(list)) throw new InvalidRequest('operation-body')
  return list.map((parameter: unknown) => {
    const name = isObject(parameter) ? parameter['name'] : undefined
    const member = isObject(parameter)
      ? Object.keys(parameter).find(key => key.startsWith('value'))
      : undefined
    if (typeof name !== 'string' || member === undefined) throw new InvalidRequest('operation-body')
    return [name, (parameter as Parameter)[member]]
  })
}

/** The bytes of a Parameters resource. */
export const parameterList = (parameter: readonly unknown[]): Buffer =>
  Buffer.from(stringifyJson({ resourceType: 'Parameters', parameter }))

/** The answer of an operation as a Parameters resource with one parameter `return`. */
export const parametersResult = (
  member: string,
  value: unknown,
  disclosed: readonly ServedResource[],
): Result => ({
  kind: 'operation',
  json: parameterList([{ name: 'return', [member]: value }]),
  disclosed,
  warnings: [],
})

/** The answer of an operation as a Parameters resource. */
export const parametersAnswer = (
  parameter: readonly ParametersParameter[],
  disclosed: readonly ServedResource[],
): Result => ({
  kind: 'operation',
  json: Buffer.from(stringifyJson({ resourceType: 'Parameters', parameter })),
  disclosed,
  warnings: [],
})
