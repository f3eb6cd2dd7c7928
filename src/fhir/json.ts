import { Buffer, isUtf8 } from 'node:buffer'
import { Decimal, decimalMark, decimalsWritten } from './decimal.ts'
import { InvalidRequest } from './errors.ts'
import { readJsonCarefully } from './json-reader.ts'
import { limits } from './limits.ts'

export { Decimal } from './decimal.ts'

/**
 * The value of a JSON body. Numbers keep their literal (`Decimal`), a byte order mark is dropped,
 * and what JSON leaves open is refused: duplicate members, deep nesting, `__proto__`.
 *
 * One pass over the bytes finds what is unusual; the parsing itself is native. Whatever does not
 * add up afterwards goes through `readJsonCarefully`, which says what is wrong and where.
 * @throws InvalidRequest body-not-utf8, json-malformed, json-too-deep, json-duplicate-member,
 * json-member-reserved
 * @see https://hl7.org/fhir/R4/json.html
 */
export const parseJson = (bytes: Uint8Array): unknown => {
  const buffer = withoutMark(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (!isUtf8(buffer)) throw new InvalidRequest('body-not-utf8', { offset: badOffset(bytes) })
  const { members, inexact } = scan(buffer)
  const text = buffer.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(inexact.length === 0 ? text : withMarks(buffer, inexact))
  } catch {
    return readJsonCarefully(text)
  }
  const found = { members: 0, marked: 0 }
  const marked = inexact.length / 2
  const literals = { buffer, inexact }
  const whole = marked === 0 ? value : restored(value, literals, found)
  count(whole, found)
  const asExpected = found.members === members && found.marked === marked
  return asExpected ? whole : readJsonCarefully(text)
}

const withoutMark = (buffer: Buffer): Buffer =>
  buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? buffer.subarray(3) : buffer

/** The offset of the first byte that cannot be UTF-8: the longest valid prefix, by halving. */
export const badOffset = (bytes: Uint8Array): number => {
  let valid = 0
  let invalid = bytes.length
  while (invalid - valid > 4) {
    // A cut may fall inside a character: move it to the character's start.
    let middle = (valid + invalid) >> 1
    for (let back = 0; back < 3 && (bytes[middle]! & 0xc0) === 0x80; back++) middle--
    if (middle <= valid) break
    if (isUtf8(bytes.subarray(valid, middle))) valid = middle
    else invalid = middle
  }
  return firstBad(bytes, valid)
}

const firstBad = (bytes: Uint8Array, from: number): number => {
  let at = from
  while (at < bytes.length) {
    const length = [1, 2, 3, 4].find(size => isUtf8(bytes.subarray(at, at + size)))
    if (length === undefined || at + length > bytes.length) return at
    at += length
  }
  return at
}

interface Scan {
  /** Colons outside strings: the number of members, when the text is JSON. */
  readonly members: number
  /** Start and end offsets of the number literals that JavaScript would print differently. */
  readonly inexact: readonly number[]
}

const quote = 0x22
const backslash = 0x5c

/** One pass over the bytes. Right for JSON; for anything else the parser refuses afterwards. */
const scan = (buffer: Buffer): Scan => {
  const end = buffer.length
  const inexact: number[] = []
  let members = 0
  let depth = 0
  let at = 0
  while (at < end) {
    const byte = buffer[at++]!
    if (byte === quote) at = stringEnd(buffer, at)
    else if (byte === 0x3a) members++
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > limits.jsonDepthMax)
        throw new InvalidRequest('json-too-deep', { limit: limits.jsonDepthMax })
    } else if (byte === 0x7d || byte === 0x5d) depth--
    else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      const start = at - 1
      at = numberEnd(buffer, at)
      if (!isExact(buffer, start, at)) inexact.push(start, at)
    }
  }
  return { members, inexact }
}

/** Past the closing quote of the string whose content begins at `from`. */
export const stringEnd = (buffer: Buffer, from: number): number => {
  let at = from
  while (at < buffer.length) {
    const byte = buffer[at++]!
    if (byte === quote) return at
    if (byte === backslash) at++
  }
  return at
}

