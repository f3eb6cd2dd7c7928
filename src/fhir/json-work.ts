import { Decimal } from './decimal.ts'
import { TooCostly } from './errors.ts'
import { limits } from './limits.ts'

/**
 * What one patch may still do, counted in JSON values copied, compared or walked over, so that its
 * cost follows from a number and not from the clock.
 */
export class Work {
  #left: number = limits.patchWorkMax

  /** @throws TooCostly when the work is used up */
  spend(values: number): void {
    this.#left -= values
    if (this.#left < 0) throw new TooCostly('patch-too-costly')
  }

  /**
   * A copy that shares nothing with `value`; decimals keep their literal. `depth` is where the copy
   * will stand.
   * @throws TooCostly when the result would be nested deeper than JSON may be here
   */
  copy(value: unknown, depth: number): unknown {
    this.spend(1)
    if (typeof value !== 'object' || value === null || value instanceof Decimal) return value
    if (depth >= limits.jsonDepthMax) throw new TooCostly('patch-too-costly')
    if (Array.isArray(value)) return value.map(item => this.copy(item, depth + 1))
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.copy(member, depth + 1)]),
    )
  }

  /**
   * Whether two values are equal: members in any order, numbers by their value, however they are
   * written.
   * @see https://www.rfc-editor.org/rfc/rfc6902#section-4.6
   */
  isEqual(one: unknown, other: unknown): boolean {
    this.spend(1)
    if (isNumber(one) && isNumber(other)) return numberValue(one) === numberValue(other)
    if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
      return one === other
    if (one instanceof Decimal || other instanceof Decimal) return false
    if (Array.isArray(one) || Array.isArray(other))
      return (
        Array.isArray(one) &&
        Array.isArray(other) &&
        one.length === other.length &&
        one.every((item, index) => this.isEqual(item, other[index]))
      )
    const members = Object.entries(one)
    const others = new Map<string, unknown>(Object.entries(other))
    return (
      members.length === others.size &&
      members.every(([name, member]) => others.has(name) && this.isEqual(member, others.get(name)))
    )
  }

  /** Counts a whole value as walked over. */
  walk(value: unknown): void {
    this.spend(1)
    if (typeof value !== 'object' || value === null || value instanceof Decimal) return
    for (const member of Object.values(value)) this.walk(member)
  }
}

/** Longer literals are equal only when they are written alike. */
const numberLengthMax = 400

const isNumber = (value: unknown): value is number | Decimal =>
  typeof value === 'number' || value instanceof Decimal

/** A number as its significant digits and exponent, the same for every way of writing it. */
const numberValue = (number: number | Decimal): string => {
  if (number instanceof Decimal && number.text.length > numberLengthMax) return number.text
  const [mantissa = '', exponent = '0'] = String(number).toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^[-+]/, '').split('.')
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const sign = mantissa.startsWith('-') ? '-' : ''
  const scale =
    BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)
  return `${sign}${significant}e${scale}`
}
