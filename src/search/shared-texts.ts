import { textHash } from './hash.ts'
import { TextEntries, type TextPart } from './text-entries.ts'

/**
 * What the codes of a resource say, in one of its parts. Resources that say the same share it: it is
 * stored once, in `shared_text`, and they have its hash among their tokens.
 */
export interface SharedText {
  readonly hash: bigint
  /** As PostgreSQL reads them; see text-entries.ts. */
  readonly vectors: readonly string[]
  /** Words it has. */
  readonly count: number
}

/** Shared texts of a resource at most. They are the first of its tokens. */
export const sharedTextsMax = 2
/** The parts that have one: nobody shares a narrative. */
export type SharedPart = Exclude<TextPart, 'A'>

/**
 * Raised when other words are made of the same text, by whatever change of this code: what is stored
 * under the hashes of before is then not taken for the same.
 */
const edition = 1

/** The shared texts of one resource while they are collected. */
export class SharedTexts {
  readonly #resourceType: string
  /** Behind one another, with their lengths, so that no two lists look alike. */
  readonly #parts = { D: '', B: '' }

  constructor(resourceType: string) {
    this.#resourceType = resourceType
  }

  text(text: string, part: SharedPart): void {
    this.#parts[part] += `${text.length}:${text}`
  }

  label(entry: string, part: SharedPart): void {
    this.#parts[part] += `${labelMark}${entry.length}:${entry}`
  }

  /** @throws TooCostly when one has more words */
  all(wordsMax: number): readonly SharedText[] {
    const { D, B } = this.#parts
    const found: SharedText[] = []
    if (D !== '') found.push(shared(`${this.#resourceType} D${D}`, 'D', wordsMax))
    if (B !== '') found.push(shared(`${this.#resourceType} B${B}`, 'B', wordsMax))
    return found
  }
}

/** Before the length of a label. */
const labelMark = '='

/** Letters of what is remembered at most, and of one text in it. */
const rememberedLettersMax = 8_000_000
const rememberedLengthMax = 4000
const remembered = new Map<string, SharedText>()
let rememberedLetters = 0

const shared = (written: string, part: SharedPart, wordsMax: number): SharedText => {
  const known = remembered.get(written)
  if (known !== undefined) return known
  const text = made(written, part, wordsMax)
  if (written.length > rememberedLengthMax) return text
  if (rememberedLetters > rememberedLettersMax) {
    remembered.clear()
    rememberedLetters = 0
  }
  remembered.set(written, text)
  for (const letters of [written, ...text.vectors]) rememberedLetters += letters.length
  return text
}

const made = (written: string, part: SharedPart, wordsMax: number): SharedText => {
  const entries = new TextEntries(wordsMax)
  for (const { isLabel, text } of listed(written))
    if (isLabel) entries.label(text, part)
    else entries.text(text, part)
  const vectors = entries.all()
  return { hash: textHash(`${edition} ${written}`), vectors, count: entries.count }
}

/** What `SharedTexts` has put behind one another, after the type and the part. */
function* listed(written: string): Generator<{ readonly isLabel: boolean; readonly text: string }> {
  for (let at = written.indexOf(' ') + 2; at < written.length;) {
    const isLabel = written[at] === labelMark
    const colon = written.indexOf(':', at)
    const length = Number(written.slice(isLabel ? at + 1 : at, colon))
    yield { isLabel, text: written.slice(colon + 1, colon + 1 + length) }
    at = colon + 1 + length
  }
}
