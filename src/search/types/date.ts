import type { SearchPath } from '../../fhir/definitions.ts'
import { dateRange, type DateRange } from '../date-range.ts'
import type { Indexer, IndexSink, IndexOptions } from '../index-sink.ts'
import type { Parameter } from '../parameters.ts'
import type { Sql, Values } from '../statement-text.ts'
import type { ValueContext } from '../faults.ts'

export const datePrefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const
/** `po`, of `_filter` alone: the two periods overlap. */
export type DatePrefix = (typeof datePrefixes)[number] | 'po'

/** One of the ranges stands in the relation of its prefix to a value of the resource. */
export interface DateTest {
  readonly kind: 'date'
  readonly of: 'clinical-date' | 'last-updated' | 'date'
  readonly parameter: bigint
  readonly values: readonly (DateRange & { readonly prefix: DatePrefix })[]
}

type Element = Readonly<Record<string, unknown>>

/** Puts the range a date, a Period or a Timing covers into the sink. */
export const dateIndexer = (parameter: Parameter, path: SearchPath): Indexer => {
  const range =
    path.type === 'Period' ? periodRange : path.type === 'Timing' ? timingRange : textRange
  return (value, sink, options) => {
    const found = range(value, options)
    if (found !== undefined) addRange(found, parameter, sink)
  }
}

const addRange = (range: DateRange, parameter: Parameter, sink: IndexSink): void => {
  if (parameter.isClinicalDate) sink.clinicalDate = range
  else sink.date(parameter.hash, range)
}

const textRange = (value: unknown, { timeZone }: IndexOptions): DateRange | undefined =>
  typeof value === 'string' ? dateRange(value, timeZone) : undefined

/** A side that is missing is open. @see https://hl7.org/fhir/R4/search.html#date */
const periodRange = (value: unknown, options: IndexOptions): DateRange | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { start, end } = value as Element
  const first = textRange(start, options)
  const last = textRange(end, options)
  if (first === undefined && last === undefined) return undefined
  return { low: first?.low ?? '-infinity', high: last?.high ?? 'infinity' }
}

/** The outer limits of a schedule: its bounds, and the moments it lists. */
const timingRange = (value: unknown, options: IndexOptions): DateRange | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const { event, repeat } = value as Element
  const moments = Array.isArray(event) ? event.map(moment => textRange(moment, options)) : []
  const bounds = periodRange((repeat as Element | undefined)?.['boundsPeriod'], options)
  const ranges = [...moments, bounds].filter(range => range !== undefined)
  return ranges.length === 0 ? undefined : ranges.reduce(outer)
}

const outer = (one: DateRange, other: DateRange): DateRange => ({
  low: moment(one.low) <= moment(other.low) ? one.low : other.low,
  high: moment(one.high) >= moment(other.high) ? one.high : other.high,
})

const moment = (text: string): number =>
  text === '-infinity' ? -Infinity : text === 'infinity' ? Infinity : Date.parse(text)

/** The test for prefixed dates, or undefined with a fault. */
export const parseDate = (
  parameter: Parameter,
  parts: readonly string[],
  { name, timeZone, faults, now, isFilter }: ValueContext,
): DateTest | undefined => {
  const values: (DateRange & { readonly prefix: DatePrefix })[] = []
  const prefixes = datePrefixes.join(' ')
  for (const part of parts) {
    const [, written, text = ''] = /^([a-z]{2})?(.*)$/s.exec(part) ?? []
    const range = dateRange(text, timeZone)
    if (range === undefined)
      return faults.invalid('search-date-malformed', { parameter: name, prefixes })
    const prefix =
      isFilter === true && written === 'po'
        ? written
        : datePrefixes.find(known => known === (written ?? 'eq'))
    if (prefix === undefined) {
      const fault = { parameter: name, prefix: written ?? '', prefixes }
      return faults.notSupported('search-prefix-unsupported', fault)
    }
    values.push({ ...(prefix === 'ap' ? widened(range, now()) : range), prefix })
  }
  const of =
    parameter.kind === 'last-updated'
      ? 'last-updated'
      : parameter.isClinicalDate
        ? 'clinical-date'
        : 'date'
  return { kind: 'date', of, parameter: parameter.hash, values }
}

/** Years 1 to 9999, which FHIR can write. */
const firstMoment = Date.parse('0001-01-01T00:00:00Z')
const lastMoment = Date.parse('9999-12-31T23:59:59.999Z')

