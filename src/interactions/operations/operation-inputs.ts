import type { CodeableConcept, Coding, Resource } from '@medplum/fhirtypes'
import { InvalidRequest, ValidationFailed } from '../../fhir/errors.ts'
import { validate } from '../../fhir/validate.ts'
import { isObject } from '../../fhir/walk.ts'
import { shown } from '../../search/shown.ts'
import type { Exchange, OperationRequest } from '../interaction.ts'
import { bodyParameters } from './parameters.ts'

/** The parameters of an operation, from its query and from a Parameters body alike. */
export interface OperationInputs {
  /** A simple value as text. @throws InvalidRequest when it is none */
  readonly text: (...names: readonly string[]) => string | undefined
  readonly texts: (name: string) => readonly string[]
  readonly flag: (name: string) => boolean | undefined
  /** A whole number from 0. */
  readonly count: (name: string) => number | undefined
  readonly coding: (name: string) => Coding | undefined
  readonly codeableConcept: (name: string) => CodeableConcept | undefined
  readonly resources: (name: string) => readonly Resource[]
}

interface Input {
  readonly value?: unknown
  readonly resource?: unknown
}

/**
 * @throws ValidationFailed when the body, or a resource in it, is not as R4 defines it
 * @throws InvalidRequest when it is no Parameters resource
 */
export const operationInputs = (
  { parameters, resource }: OperationRequest,
  { context }: Exchange,
): OperationInputs => {
  const problems = resource === undefined ? [] : validate(resource, context.definitions)
  if (problems.length > 0) throw new ValidationFailed(problems)
  const inputs = new Map<string, Input[]>()
  const add = (name: string, input: Input): void => {
    inputs.set(name, [...(inputs.get(name) ?? []), input])
  }
  for (const [name, value] of parameters) add(name, { value })
  for (const { name, parameter, member } of bodyParameters(resource))
    add(name, {
      ...(member === undefined ? {} : { value: parameter[member] }),
      ...(parameter['resource'] === undefined ? {} : { resource: parameter['resource'] }),
    })
  return reader(inputs)
}

const reader = (inputs: ReadonlyMap<string, readonly Input[]>): OperationInputs => {
  const all = (name: string): readonly Input[] => inputs.get(name) ?? []
  const texts = (name: string): readonly string[] =>
    all(name).map(({ value }) => plain(name, value))
  const one = (name: string, kind: string): Readonly<Record<string, unknown>> | undefined => {
    const [first] = all(name)
    if (first === undefined) return undefined
    if (isObject(first.value)) return first.value
    throw refused(name, kind)
  }
  return {
    texts,
    text: (...names) => names.map(name => texts(name)[0]).find(text => text !== undefined),
    flag: name => {
      const [text] = texts(name)
      if (text === undefined || text === 'true' || text === 'false')
        return text === undefined ? undefined : text === 'true'
      throw refused(name, 'true, false')
    },
    count: name => {
      const [text] = texts(name)
      if (text === undefined) return undefined
      if (/^\d{1,9}$/.test(text)) return Number(text)
      throw refused(name, '0, 1, 2 …')
    },
    coding: name => one(name, 'Coding') as Coding | undefined,
    codeableConcept: name => one(name, 'CodeableConcept') as CodeableConcept | undefined,
    resources: name =>
      all(name).map(({ resource }) => {
        if (isObject(resource) && typeof resource['resourceType'] === 'string')
          return resource as unknown as Resource
        throw refused(name, 'resource')
      }),
  }
}

const plain = (name: string, value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw refused(name, 'string')
}

const refused = (parameter: string, expected: string): InvalidRequest =>
  new InvalidRequest('terminology-input-invalid', { parameter: shown(parameter), expected })
