import { seenOf, type Answer } from '../server.ts'

/** What a caller sees of an answer about one id, with the id itself taken out. */
const seenWithout = (answer: Answer, id: string): string =>
  JSON.stringify(seenOf(answer)).replaceAll(id, 'ID')

interface Assertions {
  readonly equal: (found: unknown, wanted: unknown, message: string) => boolean
}

/**
 * Asks the same about an id that is hidden and one that was never there; no byte but those of the
 * id may differ. Gives back the answer about the hidden one.
 */
export const sameAsAbsent = async (
  t: Assertions,
  [hidden, absent]: readonly [string, string],
  ask: (id: string) => Promise<Answer>,
  title = hidden,
): Promise<Answer> => {
  const answers = [await ask(hidden), await ask(absent)] as const
  t.equal(seenWithout(answers[0], hidden), seenWithout(answers[1], absent), title)
  return answers[0]
}

/** An id a server could have assigned, which this one never has. */
export const absentUuid = '01890000-0000-7000-8000-000000000000'
