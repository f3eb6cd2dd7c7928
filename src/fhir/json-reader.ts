import { Decimal } from './decimal.ts'
import { InvalidRequest } from './errors.ts'

/**
 * Reads JSON character by character, for texts that the native parser refuses or that hold something
 * unusual. Gives the value with every inexact number as a `Decimal`, or says what is wrong and where.
 * The nesting must have been bounded before.
 * @throws InvalidRequest json-malformed with line and column, json-duplicate-member,
 * json-member-reserved
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */
export const readJsonCarefully = (text: string): unknown => {
  const reader: Reader = { text, at: 0 }
  const value = readValue(reader)
  skipSpace(reader)
  if (reader.at < text.length) throw malformed(reader, 'EOF')
  return value
}

interface Reader {
  readonly text: string
  at: number
}

const malformed = ({ text, at }: Reader, expected: string): InvalidRequest =>
  new InvalidRequest('json-malformed', { ...placeOf(text, at), expected, found: foundAt(text, at) })

/** Marks are shown as they are, letters and digits not at all: they may be of a person. */
const foundAt = (text: string, at: number): string => {
  const code = text.codePointAt(at)
  if (code === undefined) return 'EOF'
  const letter = String.fromCodePoint(code)
  if (code > 0x20 && code < 0x7f) return /[0-9A-Za-z]/.test(letter) ? '…' : letter
  return code <= 0x20 || code === 0x7f
    ? `U+${code.toString(16).padStart(4, '0').toUpperCase()}`
    : '…'
}

const placeOf = (text: string, at: number): { readonly line: number; readonly column: number } => {
  let line = 1
  let lineStart = 0
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', lineStart)) {
    line++
    lineStart = end + 1
  }
  return { line, column: at - lineStart + 1 }
}

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const word = /true|false|null/y
const plain = /[^"\\\u0000-\u001f]{1,1000}/y
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** What `pattern` matches here, or nothing; moves past it. */
const match = (reader: Reader, pattern: RegExp): string | undefined => {
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.text)?.[0]
  if (found !== undefined) reader.at += found.length
  return found
}

const skipSpace = (reader: Reader): void => {
  while (' \t\r\n'.includes(reader.text[reader.at] ?? 'end')) reader.at++
}

const isNext = (reader: Reader, character: string): boolean => {
  skipSpace(reader)
  if (reader.text[reader.at] !== character) return false
  reader.at++
  return true
}

const readValue = (reader: Reader): unknown => {
  skipSpace(reader)
  const first = reader.text[reader.at]
  if (first === '{') return readObject(reader)
  if (first === '[') return readArray(reader)
  if (first === '"') return readString(reader)
  const literal = match(reader, word)
  if (literal !== undefined) return literal === 'null' ? null : literal === 'true'
  const digits = match(reader, number)
  if (digits === undefined) throw malformed(reader, '{ [ " 0-9 - true false null')
  const value = Number(digits)
  return String(value) === digits ? value : new Decimal(digits)
}

const readArray = (reader: Reader): unknown[] => {
  reader.at++
  const items: unknown[] = []
  if (isNext(reader, ']')) return items
  do items.push(readValue(reader))
  while (isNext(reader, ','))
  if (!isNext(reader, ']')) throw malformed(reader, ', ]')
  return items
}

const readObject = (reader: Reader): Record<string, unknown> => {
  reader.at++
  const members = new Map<string, unknown>()
  if (isNext(reader, '}')) return {}
  do {
    skipSpace(reader)
    if (reader.text[reader.at] !== '"') throw malformed(reader, '"')
    const start = reader.at
    const name = readString(reader)
    if (name === '__proto__') throw new InvalidRequest('json-member-reserved', { name })
    if (members.has(name))
      throw new InvalidRequest('json-duplicate-member', {
        ...{ name: name.slice(0, 64) },
        ...placeOf(reader.text, start),
      })
    if (!isNext(reader, ':')) throw malformed(reader, ':')
    members.set(name, readValue(reader))
  } while (isNext(reader, ','))
  if (!isNext(reader, '}')) throw malformed(reader, ', }')
  return Object.fromEntries(members)
}

const readString = (reader: Reader): string => {
  const start = reader.at++
  while (match(reader, plain) !== undefined || match(reader, escape) !== undefined);
  if (reader.text[reader.at] !== '"') throw malformed(reader, '"')
  reader.at++
  return JSON.parse(reader.text.slice(start, reader.at)) as string
}
