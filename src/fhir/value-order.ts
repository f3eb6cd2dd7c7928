import { Decimal } from './decimal.ts'
import { canonicalUnit, ucumSystem } from './ucum.ts'
import { isObject, type JsonObject } from './walk.ts'

/**
 * Below 0 when the first value is lower, 0 when both are alike, above 0 when it is higher; undefined
 * when that cannot be said: dates of different precision, quantities of different kinds.
 */
export const compareValues = (one: unknown, other: unknown): number | undefined => {
  if (isObject(one) && isObject(other)) return compareQuantities(one, other)
  if (typeof one === 'string' && typeof other === 'string') return compareDates(one, other)
  if (!isNumber(one) || !isNumber(other)) return undefined
  return Number(one) - Number(other)
}

const isNumber = (value: unknown): value is number | Decimal =>
  typeof value === 'number' || value instanceof Decimal

const zoned = /(?:Z|[+-]\d\d:\d\d)$/

/** Dates and times are compared as far as both are precise; where they are alike so far, only as a whole. */
const compareDates = (one: string, other: string): number | undefined => {
  if (one === other) return 0
  if (zoned.test(one) && zoned.test(other)) return Date.parse(one) - Date.parse(other)
  const length = Math.min(one.length, other.length)
  const [left, right] = [one.slice(0, length), other.slice(0, length)]
  if (left === right) return undefined
  return left < right ? -1 : 1
}

const compareQuantities = (one: JsonObject, other: JsonObject): number | undefined => {
  const [left, right] = [one['value'], other['value']]
  if (!isNumber(left) || !isNumber(right)) return undefined
  const [from, to] = [one, other].map(({ system, code, unit }) => ({ system, code: code ?? unit }))
  if (from!.system === to!.system && from!.code === to!.code) return Number(left) - Number(right)
  const units = [from, to].map(unit =>
    unit?.system === ucumSystem && typeof unit.code === 'string'
      ? canonicalUnit(unit.code)
      : undefined,
  )
  const [first, second] = units
  if (first === undefined || second === undefined || first.dimension !== second.dimension)
    return undefined
  return first.convert(Number(left)) - second.convert(Number(right))
}
