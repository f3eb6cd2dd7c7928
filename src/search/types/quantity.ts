import type { SearchPath } from '../../fhir/definitions.ts'
import { Decimal } from '../../fhir/decimal.ts'
import { hash64 } from '../hash.ts'
import type { Indexer, IndexSink } from '../index-sink.ts'
import { neighbour } from '../number-range.ts'
import type { Parameter } from '../parameters.ts'
import { canonicalUnit, ucumSystem } from '../../fhir/ucum.ts'

type Element = Readonly<Record<string, unknown>>

/** What values are compared in, besides the number itself. */
export interface Unit {
  readonly code: bigint | null
  readonly unit: bigint | null
  readonly canonical: bigint
  readonly convert: (value: number) => number
}

const unchanged = (value: number): number => value
const plain: Unit = { code: null, unit: null, canonical: 0n, convert: unchanged }

/** The identity of a code or of a unit's text, whatever its system. */
export const unitHash = (text: string): bigint => hash64(`u=${text}`)

/**
 * What values of a unit can be compared in: UCUM units of one dimension with each other, other
 * coded units with themselves.
 */
export const comparable = (
  system: string | undefined,
  code: string,
): Pick<Unit, 'canonical' | 'convert'> => {
  const unit = system === ucumSystem ? canonicalUnit(code) : undefined
  return unit === undefined
    ? { canonical: hash64(`u=${system ?? ''}|${code}`), convert: unchanged }
    : { canonical: hash64(`d=${unit.dimension}`), convert: unit.convert }
}

/**
 * Puts numbers, quantities and ranges into the sink as doubles, each as it is and in what it can be
 * compared in. A comparator makes a value a range that is open on one side.
 * @see https://hl7.org/fhir/R4/search.html#quantity
 */
export const quantityIndexer = (
  { hash }: Parameter,
  path: SearchPath,
): ((...given: [...Parameters<Indexer>, codes?: readonly bigint[]]) => void) => {
  switch (path.type) {
    case 'decimal':
    case 'integer':
      return (value, sink) => add(hash, pointOf(value), plain, { sink })
    case 'Range':
      return (value, sink, _, codes) => add(hash, rangeOf(value), rangeUnit(value), { sink, codes })
    case 'Money':
      return (value, sink) => {
        const { value: amount, currency } = element(value)
        const system = 'urn:iso:std:iso:4217'
        add(hash, pointOf(amount), unitOf({ code: currency, system }), { sink })
      }
    default:
      return (value, sink, _, codes) =>
        add(hash, comparedOf(element(value)), unitOf(element(value)), { sink, codes })
  }
}

/** An end that is open does not belong to it. */
interface Range {
  readonly low: number
  readonly high: number
  readonly open?: 'low' | 'high'
}

const add = (
  parameter: bigint,
  range: Range | undefined,
  { code, unit, canonical, convert }: Unit,
  {
    sink,
    codes = null,
  }: { readonly sink: IndexSink; readonly codes?: readonly bigint[] | undefined | null },
): void => {
  if (range === undefined) return
  const { low, high } = closed(range)
  // Converted first: rounding would undo the step to a neighbour.
  const converted = closed({ ...range, low: convert(range.low), high: convert(range.high) })
  const { low: canonicalLow, high: canonicalHigh } = converted
  const value = { parameter, low, high, code, unit, canonical, canonicalLow, canonicalHigh, codes }
  sink.quantity(value)
}

const closed = ({ low, high, open }: Range): Range => ({
  low: open === 'low' ? neighbour(low, 'above') : low,
  high: open === 'high' ? neighbour(high, 'below') : high,
})

const element = (value: unknown): Element =>
  typeof value === 'object' && value !== null ? (value as Element) : {}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' || value instanceof Decimal ? Number(value) : undefined

const pointOf = (value: unknown): Range | undefined => {
  const number = numberOf(value)
  return number === undefined ? undefined : { low: number, high: number }
}

const comparedOf = ({ value, comparator }: Element): Range | undefined => {
  const number = numberOf(value)
  if (number === undefined) return undefined
  switch (comparator) {
    case '<':
      return { low: -Infinity, high: number, open: 'high' }
    case '<=':
      return { low: -Infinity, high: number }
    case '>':
      return { low: number, high: Infinity, open: 'low' }
    case '>=':
      return { low: number, high: Infinity }
    default:
      return { low: number, high: number }
  }
}

/** A side that is missing is open. */
const rangeOf = (value: unknown): Range | undefined => {
  const { low, high } = element(value)
  const first = numberOf(element(low)['value'])
  const last = numberOf(element(high)['value'])
  if (first === undefined && last === undefined) return undefined
  return { low: first ?? -Infinity, high: last ?? Infinity }
}

const rangeUnit = (value: unknown): Unit => {
  const { low, high } = element(value)
  return unitOf(element(low ?? high))
}

const unitOf = ({ system, code, unit }: Element): Unit => {
  const written = typeof unit === 'string' && unit !== code ? unitHash(unit) : null
  if (typeof code !== 'string') return { ...plain, unit: written }
  const stated = typeof system === 'string' ? system : undefined
  return { code: unitHash(code), unit: written, ...comparable(stated, code) }
}
