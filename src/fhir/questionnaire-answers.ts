import type { MessageCode } from './messages.ts'
import type { MessageParameters } from './outcome.ts'
import { isOfValueSet } from './profile-binding.ts'
import type { Profiles } from './profiles.ts'
import { holds } from './profile-values.ts'
import { compareValues } from './value-order.ts'
import { isObject, type JsonObject } from './walk.ts'

/** What is wrong with an answer. */
export interface AnswerProblem {
  readonly code: MessageCode
  readonly parameters?: MessageParameters
}

/** The member of an answer that holds its value, such as `valueString`. */
export const valueNameOf = (answer: JsonObject): string | undefined =>
  Object.keys(answer).find(name => /^value[A-Z]/.test(name))

/** @see https://hl7.org/fhir/R4/valueset-item-type.html */
const typeNames: Readonly<Record<string, readonly string[]>> = {
  boolean: ['valueBoolean'],
  decimal: ['valueDecimal', 'valueInteger'],
  integer: ['valueInteger'],
  date: ['valueDate'],
  dateTime: ['valueDateTime'],
  time: ['valueTime'],
  string: ['valueString'],
  text: ['valueString'],
  url: ['valueUri'],
  choice: ['valueCoding'],
  'open-choice': ['valueCoding', 'valueString'],
  attachment: ['valueAttachment'],
  reference: ['valueReference'],
  quantity: ['valueQuantity'],
}

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/'
const captureUrl = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-'

/** The value of an extension of an item. */
const extensionOf = (item: JsonObject, ...urls: readonly string[]): unknown => {
  const list: readonly unknown[] = Array.isArray(item['extension']) ? item['extension'] : []
  const found = list.find(one => isObject(one) && urls.includes(String(one['url'])))
  const name = isObject(found) ? valueNameOf(found) : undefined
  return isObject(found) && name !== undefined ? found[name] : undefined
}

const optionsOf = (item: JsonObject): readonly JsonObject[] =>
  Array.isArray(item['answerOption']) ? item['answerOption'].filter(isObject) : []

/** What is wrong with one answer to a question, by the question's own terms. */
export const answerProblems = (
  answer: JsonObject,
  item: JsonObject,
  profiles: Profiles | undefined,
): readonly AnswerProblem[] => {
  const name = valueNameOf(answer)
  if (name === undefined) return []
  const type = String(item['type'])
  const options = optionsOf(item)
  const offered = type === 'choice' ? options.flatMap(option => valueNameOf(option) ?? []) : []
  const allowed = [...(typeNames[type] ?? [name]), ...offered]
  if (!allowed.includes(name)) {
    const words = { expected: allowed.map(typeOf).join(', '), found: typeOf(name) }
    return [{ code: 'answer-type', parameters: words }]
  }
  const value = answer[name]
  return [
    ...optionProblems(value, name, item, profiles),
    ...lengthProblems(value, item),
    ...boundProblems(value, item),
  ]
}

const typeOf = (name: string): string => name.slice('value'.length)

// oxlint-disable-next-line max-params -- the value with its name, the question, and what knows value sets
const optionProblems = (
  value: unknown,
  name: string,
  item: JsonObject,
  profiles: Profiles | undefined,
): readonly AnswerProblem[] => {
  if (item['type'] === 'open-choice' && name === 'valueString') return []
  const options = optionsOf(item)
  const isOffered = options.some(option => matches(value, option[name]))
  if (options.length > 0 && !isOffered) return [{ code: 'answer-not-offered' }]
  const valueSet = item['answerValueSet']
  if (name !== 'valueCoding' || typeof valueSet !== 'string' || profiles === undefined) return []
  return isOfValueSet(value, valueSet, profiles) === false
    ? [{ code: 'answer-not-of-value-set', parameters: { valueSet } }]
    : []
}

/** A coding is told by its system and code. */
const matches = (value: unknown, option: unknown): boolean => {
  if (!isObject(value) || !isObject(option)) return option !== undefined && holds(value, option)
  const { code, system, reference } = option
  return value['code'] === code && value['system'] === system && value['reference'] === reference
}

const lengthProblems = (value: unknown, item: JsonObject): readonly AnswerProblem[] => {
  if (typeof value !== 'string') return []
  const { maxLength } = item
  const least = extensionOf(item, `${coreUrl}minLength`)
  const { length } = [...value]
  return [
    ...(typeof maxLength === 'number' && length > maxLength
      ? [{ code: 'answer-too-long', parameters: { max: maxLength } } as const]
      : []),
    ...(typeof least === 'number' && length < least
      ? [{ code: 'answer-too-short', parameters: { min: least } } as const]
      : []),
  ]
}

const boundProblems = (value: unknown, item: JsonObject): readonly AnswerProblem[] => {
  const lowest = extensionOf(item, `${coreUrl}minValue`, `${captureUrl}minQuantity`)
  const highest = extensionOf(item, `${coreUrl}maxValue`, `${captureUrl}maxQuantity`)
  const places = extensionOf(item, `${coreUrl}maxDecimalPlaces`)
  const found = String(value).split('.')[1]?.length ?? 0
  return [
    ...outside(value, lowest, 'answer-too-low'),
    ...outside(value, highest, 'answer-too-high'),
    ...(typeof places === 'number' &&
    !isObject(value) &&
    typeof value !== 'string' &&
    found > places
      ? [{ code: 'answer-too-precise', parameters: { max: places } } as const]
      : []),
  ]
}

const outside = (
  value: unknown,
  bound: unknown,
  code: 'answer-too-low' | 'answer-too-high',
): readonly AnswerProblem[] => {
  if (bound === undefined) return []
  const order = compareValues(value, bound)
  if (order === undefined) return isObject(value) ? [{ code: 'answer-not-comparable' }] : []
  return (code === 'answer-too-low' ? order < 0 : order > 0) ? [{ code }] : []
}

/** Whether an option that stands for itself alone was chosen beside others. */
export const hasExclusive = (answers: readonly JsonObject[], item: JsonObject): boolean =>
  answers.length > 1 &&
  optionsOf(item).some(
    option =>
      extensionOf(option, `${coreUrl}questionnaire-optionExclusive`) === true &&
      answers.some(answer => {
        const name = valueNameOf(option)
        return name !== undefined && matches(answer[name], option[name])
      }),
  )
