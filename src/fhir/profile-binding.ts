import type { MessageCode } from './messages.ts'
import type { Issue, MessageParameters } from './outcome.ts'
import type { Item } from './profile-items.ts'
import type { CodeSet, Profiles } from './profiles.ts'
import { isObject } from './walk.ts'

const codesShownMax = 8

/** How a value misses the value set it is bound to. */
interface BindingProblem {
  readonly code: MessageCode
  readonly parameters: MessageParameters
  readonly severity: Issue['severity']
}

/**
 * Whether a code is of the value set a profile binds it to; nothing is said of value sets that are not
 * here in full.
 * @see https://hl7.org/fhir/R4/terminologies.html#strength
 */
export const bindingProblem = (
  { value, type }: Item,
  { strength, valueSet }: { readonly strength: string; readonly valueSet: string },
  profiles: Profiles,
): BindingProblem | undefined => {
  const set = profiles.codes(valueSet)
  if (set === undefined || isOf(value, type, set)) return undefined
  const shown = [...set.codings].slice(0, codesShownMax).join(', ')
  const expected = set.codings.size > codesShownMax ? `${shown}, …` : shown
  return strength === 'required'
    ? { code: 'profile-binding', parameters: { valueSet, expected }, severity: 'error' }
    : {
        code: 'profile-binding-extensible',
        parameters: { valueSet, expected },
        severity: 'warning',
      }
}

/** Whether a code, Coding or CodeableConcept is of a value set; undefined where nobody here can tell. */
export const isOfValueSet = (
  value: unknown,
  valueSet: string,
  profiles: Profiles,
): boolean | undefined => {
  const set = profiles.codes(valueSet)
  const type = isObject(value) && value['coding'] !== undefined ? 'CodeableConcept' : 'Coding'
  return set === undefined ? undefined : isOf(value, type, set)
}

const isOf = (value: unknown, type: string, set: CodeSet): boolean => {
  if (typeof value === 'string') return set.codes.has(value)
  if (!isObject(value)) return true
  if (type !== 'CodeableConcept') return isCoding(value, set)
  const { coding } = value
  return Array.isArray(coding) && coding.some(one => isObject(one) && isCoding(one, set))
}

/** A Quantity has its unit as a coding. */
const isCoding = ({ system, code }: Record<string, unknown>, set: CodeSet): boolean =>
  typeof code === 'string' &&
  (typeof system === 'string' ? set.codings.has(`${system}|${code}`) : set.codes.has(code))
