import type { Items, Truth } from './invariant-values.ts'
import { Decimal } from './decimal.ts'
import { isObject } from './walk.ts'

/** What two sides are compared as. */
export type Order = 'time' | 'quantity' | 'plain'

/**
 * `left operator right`, unknown where a side is empty or the two cannot be compared: times of other
 * precision, quantities of other units.
 * @see https://hl7.org/fhirpath/N1/#comparison
 */
// oxlint-disable-next-line max-params -- as the operator is written
export const ordered = (left: Items, operator: string, right: Items, as: Order): Truth => {
  if (left.length === 0 || right.length === 0) return undefined
  const sign = signs[as](left[0], right[0])
  if (sign === undefined) return undefined
  if (operator === '<') return sign < 0
  if (operator === '<=') return sign <= 0
  return operator === '>' ? sign > 0 : sign >= 0
}

type Sign = (left: unknown, right: unknown) => number | undefined

const isNumber = (value: unknown): value is number | Decimal =>
  typeof value === 'number' || value instanceof Decimal

const plain: Sign = (left, right) => {
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right)
  if (typeof left !== 'string' || typeof right !== 'string') return undefined
  return left < right ? -1 : left > right ? 1 : 0
}

const quantity: Sign = (left, right) => {
  if (!isObject(left) || !isObject(right)) return plain(left, right)
  const unit = unitOf(left)
  return unit === unitOf(right) ? plain(left['value'], right['value']) : undefined
}

const unitOf = (quantity: Readonly<Record<string, unknown>>): string =>
  typeof quantity['code'] === 'string'
    ? `${String(quantity['system'])}|${quantity['code']}`
    : typeof quantity['unit'] === 'string'
      ? quantity['unit']
      : ''

const zoned = /^(.{10}T.+?)(?:\.(\d+))?(?:Z|[+-]\d\d:\d\d)$/

/** Days of a year, months and days are compared as written; moments on the line of time. */
const time: Sign = (left, right) => {
  if (typeof left !== 'string' || typeof right !== 'string') return undefined
  if (zoned.test(left) && zoned.test(right)) return Date.parse(left) - Date.parse(right)
  const length = Math.min(precision(left), precision(right))
  const [early, late] = [left.slice(0, length), right.slice(0, length)]
  if (early !== late) return early < late ? -1 : 1
  return left.length === right.length ? 0 : undefined
}

/** Letters of a time that are compared with one of lower precision: those of the date. */
const precision = (text: string): number => Math.min(text.length, 10)

const signs: Readonly<Record<Order, Sign>> = { time, quantity, plain }
