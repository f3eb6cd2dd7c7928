import { limits } from '../fhir/limits.ts'
import type { DateRange } from './date-range.ts'

/** Search values of one resource while they are collected. What is beyond a limit is not searchable. */
export class IndexSink {
  readonly tokens: bigint[] = []
  readonly strings: { readonly parameter: bigint; readonly value: string }[] = []
  readonly dates: { readonly parameter: bigint; readonly low: string; readonly high: string }[] = []
  clinicalDate: DateRange | undefined

  token(value: bigint): void {
    if (this.tokens.length < limits.tokensPerResourceMax) this.tokens.push(value)
  }

  string(parameter: bigint, value: string): void {
    const isNew = !this.strings.some(
      known => known.parameter === parameter && known.value === value,
    )
    if (value !== '' && isNew && this.strings.length < limits.stringsPerResourceMax)
      this.strings.push({ parameter, value })
  }

  date(parameter: bigint, { low, high }: DateRange): void {
    if (this.dates.length < limits.datesPerResourceMax) this.dates.push({ parameter, low, high })
  }
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
