import { Decimal } from './decimal.ts'
import { isObject } from './walk.ts'

/** Whether a value is exactly another: the same members with the same content, in any order. */
export const isEqual = (value: unknown, fixed: unknown): boolean => {
  if (Array.isArray(value) || Array.isArray(fixed))
    return (
      Array.isArray(value) &&
      Array.isArray(fixed) &&
      value.length === fixed.length &&
      value.every((item, at) => isEqual(item, fixed[at]))
    )
  if (!isObject(value) || !isObject(fixed)) return isSamePrimitive(value, fixed)
  const names = Object.keys(fixed)
  return (
    Object.keys(value).length === names.length &&
    names.every(name => isEqual(value[name], fixed[name]))
  )
}

const isSamePrimitive = (left: unknown, right: unknown): boolean =>
  left instanceof Decimal || right instanceof Decimal
    ? !isObject(left) && !isObject(right) && Number(left) === Number(right)
    : left === right

/**
 * Whether a value holds everything a pattern has; each item of a pattern's list is met by one item.
 * @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
 */
export const holds = (value: unknown, pattern: unknown): boolean => {
  if (Array.isArray(pattern))
    return Array.isArray(value) && pattern.every(part => value.some(item => holds(item, part)))
  if (!isObject(pattern)) return isSamePrimitive(value, pattern)
  return isObject(value) && Object.keys(pattern).every(name => holds(value[name], pattern[name]))
}

const lettersMax = 120

/** What a profile expects, in words: its own constants, which are no one's data. */
export const expectedText = (value: unknown): string =>
  (coded(value) ?? JSON.stringify(value) ?? '').slice(0, lettersMax)

/** Types whose values are terms, not data of a person. */
const termTypes = new Set([
  'code',
  'uri',
  'canonical',
  'url',
  'oid',
  'boolean',
  'Coding',
  'CodeableConcept',
])

/** What was found, in words where it is a term; otherwise only that it is another value. */
export const foundText = (value: unknown, type: string): string => {
  if (value === undefined) return '∅'
  if (!termTypes.has(type)) return '…'
  return (coded(value) ?? '…').slice(0, lettersMax)
}

/** `system|code`, or the plain code. */
const coded = (value: unknown): string | undefined => {
  if (typeof value === 'string' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.map(item => coded(item) ?? '…').join(', ')
  if (!isObject(value)) return undefined
  const { coding, system, code } = value
  if (coding !== undefined) return coded(coding)
  if (typeof code !== 'string') return typeof system === 'string' ? `${system}|` : undefined
  return typeof system === 'string' ? `${system}|${code}` : code
}
