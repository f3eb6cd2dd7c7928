import { remembering } from './remembering.ts'

/** A stretch of time as PostgreSQL takes it: `low` belongs to it, `high` does not. */
export interface DateRange {
  readonly low: string
  readonly high: string
}

const pattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/** Microseconds PostgreSQL keeps; what is finer falls into the same one. */
const fractionDigitsMax = 6

/**
 * What a FHIR date, dateTime or instant covers: its year, month, day, minute, second or fraction of
 * a second. Without a zone it is a time in `timeZone`. Undefined for what is not a date at all.
 * @see https://hl7.org/fhir/R4/search.html#date
 */
export const dateRange = (text: string, timeZone: string): DateRange | undefined =>
  text.length > lettersRememberedMax ? rangeOf(timeZone, text) : remembered(timeZone, text)

/** Letters of what is worth remembering: the results of one visit or one sample share their time. */
const lettersRememberedMax = 40

/** A second with its zone, on a day that every month has: what `Date` reads as FHIR means it. */
const commonPattern =
  /^[1-9]\d{3}-\d\d-(?:0[1-9]|1\d|2[0-8])T\d\d:\d\d:[0-5]\d(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)$/

const commonRange = (text: string): DateRange | undefined => {
  const low = Date.parse(text)
  return Number.isNaN(low) || text.startsWith('24', 11)
    ? undefined
    : { low: iso(low), high: iso(low + 1000) }
}

const rangeOf = (timeZone: string, text: string): DateRange | undefined => {
  if (commonPattern.test(text)) return commonRange(text)
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match
  const start = [year, month ?? 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0].map(Number)
  if (!isDate(start) || (zone !== undefined && !isZone(zone))) return undefined
  if (fraction !== '') return fractionRange(instant(start, zone, timeZone), fraction)
  const end = next(
    start,
    [year, month, day, minute, second].findLastIndex(part => part !== undefined),
  )
  return { low: iso(instant(start, zone, timeZone)), high: iso(instant(end, zone, timeZone)) }
}

const remembered = remembering(rangeOf)

const isDate = ([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: number[]) =>
  year >= 1 &&
  month >= 1 &&
  month <= 12 &&
  day >= 1 &&
  day <= daysOf(year, month) &&
  hour <= 23 &&
  minute <= 59 &&
  second <= 60

const daysOf = (year: number, month: number): number =>
  month === 2 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0))
    ? 28
    : (monthDays[month - 1] ?? 0)
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const isZone = (zone: string): boolean =>
  zone === 'Z' || (zone.slice(1, 3) <= '14' && zone.slice(4) <= '59')

/** One step of the finest part stated further; `Date` carries over what overflows. */
const next = (start: readonly number[], finest: number): number[] => {
  const end = [...start]
  const part = [0, 1, 2, 4, 5][finest] ?? 0
  end[part] = (end[part] ?? 0) + 1
  return end
}

const fractionRange = (milliseconds: number, fraction: string): DateRange => {
  const kept = fraction.slice(0, fractionDigitsMax)
  const low = Number(kept.padEnd(fractionDigitsMax, '0'))
  const high = low + 10 ** (fractionDigitsMax - kept.length)
  return { low: isoMicro(milliseconds, low), high: isoMicro(milliseconds, high) }
}

const isoMicro = (milliseconds: number, micro: number): string => {
  const whole = iso(milliseconds + (micro >= 1e6 ? 1000 : 0))
  return whole.replace(/\.\d+Z$/, `.${String(micro % 1e6).padStart(6, '0')}Z`)
}

const utc = ([
  year = 0,
  month = 0,
  day = 0,
  hour = 0,
  minute = 0,
  second = 0,
]: readonly number[]) => {
  const milliseconds = Date.UTC(year, month - 1, day, hour, minute, second)
  if (year > 99) return milliseconds
  const early = new Date(milliseconds) // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return early.setUTCFullYear(early.getUTCFullYear() - 1900)
}

const instant = (parts: readonly number[], zone: string | undefined, timeZone: string): number => {
  const local = utc(parts)
  if (zone === 'Z') return local
  if (zone === undefined) return local - offsetAt(local, timeZone)
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  return local - (zone[0] === '-' ? -minutes : minutes) * 60_000
}

const firstInstant = Date.parse('0001-01-01T00:00:00Z')
const lastInstant = Date.parse('9999-12-31T23:59:59Z')

/** Beyond the years a FHIR date can name, only the infinities are left. */
const iso = (milliseconds: number): string =>
  milliseconds < firstInstant
    ? '-infinity'
    : milliseconds > lastInstant
      ? 'infinity'
      : new Date(milliseconds).toISOString()

const dayMilliseconds = 86_400_000
const offsetsRememberedMax = 20_000
const offsets = new Map<string, number>()
const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * How far the clocks of `timeZone` are ahead of UTC at a local time. A day has the offset of its
 * noon, except a day on which the clocks change, so that most calls are look-ups.
 */
const offsetAt = (local: number, timeZone: string): number => {
  const day = Math.floor(local / dayMilliseconds)
  const before = dayOffset(day - 1, timeZone)
  return before === dayOffset(day + 1, timeZone) ? before : exactOffset(local, timeZone)
}

const dayOffset = (day: number, timeZone: string): number => {
  const name = `${day} ${timeZone}`
  const known = offsets.get(name)
  if (known !== undefined) return known
  const offset = exactOffset(day * dayMilliseconds + dayMilliseconds / 2, timeZone)
  if (offsets.size >= offsetsRememberedMax) offsets.clear()
  offsets.set(name, offset)
  return offset
}

/** Twice, because the offset is asked for in UTC and known in local time. */
const exactOffset = (local: number, timeZone: string): number =>
  utcOffset(local - utcOffset(local, timeZone), timeZone)

const utcOffset = (milliseconds: number, timeZone: string): number => {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    formats.set(timeZone, format)
  }
  const name = format.formatToParts(milliseconds).find(part => part.type === 'timeZoneName')
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?/.exec(name?.value ?? '') ?? []
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000
  return sign === '-' ? -offset : offset
}
