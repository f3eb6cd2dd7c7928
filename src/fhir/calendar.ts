/** Dates and times longer than this are no moments but an attack on whoever parses them later. */
const momentLettersMax = 64

const datePattern = /^\d{4}(?:-\d\d(?:-\d\d)?)?$/
const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?'
const zone = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))'
const momentPattern = new RegExp(`^\\d{4}-\\d\\d-\\d\\dT${clock}${zone}$`)
const timePattern = new RegExp(`^${clock}$`)

/** A year, a month or an existing day. @see https://hl7.org/fhir/R4/datatypes.html#date */
export const isDate = (text: string): boolean =>
  text.length <= 10 && datePattern.test(text) && isDay(text)

/** A date, or a moment with seconds and zone. @see https://hl7.org/fhir/R4/datatypes.html#dateTime */
export const isDateTime = (text: string): boolean =>
  text.length > 10 ? isInstant(text) : isDate(text)

/** A moment with seconds and zone. @see https://hl7.org/fhir/R4/datatypes.html#instant */
export const isInstant = (text: string): boolean =>
  text.length <= momentLettersMax && momentPattern.test(text) && isDay(text)

/** A time of day with seconds, without zone. @see https://hl7.org/fhir/R4/datatypes.html#time */
export const isTime = (text: string): boolean =>
  text.length <= momentLettersMax && timePattern.test(text)

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** Whether the calendar has the year, month or day a text of the right form begins with. */
const isDay = (text: string): boolean => {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  if (year === 0 || text.length === 4) return year !== 0
  const month = twoDigits(text, 5)
  const days = monthDays[month - 1]
  if (days === undefined || text.length === 7) return days !== undefined
  const day = twoDigits(text, 8)
  return day > 0 && day <= (month === 2 && isLeapYear(year) ? 29 : days)
}

const twoDigits = (text: string, at: number): number =>
  text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528

const isLeapYear = (year: number): boolean =>
  year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
