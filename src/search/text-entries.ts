import { TooCostly } from '../fhir/errors.ts'
import { entriesOf } from './text-words.ts'

/**
 * What an entry is part of: `A` the narrative of the resource, `B` what may be taken out besides before
 * it is served to another hospital, `D` what never is. PostgreSQL's weights of a tsvector.
 */
export type TextPart = 'A' | 'B' | 'D'

/** Positions of a tsvector; PostgreSQL would take all later ones for one. */
const positionsMax = 16_000
/** Characters of all positions of one word; PostgreSQL keeps 255 of them. */
const placesLengthMax = 500
/** Bytes of the words of a tsvector, at most: PostgreSQL takes one MiB, positions included. */
const bytesMax = 500_000
/** Words of a phrase at most: so many are repeated where a text goes on in the next tsvector. */
export const phraseWordsMax = 64

/**
 * Texts on their way into `resource_text` or `shared_text`: as many tsvectors as PostgreSQL's bounds on
 * one of them make necessary, most often one. A phrase is met within a single one.
 * @throws TooCostly beyond `wordsMax`
 */
export class TextEntries {
  readonly #whole: string[] = []
  readonly #texts = new Set<string>()
  #places = new Map<string, string>()
  #position = 0
  #bytes = 0
  #count = 0
  readonly #wordsMax: number

  constructor(wordsMax: number) {
    this.#wordsMax = wordsMax
  }

  /** How many words it has, those repeated at the beginning of a tsvector not counted. */
  get count(): number {
    return this.#count
  }

  /** A text whose words are searched for. Repeated within a part it tells nothing new. */
  text(value: string, part: TextPart): void {
    const name = part + value
    if (this.#texts.has(name)) return
    this.#texts.add(name)
    const entries = entriesOf(value)
    this.#count += entries.length
    if (this.#count > this.#wordsMax)
      throw new TooCostly('search-values-of-resource-too-many', { limit: this.#wordsMax })
    const mark = part === 'D' ? '' : part
    for (let at = 0; at < entries.length; at++) {
      if (this.#isFull(entries[at]!)) {
        this.#close()
        at = Math.max(0, at - phraseWordsMax)
      }
      this.#add(entries[at]!, `${++this.#position}${mark}`)
    }
    // No phrase leads from one text into the next.
    this.#position++
  }

  /** A ready entry, see `labelEntry`. */
  label(entry: string, part: TextPart): void {
    if (this.#bytes > bytesMax) this.#close()
    // Where it stands is not asked; the part needs a position to stand at.
    this.#add(entry, part === 'D' ? '1' : `1${part}`)
  }

  /** As PostgreSQL reads tsvectors. */
  all(): readonly string[] {
    if (this.#places.size > 0) this.#close()
    return this.#whole
  }

  #isFull(entry: string): boolean {
    if (this.#position >= positionsMax || this.#bytes > bytesMax) return true
    return (this.#places.get(entry)?.length ?? 0) > placesLengthMax
  }

  #add(entry: string, place: string): void {
    const places = this.#places.get(entry)
    // No character of one UTF-16 unit takes more than three bytes.
    if (places === undefined) this.#bytes += entry.length * 3
    this.#places.set(entry, places === undefined ? place : `${places},${place}`)
  }

  #close(): void {
    let text = ''
    for (const [entry, places] of this.#places)
      text += entry.startsWith(labelMark)
        ? `'${entry.replace(/['\\]/g, '$&$&')}':${places} `
        : `${entry}:${places} `
    this.#whole.push(text.trimEnd())
    this.#places = new Map()
    this.#position = 0
    this.#bytes = 0
  }
}

/** No word begins so. */
const labelMark = '='
/** The entry of a whole text under a name, found by its beginning. `folded` is folded and perhaps cut. */
export const labelEntry = (tag: string, folded: string): string => `${labelMark}${tag} ${folded}`
