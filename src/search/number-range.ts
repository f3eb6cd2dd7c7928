/** A number as it was searched for. */
export interface SearchedNumber {
  readonly value: number
  /** What the digits written cover: `low` belongs to it, `high` does not. */
  readonly low: number
  readonly high: number
}

/** Digits a searched number may have: more than any double can tell apart. */
const digitsMax = 40
const pattern = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/

/**
 * A number and what it covers, half a unit of its last digit to either side: `100` is 99.5 up to
 * 100.5. R4 gives `1e2` as 95 up to 105, so a whole number before an exponent counts as having one
 * more digit. Undefined for what is no number.
 * @see https://hl7.org/fhir/R4/search.html#number
 */
export const numberRange = (text: string): SearchedNumber | undefined => {
  const [, sign, whole, fraction = '', exponent] = pattern.exec(text) ?? []
  if (whole === undefined || whole.length + fraction.length > digitsMax) return undefined
  const extra = exponent !== undefined && fraction === '' ? '0' : ''
  const number = BigInt(`${whole}${fraction}${extra}0`) * (sign === '-' ? -1n : 1n)
  const power = Number(exponent ?? 0) - fraction.length - extra.length - 1
  const at = (tenths: bigint): number => Number(`${number + tenths}e${power}`)
  return { value: at(0n), low: at(-5n), high: at(5n) }
}

/** `ap`: within a tenth of the value. @see https://hl7.org/fhir/R4/search.html#prefix */
export const approximately = ({ value }: SearchedNumber): SearchedNumber => ({
  value,
  low: value - Math.abs(value) / 10,
  high: value + Math.abs(value) / 10,
})

const bits = new DataView(new ArrayBuffer(8))

/** The double next to `value` on the side of `direction`, for ends that do not belong to a range. */
export const neighbour = (value: number, direction: 'above' | 'below'): number => {
  if (!Number.isFinite(value)) return value
  if (value === 0) return direction === 'above' ? Number.MIN_VALUE : -Number.MIN_VALUE
  bits.setFloat64(0, value)
  const step = value > 0 === (direction === 'above') ? 1n : -1n
  bits.setBigInt64(0, bits.getBigInt64(0) + step)
  return bits.getFloat64(0)
}
