import { limits } from '../fhir/limits.ts'
import { simplified } from './han.ts'

const bytesMax = limits.searchStringBytesMax

/**
 * A text as string parameters compare it: without case, accents, compatibility forms, surplus
 * white space and traditional forms of Han characters. Cut at `limits.searchStringBytesMax` bytes, the most an index entry may have.
 * @see https://hl7.org/fhir/R4/search.html#string
 */
export const folded = (text: string): string => {
  const plain = foldedWhole(text)
  // No character of one UTF-16 unit takes more than three bytes.
  return plain.length * 3 <= bytesMax ? plain : cut(plain)
}

/** The same of a text of any length, uncut. */
export const foldedWhole = (text: string): string =>
  /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(text)
    ? text.toLowerCase()
    : simplified(text.normalize('NFKC'))
        .toLowerCase()
        .normalize('NFKD')
        .replace(/[\p{Mn}\0]/gu, '')
        .normalize('NFKC')
        .replace(/\s+/g, ' ')
        .trim()

const cut = (text: string): string => {
  const bytes = Buffer.from(text)
  if (bytes.length <= bytesMax) return text
  let end = bytesMax
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

/** Whether `folded` may have cut this folded text, so that what follows is unknown. */
export const isCut = (foldedText: string): boolean => Buffer.byteLength(foldedText) > bytesMax - 4

/**
 * The first text after all that start with `prefix`, in the order of code points, which is that of
 * `collate "C"`. Undefined when there is none.
 */
export const afterPrefix = (prefix: string): string | undefined => {
  const points = [...prefix]
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!
    // Surrogates are no characters: the one after U+D7FF is U+E000.
    if (last < 0x10ffff)
      return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}
