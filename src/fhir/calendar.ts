/** Dates and times longer than this are no moments but an attack on whoever parses them later. */
const momentLettersMax = 64

const datePattern = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/
const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?'
const zone = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))'
const momentPattern = new RegExp(`^(\\d{4})-(\\d\\d)-(\\d\\d)T${clock}${zone}$`)
const timePattern = new RegExp(`^${clock}$`)

/** A year, a month or an existing day. @see https://hl7.org/fhir/R4/datatypes.html#date */
export const isDate = (text: string): boolean => {
  const parts = text.length > 10 ? null : datePattern.exec(text)
  return parts !== null && isDay(parts[1]!, parts[2], parts[3])
}

/** A date, or a moment with seconds and zone. @see https://hl7.org/fhir/R4/datatypes.html#dateTime */
export const isDateTime = (text: string): boolean =>
  text.length > 10 ? isInstant(text) : isDate(text)

/** A moment with seconds and zone. @see https://hl7.org/fhir/R4/datatypes.html#instant */
export const isInstant = (text: string): boolean => {
  const parts = text.length > momentLettersMax ? null : momentPattern.exec(text)
  return parts !== null && isDay(parts[1]!, parts[2], parts[3])
}

/** A time of day with seconds, without zone. @see https://hl7.org/fhir/R4/datatypes.html#time */
export const isTime = (text: string): boolean =>
  text.length <= momentLettersMax && timePattern.test(text)

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const isDay = (year: string, month: string | undefined, day: string | undefined): boolean => {
  if (year === '0000') return false
  if (month === undefined) return true
  const days = monthDays[Number(month) - 1]
  if (days === undefined || day === undefined) return days !== undefined
  const isLeap = month === '02' && isLeapYear(Number(year))
  return day !== '00' && Number(day) <= days + (isLeap ? 1 : 0)
}

const isLeapYear = (year: number): boolean =>
  year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
