import type { ValueContext } from '../faults.ts'
import type { IndexSink } from '../index-sink.ts'
import type { Parameter } from '../parameters.ts'
import { splitValue, unescaped } from '../search-value.ts'
import type { Sql, Values } from '../statement-text.ts'
import type { Criterion } from '../tree.ts'
import { canonicalUnit } from '../../fhir/ucum.ts'

/** A position at most so far from another one. */
export interface NearTest {
  readonly kind: 'near'
  readonly parameter: bigint
  /** Degrees. */
  readonly latitude: number
  readonly longitude: number
  readonly metres: number
}

/** Where no distance is asked for. */
const defaultMetres = 50_000
/** Half way round the earth: nothing is further. */
const metresMax = 20_040_000
const earthRadiusMetres = 6_371_008.8
const metresPerDegree = (Math.PI * earthRadiusMetres) / 180

interface Position {
  readonly latitude: number
  readonly longitude: number
}

/**
 * Puts the position of a Location into the sink: its latitude as a number, its longitude as what that
 * is compared in. Positions beyond the poles or the date line are passed over.
 */
export const nearRun =
  ({ hash, bits }: Parameter) =>
  (resource: Readonly<Record<string, unknown>>, sink: IndexSink): void => {
    const position = positionOf(resource['position'])
    if (position === undefined) return
    const { latitude, longitude } = position
    sink.mark(bits)
    sink.quantity({
      ...{ parameter: hash, low: latitude, high: latitude, code: null, unit: null, codes: null },
      ...{ canonical: 0n, canonicalLow: longitude, canonicalHigh: longitude },
    })
  }

const positionOf = (value: unknown): Position | undefined => {
  const { latitude, longitude } = Object(value) as { latitude?: unknown; longitude?: unknown }
  if (latitude === undefined || longitude === undefined) return undefined
  const position = { latitude: Number(latitude), longitude: Number(longitude) }
  return isOnEarth(position) ? position : undefined
}

const isOnEarth = ({ latitude, longitude }: Position): boolean =>
  Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180

const decimal = /^-?\d{1,3}(?:\.\d{1,20})?$/
const distancePattern = /^\d{1,9}(?:\.\d{1,20})?$/

/**
 * The criterion for `latitude|longitude|distance|unit`, the last two of which may be left out, or
 * undefined with a fault. The unit is a UCUM code of a length, kilometres without one.
 * @see https://hl7.org/fhir/R4/location.html#search
 */
export const parseNear = (
  { code, hash }: Parameter,
  parts: readonly string[],
  { name, faults }: ValueContext,
): Criterion | undefined => {
  const criteria: Criterion[] = []
  for (const part of parts) {
    const [latitude = '', longitude = '', distance = '', unit = '', ...more] = splitValue(
      part,
      '|',
    ).map(unescaped)
    const position = { latitude: Number(latitude), longitude: Number(longitude) }
    const metres =
      distance === '' && unit === '' ? defaultMetres : metresOf(distance, unit === '' ? 'km' : unit)
    const isPosition = decimal.test(latitude) && decimal.test(longitude) && isOnEarth(position)
    if (!isPosition || metres === undefined || more.length > 0)
      return faults.invalid('search-near-malformed', { parameter: name })
    const test: NearTest = { kind: 'near', parameter: hash, ...position, metres }
    criteria.push({ kind: 'match', code, test })
  }
  return criteria.length === 1 ? criteria[0] : { kind: 'any', criteria }
}

const metresOf = (distance: string, unit: string): number | undefined => {
  if (!distancePattern.test(distance)) return undefined
  const length = canonicalUnit(unit)
  return length?.dimension === canonicalUnit('m')!.dimension
    ? Math.min(length.convert(Number(distance)), metresMax)
    : undefined
}

/** Within the square round the position, by index where it drives; then by the great circle. */
export const nearSql = (
  { parameter, latitude, longitude, metres }: NearTest,
  alias: string,
  values: Values,
  drive: boolean,
): Sql => {
  const reach = (metres / metresPerDegree) * 1.001
  const north = latitude + reach
  const south = latitude - reach
  // Near a pole, or across the date line, every longitude may be near.
  const widest = Math.cos((Math.max(Math.abs(north), Math.abs(south)) * Math.PI) / 180)
  const across = north >= 90 || south <= -90 ? 360 : reach / widest
  const isAround = longitude - across < -180 || longitude + across > 180
  const inColumn = isAround
    ? ''
    : ` and q.canonical_low between ${values.number(longitude - across)} and ${values.number(longitude + across)}`
  const at = values.number(latitude)
  const distance = `2 * ${values.number(earthRadiusMetres)} * asin(least(1, sqrt(
    power(sin(radians(q.low - ${at}) / 2), 2) + cos(radians(${at})) * cos(radians(q.low)) *
    power(sin(radians(q.canonical_low - ${values.number(longitude)}) / 2), 2))))`
  const found = `from search_quantity q where q.parameter = ${values.bigint(parameter)} and q.canonical = 0${inColumn}
    and q.low between ${values.number(south)} and ${values.number(north)} and ${distance} <= ${values.number(metres)}`
  return drive
    ? `${alias}.key = any(array(select distinct q.key ${found}))`
    : `(select true ${found} and q.key = ${alias}.key limit 1)`
}
