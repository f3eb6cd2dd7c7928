import { TooCostly } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { DateRange } from './date-range.ts'
import { folded } from './folded.ts'
import { remembering } from './remembering.ts'
import { labelEntry } from './text-entries.ts'

/** One row of `search_string`, without its key. */
export interface StringValue {
  readonly parameter: bigint
  readonly value: string
}

/** One row of `search_date`, without its key. */
export interface DateValue extends DateRange {
  readonly parameter: bigint
}

/** One row of `search_quantity`, without its key. Both ends belong to a range. */
export interface QuantityValue {
  readonly parameter: bigint
  readonly low: number
  readonly high: number
  /** Hash of the code; null without one. */
  readonly code: bigint | null
  /** Hash of the unit's text; null where it is the code, or nothing. */
  readonly unit: bigint | null
  /** Hash of what it can be compared in, see ucum.ts; 0 of plain numbers. */
  readonly canonical: bigint
  readonly canonicalLow: number
  readonly canonicalHigh: number
  /** Hashes of the codes of the element it is the value of, for composites. */
  readonly codes: readonly bigint[] | null
}

/** The text beside a code or a reference, as the modifier `:text` finds it. */
export interface Label {
  /** See text-entries.ts. */
  readonly entry: string
  /** It may be taken out before the resource is served to another hospital. */
  readonly isRedactable: boolean
}

/**
 * Search values of one resource while they are collected.
 * @throws TooCostly beyond a limit: a value left out would make searches inexact
 */
export class IndexSink {
  readonly tokens: bigint[] = []
  readonly strings: StringValue[] = []
  readonly dates: DateValue[] = []
  readonly quantities: QuantityValue[] = []
  readonly labels: Label[] = []
  /** One bit for each parameter with a value. */
  present = 0n
  clinicalDate: DateRange | undefined
  /** Those of the tokens that say of what category it is. */
  categories: readonly bigint[] = []
  #strings: Set<string> | undefined
  #tokens: Set<bigint> | undefined
  readonly #told = new Set<string>()
  readonly #redactable = new Set<string>()

  mark(bit: bigint): void {
    this.present |= bit
  }

  token(value: bigint): void {
    if (this.tokens.length >= repeatedTokensMax) {
      const known = (this.#tokens ??= new Set(this.tokens))
      if (known.has(value)) return
      known.add(value)
    }
    requireFewer(this.tokens.push(value), limits.tokensPerResourceMax)
  }

  string(parameter: bigint, value: string): void {
    if (value === '') return
    const name = `${parameter} ${value}`
    const known = (this.#strings ??= new Set())
    if (known.has(name)) return
    known.add(name)
    requireFewer(this.strings.push({ parameter, value }), limits.stringsPerResourceMax)
  }

  /** A text beside a value, under the tag of its place; what is no text is passed over. */
  label(tag: string, text: unknown, isRedactable = false): void {
    if (typeof text !== 'string') return
    const entry =
      text.length <= rememberedLengthMax
        ? rememberedEntry(tag, text)
        : labelEntry(tag, folded(text))
    // Several parameters may be about one place.
    const known = isRedactable ? this.#redactable : this.#told
    if (known.has(entry)) return
    known.add(entry)
    requireFewer(this.labels.push({ entry, isRedactable }), limits.stringsPerResourceMax)
  }

  date(parameter: bigint, { low, high }: DateRange): void {
    requireFewer(this.dates.push({ parameter, low, high }), limits.datesPerResourceMax)
  }

  quantity(value: QuantityValue): void {
    requireFewer(this.quantities.push(value), limits.quantitiesPerResourceMax)
  }
}

/** From so many on, those that repeat do not count: the languages of all names of a code system. */
const repeatedTokensMax = 50_000

/** Names of codes repeat from resource to resource. */
const rememberedEntry = remembering((tag, text) => labelEntry(tag, folded(text)))
const rememberedLengthMax = 100

const requireFewer = (count: number, limit: number): void => {
  if (count > limit) throw new TooCostly('search-values-of-resource-too-many', { limit })
}

/** What indexing needs to know besides the resource. */
export interface IndexOptions {
  /** IANA name, for dates without a zone. */
  readonly timeZone: string
  /** Without trailing slash; references below `${baseUrl}/fhir/` are our own. */
  readonly baseUrl: string
}

/** Puts one value of a parameter into the sink; values of an unexpected shape are passed over. */
export type Indexer = (value: unknown, sink: IndexSink, options: IndexOptions) => void
