/**
 * The offset of an IANA time zone, such as `+08:00`. Exact for zones without daylight saving, which
 * `config.ts` holds the configured zone to.
 * @throws RangeError for an unknown zone
 */
export const zoneOffsetOf = (timeZone: string): string => {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(0).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT'
  return name === 'GMT' ? '+00:00' : name.replace('GMT', '')
}

const minuteMilliseconds = 60_000

/** The day of a moment, as the calendar of a zone with this offset shows it: `2026-01-31`. */
export const dayAt = (moment: Date, zoneOffset: string): string => {
  const [hours = 0, minutes = 0] = zoneOffset.slice(1).split(':').map(Number)
  const offset = (zoneOffset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
  return new Date(moment.getTime() + offset * minuteMilliseconds).toISOString().slice(0, 10)
}