/** A tenth of the time between a date and now to either side. */
const widened = ({ low, high }: DateRange, now: Date): DateRange => {
  const at = (text: string, side: number): string => {
    const time = Date.parse(text)
    // What ends with year 9999 ends in one that is written otherwise.
    if (Number.isNaN(time)) return text
    const moved = time + (side * Math.abs(now.getTime() - time)) / 10
    return new Date(Math.max(firstMoment, Math.min(lastMoment, moved))).toISOString()
  }
  return { low: at(low, -1), high: at(high, 1) }
}

interface Bounds {
  readonly low: Sql
  readonly high: Sql
}

/**
 * The R4 table of prefixes for half-open ranges: `v` was searched for, `r` is the resource's.
 * Redundant conditions let an index on `low` be used.
 * @see https://hl7.org/fhir/R4/search.html#prefix
 */
const relation = (prefix: DatePrefix, r: Bounds, v: Bounds): Sql => {
  switch (prefix) {
    case 'eq':
      return `(${r.low} >= ${v.low} and ${r.low} < ${v.high} and ${r.high} <= ${v.high})`
    case 'ne':
      return `(${r.low} < ${v.low} or ${r.high} > ${v.high})`
    case 'gt':
      return `${r.high} > ${v.high}`
    case 'lt':
      return `${r.low} < ${v.low}`
    case 'ge':
      return `(${r.low} >= ${v.low} or ${r.high} > ${v.high})`
    case 'le':
      return `(${r.low} < ${v.low} or ${r.high} <= ${v.high})`
    case 'sa':
      return `${r.low} >= ${v.high}`
    case 'eb':
      return `(${r.high} <= ${v.low} and ${r.low} < ${v.low})`
    case 'ap':
    case 'po':
      return `(${r.low} < ${v.high} and ${r.high} > ${v.low})`
  }
}

/** The relation for the moment a resource was last updated, which has no extent. */
const instantRelation = (prefix: DatePrefix, moment: Sql, v: Bounds): Sql => {
  switch (prefix) {
    case 'eq':
    case 'ap':
    case 'po':
      return `(${moment} >= ${v.low} and ${moment} < ${v.high})`
    case 'ne':
      return `(${moment} < ${v.low} or ${moment} >= ${v.high})`
    case 'gt':
    case 'sa':
      return `${moment} >= ${v.high}`
    case 'lt':
    case 'eb':
      return `${moment} < ${v.low}`
    case 'ge':
      return `${moment} >= ${v.low}`
    case 'le':
      return `${moment} < ${v.high}`
  }
}

/** Reads the row's own columns, or `search_date`: through its parameter to drive, else through its key. */
export const dateSql = (test: DateTest, alias: string, values: Values, drive: boolean): Sql => {
  if (test.of === 'last-updated')
    return anyRelation(test, values, (prefix, v) =>
      instantRelation(prefix, `${alias}.last_updated`, v),
    )
  if (test.of === 'clinical-date') {
    const row = { low: `${alias}.date_low`, high: `${alias}.date_high` }
    const met = anyRelation(test, values, (prefix, v) => relation(prefix, row, v))
    return `(${row.high} > '-infinity' and ${met})`
  }
  const row = { low: 'd.low', high: 'd.high' }
  const met = anyRelation(test, values, (prefix, v) => relation(prefix, row, v))
  const found = `from search_date d where d.parameter = ${values.bigint(test.parameter)} and ${met}`
  return drive
    ? `${alias}.key = any(array(select distinct d.key ${found}))`
    : `(select true ${found} and d.key = ${alias}.key limit 1)`
}

/** Bound where they are used: not every prefix needs both. */
const boundsOf = ({ low, high }: DateRange, values: Values): Bounds => {
  const bound: { low?: Sql; high?: Sql } = {}
  return {
    get low() {
      return (bound.low ??= values.time(low))
    },
    get high() {
      return (bound.high ??= values.time(high))
    },
  }
}

/** Several values of one prefix are one array, so that the text does not grow with them. */
const anyRelation = (
  { values: asked }: DateTest,
  values: Values,
  relate: (prefix: DatePrefix, v: Bounds) => Sql,
): Sql => {
  const alternatives = ([...datePrefixes, 'po'] as const).flatMap(prefix => {
    const ranges = asked.filter(range => range.prefix === prefix)
    const [only] = ranges
    if (only === undefined) return []
    if (ranges.length === 1) return [relate(prefix, boundsOf(only, values))]
    const lows = values.times(ranges.map(({ low }) => low))
    const highs = values.times(ranges.map(({ high }) => high))
    const met = relate(prefix, { low: 'v.low', high: 'v.high' })
    return [`exists (select from unnest(${lows}, ${highs}) v(low, high) where ${met})`]
  })
  return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' or ')})`
}
