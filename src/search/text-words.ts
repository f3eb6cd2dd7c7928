import { foldedWhole } from './folded.ts'
import { hash64 } from './hash.ts'

/** Scripts that are written without spaces: their texts are found by any part, letter by letter. */
const unspaced =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}'
const pattern = new RegExp(`([${unspaced}])|(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`, 'gu')
const ascii = /^[\0-\x7f]*$/
const asciiPattern = /[a-z0-9]+/g

/** A word, or one letter of a script without spaces. */
export interface Word {
  readonly text: string
  readonly isLetter: boolean
  /** It follows the letter before it without anything in between. */
  readonly isJoined: boolean
}

/**
 * The words of a text in their order, folded as string parameters fold (folded.ts). What is neither
 * letter nor digit separates words and is not kept.
 */
export const wordsOf = (text: string): readonly Word[] => {
  const plain = foldedWhole(text)
  const words: Word[] = []
  let end = -1
  for (const match of plain.matchAll(ascii.test(plain) ? asciiPattern : pattern)) {
    const [found, letter] = match
    const isLetter = letter !== undefined
    words.push({
      text: isLetter ? found : shortened(found),
      isLetter,
      isJoined: isLetter && match.index === end,
    })
    end = isLetter ? match.index + found.length : -1
  }
  return words
}

/** Letters of a long word that are kept as they are; by so many a word can be found by its beginning. */
export const wordBeginningMax = 40
/** Letters of the longest word that is kept as it is. */
const wordLengthMax = 64

/** PostgreSQL bounds a word's length: a longer one is its beginning and a hash of the whole. */
const shortened = (word: string): string =>
  word.length <= wordLengthMax
    ? word
    : [...word].slice(0, wordBeginningMax).join('') + BigInt.asUintN(64, hash64(word)).toString(36)

/**
 * The entries of a text in a text index, one for each word. A letter stands together with the letter
 * joined to it, so that two letters are one look-up and more of them a phrase of pairs.
 */
export const entriesOf = (text: string): readonly string[] => {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const words = wordsOf(text)
  const entries = words.map((word, at) => {
    const next = words[at + 1]
    return word.isLetter && next?.isJoined === true ? word.text + next.text : word.text
  })
  if (text.length <= rememberedLengthMax) {
    if (remembered.size >= rememberedMax) remembered.clear()
    remembered.set(text, entries)
  }
  return entries
}

/** Codes and their names repeat from resource to resource. */
const rememberedMax = 20_000
const rememberedLengthMax = 100
const remembered = new Map<string, readonly string[]>()
