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