/** Past the last of `0-9 + - . e E`. */
const numberEnd = (buffer: Buffer, from: number): number => {
  let at = from
  while (at < buffer.length) {
    const byte = buffer[at]!
    const isDigit = byte >= 0x30 && byte <= 0x39
    if (
      !isDigit &&
      byte !== 0x2e &&
      byte !== 0x65 &&
      byte !== 0x45 &&
      byte !== 0x2b &&
      byte !== 0x2d
    )
      break
    at++
  }
  return at
}

/** Whether JavaScript prints the literal as it stands. The ordinary case is decided without a string. */
const isExact = (buffer: Buffer, start: number, end: number): boolean => {
  if (end - start <= 15 && isPlain(buffer, buffer[start] === 0x2d ? start + 1 : start, end))
    return true
  // An absurdly long literal is inexact whatever it says.
  if (end - start > 400) return false
  const text = buffer.toString('latin1', start, end)
  return String(Number(text)) === text
}

/** Digits with at most one point, no zero at either end that JavaScript would treat differently. */
const isPlain = (buffer: Buffer, start: number, end: number): boolean => {
  const isFraction = buffer[start] === 0x30
  if (isFraction && (buffer[start + 1] !== 0x2e || buffer[start + 2] === 0x30)) return false
  let points = 0
  for (let at = start; at < end; at++) {
    const byte = buffer[at]!
    if (byte === 0x2e) points++
    else if (byte < 0x30 || byte > 0x39) return false
  }
  const last = buffer[end - 1]
  return points === 0 || (points === 1 && last !== 0x30 && last !== 0x2e)
}

const numberGrammar = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/

/** The text with each inexact literal as a string: the mark and the literal's number. */
const withMarks = (buffer: Buffer, inexact: readonly number[]): string => {
  let text = ''
  let from = 0
  for (let index = 0; index < inexact.length; index += 2) {
    const start = inexact[index]!
    const end = inexact[index + 1]!
    if (!numberGrammar.test(buffer.toString('latin1', start, end))) throw new SyntaxError()
    text += `${buffer.toString('utf8', from, start)}"${decimalMark}${index}"`
    from = end
  }
  return text + buffer.toString('utf8', from)
}

interface Literals {
  readonly buffer: Buffer
  readonly inexact: readonly number[]
}

/** Puts decimals where the marks are, in place. A sender's own string that begins with the mark is counted too. */
const restored = (value: unknown, literals: Literals, found: { marked: number }): unknown => {
  if (typeof value === 'string') {
    if (!value.startsWith(decimalMark)) return value
    found.marked++
    const index = Number(value.slice(1))
    const { buffer, inexact } = literals
    return new Decimal(buffer.toString('latin1', inexact[index] ?? 0, inexact[index + 1] ?? 0))
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      value[index] = restored(value[index], literals, found)
  } else if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>
    for (const name in record) {
      const member = record[name]
      const changed = restored(member, literals, found)
      // Assigning to __proto__ would change the prototype; count() refuses it afterwards.
      if (changed !== member && name !== '__proto__') record[name] = changed
    }
  }
  return value
}

/** Counts the members that parsing kept: fewer than the text has means one stood twice. */
const count = (value: unknown, found: { members: number }): void => {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      if (typeof value[index] === 'object') count(value[index], found)
  } else if (typeof value === 'object' && value !== null && !(value instanceof Decimal)) {
    const record = value as Record<string, unknown>
    for (const name in record) {
      found.members++
      if (name === '__proto__') found.members = -Infinity
      else if (typeof record[name] === 'object') count(record[name], found)
    }
  }
}

const markedNumber = new RegExp(`"${decimalMark}(-?[0-9][0-9.eE+-]*)"`, 'g')

/**
 * A value as JSON text, with every `Decimal` as the literal it came from. As fast as
 * `JSON.stringify` where there is none.
 */
export const stringifyJson = (value: unknown): string => {
  decimalsWritten.count = 0
  const text = JSON.stringify(value)
  const decimals = decimalsWritten.count
  if (decimals === 0) return text
  let replaced = 0
  const result = text.replace(markedNumber, (_whole, literal: string) => {
    replaced++
    return literal
  })
  // More replaced than written: some string only looks like a decimal.
  return replaced === decimals ? result : written(value)
}

/** The exact, slower writer. */
const written = (value: unknown): string => {
  if (value instanceof Decimal) return value.text
  if (Array.isArray(value)) return `[${value.map(item => written(item ?? null)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${written(member)}`).join(',')}}`
}
