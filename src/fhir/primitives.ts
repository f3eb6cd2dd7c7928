import { isDate, isDateTime, isInstant, isTime } from './calendar.ts'
import { Decimal } from './decimal.ts'
import type { MessageCode } from './messages.ts'
import { isNarrative } from './narrative.ts'

/** One primitive type: the JSON kind it is written in, and which values of that kind it takes. */
export interface Primitive {
  readonly kind: 'string' | 'number' | 'boolean'
  readonly isValid: (value: unknown) => boolean
  /** The message for a value of the right kind that is not valid. */
  readonly code: MessageCode
}

/** "Note that strings SHALL NOT exceed 1MB (1024*1024 characters) in size" */
const stringLettersMax = 1024 * 1024
const integerMax = 2_147_483_647
const decimalLettersMax = 64

const text = (code: MessageCode, accepts: (value: string) => boolean): Primitive => ({
  kind: 'string',
  code,
  isValid: value => typeof value === 'string' && accepts(value),
})

const whole = (code: MessageCode, min: number): Primitive => ({
  kind: 'number',
  code,
  isValid: value =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= integerMax,
})

/** Below the space only tab, line feed and carriage return; surrogates only in pairs. */
const isText = (value: string): boolean => {
  const { length } = value
  if (length === 0 || length > stringLettersMax) return false
  for (let at = 0; at < length; at++) {
    const letter = value.charCodeAt(at)
    if (letter < 0x20) {
      if (letter !== 0x09 && letter !== 0x0a && letter !== 0x0d) return false
    } else if (letter >= 0xd800 && letter <= 0xdfff) {
      const next = value.charCodeAt(at + 1)
      if (letter > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false
      at++
    }
  }
  return true
}

/** Printable ASCII needs no closer look. */
const hasOnlyVisibleAscii = (value: string): boolean => {
  for (let at = 0; at < value.length; at++) {
    const letter = value.charCodeAt(at)
    if (letter <= 0x20 || letter >= 0x7f) return false
  }
  return value.length > 0
}

const isUri = (value: string): boolean =>
  value.length <= stringLettersMax &&
  (hasOnlyVisibleAscii(value) || (isText(value) && !/\s/.test(value)))

/** "no leading or trailing whitespace, and no whitespace other than single spaces" */
const isCode = (value: string): boolean =>
  value.length <= stringLettersMax &&
  (hasOnlyVisibleAscii(value) || (isText(value) && !/^\s|\s\s|[\t\r\n\f\v]|\s$/.test(value)))

const idPattern = /^[A-Za-z0-9\-.]{1,64}$/
const oidPattern = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/
const uuidPattern = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Groups of four, padded only at the end; white space anywhere. One loop, however long. */
const isBase64 = (value: string): boolean => {
  let letters = 0
  let padding = 0
  for (let at = 0; at < value.length; at++) {
    const letter = value.charCodeAt(at)
    if (letter === 0x20 || (letter >= 0x09 && letter <= 0x0d)) continue
    if (letter === 0x3d) padding++
    else if (padding > 0 || !isBase64Letter(letter)) return false
    letters++
  }
  return letters > 0 && letters % 4 === 0 && padding <= 2
}

const isBase64Letter = (letter: number): boolean =>
  (letter >= 0x61 && letter <= 0x7a) ||
  (letter >= 0x41 && letter <= 0x5a) ||
  (letter >= 0x2f && letter <= 0x39) ||
  letter === 0x2b

/** Infinite, or so small that only zero is left, is nothing anyone measured. */
const isDecimal = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isFinite(value)
  if (!(value instanceof Decimal) || value.text.length > decimalLettersMax) return false
  const nearest = Number(value.text)
  return Number.isFinite(nearest) && (nearest !== 0 || /^-?[0.]+(?:[eE]|$)/.test(value.text))
}

/**
 * Every R4 primitive by name.
 * @see https://hl7.org/fhir/R4/datatypes.html#primitive
 */
export const primitives: ReadonlyMap<string, Primitive> = new Map([
  ['boolean', { kind: 'boolean', code: 'element-kind', isValid: v => typeof v === 'boolean' }],
  ['integer', whole('value-not-integer', -integerMax - 1)],
  ['unsignedInt', whole('value-not-unsigned-int', 0)],
  ['positiveInt', whole('value-not-positive-int', 1)],
  ['decimal', { kind: 'number', code: 'value-not-decimal', isValid: isDecimal }],
  ['string', text('value-not-string', isText)],
  ['markdown', text('value-not-string', isText)],
  ['code', text('value-not-code', isCode)],
  ['uri', text('value-not-uri', isUri)],
  ['url', text('value-not-uri', isUri)],
  ['canonical', text('value-not-uri', isUri)],
  ['id', text('value-not-id', value => idPattern.test(value))],
  ['oid', text('value-not-oid', v => v.length <= stringLettersMax && oidPattern.test(v))],
  ['uuid', text('value-not-uuid', value => uuidPattern.test(value))],
  ['date', text('value-not-date', isDate)],
  ['dateTime', text('value-not-date-time', isDateTime)],
  ['instant', text('value-not-instant', isInstant)],
  ['time', text('value-not-time', isTime)],
  ['base64Binary', text('value-not-base64', isBase64)],
  ['xhtml', text('narrative-not-allowed', value => isText(value) && isNarrative(value))],
] satisfies [string, Primitive][])
