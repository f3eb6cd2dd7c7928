import type { MessageCode } from './messages.ts'
import type { MessageParameters } from './outcome.ts'
import { answerProblems, hasExclusive } from './questionnaire-answers.ts'
import { answersByLinkId, isEnabled, objectsIn } from './questionnaire-conditions.ts'
import type { JsonObject, Walk } from './walk.ts'

const depthMax = 32

interface Reading {
  readonly walk: Walk
  readonly answers: ReadonlyMap<unknown, readonly JsonObject[]>
  /** Whether what must be answered must be by now. */
  readonly isComplete: boolean
}

/**
 * Checks a QuestionnaireResponse the walk stands on by its questionnaire: every item is a question of
 * it, in its place, answered with the right type and within its bounds; what is required is answered,
 * what is not enabled is not.
 * @see https://hl7.org/fhir/R4/questionnaireresponse.html#notes
 */
export const checkAnswers = (response: JsonObject, questionnaire: JsonObject, walk: Walk): void => {
  const isComplete = response['status'] === 'completed' || response['status'] === 'amended'
  const reading: Reading = { walk, answers: answersByLinkId(response), isComplete }
  checkItems(response, questionnaire, reading, 0)
}

/** The items of a response below one element, against those of the questionnaire there. */
// oxlint-disable-next-line max-params -- both sides, what is known, and how deep
const checkItems = (node: JsonObject, asked: JsonObject, reading: Reading, depth: number): void => {
  if (depth > depthMax || reading.walk.isFull) return
  const questions = new Map(objectsIn(asked['item']).map(item => [item['linkId'], item]))
  const met = new Map<unknown, number>()
  for (const [at, item] of objectsIn(node['item']).entries()) {
    const question = questions.get(item['linkId'])
    met.set(item['linkId'], (met.get(item['linkId']) ?? 0) + 1)
    reading.walk.path.push('item', at)
    if (question === undefined) tell(reading, 'answer-to-no-question', {}, 'linkId')
    else checkItem(item, question, reading, depth)
    reading.walk.path.pop()
    reading.walk.path.pop()
  }
  for (const [linkId, question] of questions) checkPresence(question, met.get(linkId) ?? 0, reading)
}

const checkPresence = (question: JsonObject, count: number, reading: Reading): void => {
  const linkId = String(question['linkId'])
  if (count > 1 && question['repeats'] !== true) tell(reading, 'answer-item-repeated', { linkId })
  if (count > 0 || question['required'] !== true || !reading.isComplete) return
  if (question['type'] !== 'display' && isEnabled(question, reading.answers))
    tell(reading, 'answer-required', { linkId })
}

// oxlint-disable-next-line max-params -- both sides, what is known, and how deep
const checkItem = (
  item: JsonObject,
  question: JsonObject,
  reading: Reading,
  depth: number,
): void => {
  const given = objectsIn(item['answer'])
  const linkId = String(question['linkId'])
  const type = question['type']
  if (!isEnabled(question, reading.answers)) {
    if (given.length > 0 || objectsIn(item['item']).length > 0) tell(reading, 'answer-not-enabled')
    return
  }
  if (type === 'group' || type === 'display') {
    if (given.length > 0) tell(reading, 'answer-not-taken', { type })
    if (type === 'group') checkItems(item, question, reading, depth + 1)
    return
  }
  if (item['item'] !== undefined) tell(reading, 'answer-item-misplaced', {}, 'item')
  if (given.length === 0 && question['required'] === true && reading.isComplete)
    tell(reading, 'answer-required', { linkId })
  if (given.length > 1 && question['repeats'] !== true) tell(reading, 'answer-repeated')
  if (hasExclusive(given, question)) tell(reading, 'answer-exclusive')
  for (const [at, answer] of given.entries()) {
    reading.walk.path.push('answer', at)
    for (const { code, parameters } of answerProblems(answer, question, reading.walk.profiles))
      tell(reading, code, parameters)
    checkItems(answer, question, reading, depth + 1)
    reading.walk.path.pop()
    reading.walk.path.pop()
  }
}

// oxlint-disable-next-line max-params -- where, what, with which words, at which member
const tell = (
  { walk }: Reading,
  code: MessageCode,
  parameters: MessageParameters = {},
  member?: string,
): void => walk.report('business-rule', code, parameters, member)
