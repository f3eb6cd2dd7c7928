import type { ValueContext } from '../faults.ts'
import { approximately, numberRange, type SearchedNumber } from '../number-range.ts'
import type { Parameter } from '../parameters.ts'
import { splitValue, unescaped } from '../search-value.ts'
import type { Sql, Values } from '../statement-text.ts'
import { comparable, unitHash } from './quantity.ts'

export const numberPrefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const
export type NumberPrefix = (typeof numberPrefixes)[number]

/** One searched number, in the unit it is compared in. Of most prefixes `low` is the number itself. */
export interface SearchedQuantity {
  readonly prefix: NumberPrefix
  readonly low: number
  readonly high: number
  /** `any` unit as the values are; a `code` or unit text, likewise; or a `canonical` dimension. */
  readonly by: 'any' | 'code' | 'canonical'
  readonly unit: bigint
}

/** One of the values stands in the relation of its prefix to a value of the resource. */
export interface QuantityTest {
  readonly kind: 'quantity'
  readonly parameters: readonly bigint[]
  readonly values: readonly SearchedQuantity[]
  /** Only values of an element with one of these codes. */
  readonly codes?: readonly bigint[]
}

/** The test for `[prefix]number`, of quantities also `|system|code` and `||code`, or undefined with a fault. */
export const parseQuantity = (
  parameter: Parameter,
  parts: readonly string[],
  context: ValueContext,
): QuantityTest | undefined => {
  const values: SearchedQuantity[] = []
  for (const part of parts) {
    const value = searchedQuantity(part, parameter.kind === 'number', context)
    if (value === undefined) return undefined
    values.push(value)
  }
  return { kind: 'quantity', parameters: parameter.hashes, values }
}

const searchedQuantity = (
  part: string,
  isNumber: boolean,
  { name, faults }: ValueContext,
): SearchedQuantity | undefined => {
  const [first = '', system, code, ...more] = splitValue(part, '|').map(unescaped)
  const [, written, text = ''] = /^([a-z]{2})?(.*)$/s.exec(first) ?? []
  const number = numberRange(text)
  const prefixes = numberPrefixes.join(' ')
  const isUnit = system === undefined || (code !== undefined && code !== '')
  if (number === undefined || more.length > 0 || !isUnit || (isNumber && system !== undefined))
    return faults.invalid(isNumber ? 'search-number-malformed' : 'search-quantity-malformed', {
      parameter: name,
      prefixes,
    })
  const prefix = numberPrefixes.find(known => known === (written ?? 'eq'))
  if (prefix === undefined)
    return faults.notSupported('search-prefix-unsupported', {
      parameter: name,
      prefix: written ?? '',
      prefixes,
    })
  const { low, high } = comparedRange(prefix, number)
  if (isNumber) return { prefix, low, high, by: 'canonical', unit: 0n }
  if (code === undefined) return { prefix, low, high, by: 'any', unit: 0n }
  if (system === '') return { prefix, low, high, by: 'code', unit: unitHash(code) }
  const { canonical, convert } = comparable(system, code)
  return { prefix, low: convert(low), high: convert(high), by: 'canonical', unit: canonical }
}

/** Implicit precision counts for equality alone. @see https://hl7.org/fhir/R4/search.html#prefix */
const comparedRange = (
  prefix: NumberPrefix,
  number: SearchedNumber,
): Pick<SearchedNumber, 'low' | 'high'> =>
  prefix === 'eq' || prefix === 'ne'
    ? number
    : prefix === 'ap'
      ? approximately(number)
      : { low: number.value, high: number.value }

interface Bounds {
  readonly low: Sql
  readonly high: Sql
}

/** `r` is the resource's range, whose ends belong to it; `v` was searched for. */
const relation = (prefix: NumberPrefix, r: Bounds, v: Bounds): Sql => {
  switch (prefix) {
    case 'eq':
      return `(${r.low} >= ${v.low} and ${r.low} < ${v.high} and ${r.high} < ${v.high})`
    case 'ne':
      return `(${r.low} < ${v.low} or ${r.high} >= ${v.high})`
    case 'gt':
      return `${r.high} > ${v.low}`
    case 'lt':
      return `${r.low} < ${v.low}`
    case 'ge':
      return `${r.high} >= ${v.low}`
    case 'le':
      return `${r.low} <= ${v.low}`
    case 'sa':
      return `${r.low} > ${v.low}`
    case 'eb':
      return `${r.high} < ${v.low}`
    case 'ap':
      return `(${r.low} <= ${v.high} and ${r.high} >= ${v.low})`
  }
}

const rawRow: Bounds = { low: 'q.low', high: 'q.high' }
const canonicalRow: Bounds = { low: 'q.canonical_low', high: 'q.canonical_high' }

const isOfUnit = (by: SearchedQuantity['by'], unit: Sql): Sql =>
  by === 'canonical' ? `q.canonical = ${unit}` : `(q.code = ${unit} or q.unit = ${unit})`

/** Through `search_quantity_value` to drive, else through the key of the rows already found. */
export const quantitySql = (
  { parameters, values: asked, codes }: QuantityTest,
  alias: string,
  values: Values,
  drive: boolean,
): Sql => {
  const [only] = parameters
  const ofParameter =
    parameters.length === 1
      ? `q.parameter = ${values.bigint(only!)}`
      : `q.parameter = any(${values.bigints(parameters)})`
  const ofCodes = codes === undefined ? '' : ` and q.codes && ${values.bigints(codes)}`
  const met = anyRelation(asked, values)
  const found = `from search_quantity q where ${ofParameter} and ${met}${ofCodes}`
  return drive
    ? `${alias}.key = any(array(select distinct q.key ${found}))`
    : `(select true ${found} and q.key = ${alias}.key limit 1)`
}

/** Several values of one form are one array, so that the text does not grow with them. */
const anyRelation = (asked: readonly SearchedQuantity[], values: Values): Sql => {
  const forms = numberPrefixes.flatMap(prefix =>
    (['any', 'code', 'canonical'] as const).map(by => ({ prefix, by })),
  )
  const alternatives = forms.flatMap(({ prefix, by }) => {
    const group = asked.filter(value => value.prefix === prefix && value.by === by)
    return group.length === 0 ? [] : [formRelation(group, prefix, by, values)]
  })
  return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' or ')})`
}

const formRelation = (
  group: readonly SearchedQuantity[],
  prefix: NumberPrefix,
  by: SearchedQuantity['by'],
  values: Values,
): Sql => {
  const row = by === 'canonical' ? canonicalRow : rawRow
  const isSingle = group.length === 1
  if (isSingle) {
    const [value] = group
    // Bound where they are used: PostgreSQL refuses a value that stands nowhere in the text.
    const ends = {
      get low() {
        return values.number(value!.low)
      },
      get high() {
        return values.number(value!.high)
      },
    }
    const met = relation(prefix, row, ends)
    return by === 'any' ? met : `(${isOfUnit(by, values.bigint(value!.unit))} and ${met})`
  }
  const lows = values.numbers(group.map(({ low }) => low))
  const highs = values.numbers(group.map(({ high }) => high))
  const units = values.bigints(group.map(({ unit }) => unit))
  const met = relation(prefix, row, { low: 'v.low', high: 'v.high' })
  const ofUnit = by === 'any' ? '' : `${isOfUnit(by, 'v.unit')} and `
  return `exists (select from unnest(${units}, ${lows}, ${highs}) v(unit, low, high) where ${ofUnit}${met})`
}
