import { valueNameOf } from './questionnaire-answers.ts'
import { compareValues } from './value-order.ts'
import { isObject, type JsonObject } from './walk.ts'

const depthMax = 64

/** The answers of a response by the linkId of their question, wherever they stand. */
export const answersByLinkId = (
  response: JsonObject,
): ReadonlyMap<unknown, readonly JsonObject[]> => {
  const answers = new Map<unknown, JsonObject[]>()
  const collect = (node: JsonObject, depth: number): void => {
    if (depth > depthMax) return
    for (const item of objectsIn(node['item'])) {
      const known = answers.get(item['linkId']) ?? []
      answers.set(item['linkId'], known)
      for (const answer of objectsIn(item['answer'])) {
        known.push(answer)
        collect(answer, depth + 1)
      }
      collect(item, depth + 1)
    }
  }
  collect(response, 0)
  return answers
}

/** The objects of a JSON array. */
export const objectsIn = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []

/**
 * Whether the conditions of an item let it be answered.
 * @see https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
 */
export const isEnabled = (
  item: JsonObject,
  answers: ReadonlyMap<unknown, readonly JsonObject[]>,
): boolean => {
  const conditions = objectsIn(item['enableWhen'])
  if (conditions.length === 0) return true
  const isMet = (condition: JsonObject): boolean =>
    meets(condition, answers.get(condition['question']) ?? [])
  return item['enableBehavior'] === 'all' ? conditions.every(isMet) : conditions.some(isMet)
}

const meets = (condition: JsonObject, answers: readonly JsonObject[]): boolean => {
  const name = Object.keys(condition).find(member => /^answer[A-Z]/.test(member))
  const expected = name === undefined ? undefined : condition[name]
  const { operator } = condition
  if (operator === 'exists') return answers.length > 0 === (expected === true)
  const orders = answers.map(answer => {
    const member = valueNameOf(answer)
    return member === undefined ? undefined : orderOf(answer[member], expected)
  })
  const tests: Readonly<Record<string, (order: number) => boolean>> = {
    '=': order => order === 0,
    '!=': order => order !== 0,
    '>': order => order > 0,
    '<': order => order < 0,
    '>=': order => order >= 0,
    '<=': order => order <= 0,
  }
  const test = tests[String(operator)]
  return orders.some(order => order !== undefined && test?.(order) === true)
}

const orderOf = (value: unknown, expected: unknown): number | undefined => {
  if (
    isObject(value) &&
    isObject(expected) &&
    expected['code'] !== undefined &&
    !('value' in value)
  )
    return value['code'] === expected['code'] && value['system'] === expected['system'] ? 0 : 1
  if (typeof value === 'boolean' || typeof expected === 'boolean') return value === expected ? 0 : 1
  return compareValues(value, expected)
}
