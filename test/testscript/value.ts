import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import type { Resource } from '../../src/fhir/resource.ts'
import { Failure } from './exchange.ts'

/** The values of a FHIRPath expression. @throws Failure when it is none. */
export const evaluated = async (resource: Resource, expression: string): Promise<unknown[]> => {
  try {
    return await Promise.resolve(fhirpath.evaluate(resource, expression, undefined, r4))
  } catch (error) {
    throw new Failure(`expression ${expression}: ${String(error)}`, { cause: error })
  }
}

const step = /^(?:fhir:)?([A-Za-z]+)$/

/**
 * The values of a path. Of XPath only the steps that name a child and the attribute `value` are
 * read, which is all that the scripts at hand use. @throws Failure on any other.
 */
export const atPath = (resource: Resource, path: string): Promise<unknown[]> => {
  const steps = path.replace(/\/@value$/, '').split('/')
  const names = steps.map(text => step.exec(text)?.[1])
  if (names.includes(undefined)) throw new Failure(`path ${path} is not read here`)
  return evaluated(resource, names.join('.'))
}

/** Values as text: one primitive as it is, anything else as JSON. */
export const asText = (values: readonly unknown[]): string => {
  const [only] = values
  if (values.length !== 1) return JSON.stringify(values)
  return typeof only === 'string' ? only : JSON.stringify(only)
}

type Comparison = (found: string, expected: string) => boolean

const listed: Comparison = (found, expected) => expected.split(',').includes(found)
const isMore: Comparison = (found, expected) => Number(found) > Number(expected)
const isLess: Comparison = (found, expected) => Number(found) < Number(expected)

/** @see https://hl7.org/fhir/R4/valueset-assert-operator-codes.html */
const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ['equals', (found, expected) => found === expected],
  ['notEquals', (found, expected) => found !== expected],
  ['in', listed],
  ['notIn', (found, expected) => !listed(found, expected)],
  ['greaterThan', isMore],
  ['lessThan', isLess],
  ['empty', found => found === '' || found === '[]'],
  ['notEmpty', found => found !== '' && found !== '[]'],
  ['contains', (found, expected) => found.includes(expected)],
  ['notContains', (found, expected) => !found.includes(expected)],
])

/** Says what is wrong when `found` is not so related to `expected`. @throws Failure */
export const compare = (what: string, found: string, operator = 'equals', expected = ''): void => {
  const holds = comparisons.get(operator)
  if (holds === undefined) throw new Failure(`operator ${operator} is not read here`)
  if (!holds(found, expected)) throw new Failure(`${what}: ${found} ${operator} ${expected}`)
}

/** Whether all of `expected` is in `found`: members by name, items of lists in any order. */
export const isWithin = (expected: unknown, found: unknown): boolean => {
  if (Array.isArray(expected))
    return (
      Array.isArray(found) && expected.every(item => found.some(other => isWithin(item, other)))
    )
  if (typeof expected !== 'object' || expected === null) return expected === found
  if (typeof found !== 'object' || found === null) return false
  const members = new Map(Object.entries(found))
  return Object.entries(expected).every(([name, value]) => isWithin(value, members.get(name)))
}
