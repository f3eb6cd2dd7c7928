import { Buffer } from 'node:buffer'

/** Bytes before the elements: dimensions, whether there are nulls, element type, length, lower bound. */
const headBytes = 20
/** Bytes of the length that stands before each element, -1 for null. */
const lengthBytes = 4

/** How elements of one PostgreSQL type are sent. @see https://www.postgresql.org/docs/current/catalog-pg-type.html */
interface ElementType<T> {
  readonly oid: number
  readonly bytes: number
  readonly write: (view: DataView, at: number, value: T) => void
}

/** Begins an array of `count` elements in a buffer with room for `bytes` behind its head. */
const begun = (oid: number, count: number, bytes: number): [Buffer, DataView] => {
  const buffer = Buffer.allocUnsafe(headBytes + bytes)
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
  view.setInt32(0, 1)
  view.setInt32(4, 0)
  view.setInt32(8, oid)
  view.setInt32(12, count)
  view.setInt32(16, 1)
  return [buffer, view]
}

const arrayOf =
  <T>({ oid, bytes, write }: ElementType<T>) =>
  (values: readonly (T | null)[]): Buffer => {
    const [buffer, view] = begun(oid, values.length, values.length * (lengthBytes + bytes))
    let at = headBytes
    for (const value of values) {
      view.setInt32(at, value === null ? -1 : bytes)
      at += lengthBytes
      if (value === null) view.setInt32(4, 1)
      else {
        write(view, at, value)
        at += bytes
      }
    }
    return at === buffer.length ? buffer : buffer.subarray(0, at)
  }

/*
 * Arrays in PostgreSQL's binary form: neither side turns numbers into digits and back, and they are
 * half as long.
 */

export const bigintArray = arrayOf<bigint>({
  oid: 20,
  bytes: 8,
  write: (view, at, value) => view.setBigInt64(at, value),
})

export const smallintArray = arrayOf<number>({
  oid: 21,
  bytes: 2,
  write: (view, at, value) => view.setInt16(at, value),
})

export const integerArray = arrayOf<number>({
  oid: 23,
  bytes: 4,
  write: (view, at, value) => view.setInt32(at, value),
})

export const booleanArray = arrayOf<boolean>({
  oid: 16,
  bytes: 1,
  write: (view, at, value) => view.setUint8(at, value ? 1 : 0),
})

export const doubleArray = arrayOf<number>({
  oid: 701,
  bytes: 8,
  write: (view, at, value) => view.setFloat64(at, value),
})

/** Microseconds since the year 2000, in which PostgreSQL counts. */
const epoch = BigInt(Date.UTC(2000)) * 1000n
const never = { '-infinity': -(2n ** 63n), infinity: 2n ** 63n - 1n } as const
/** Letters of an ISO 8601 instant up to its milliseconds; three more digits may follow. */
const millisecondLetters = 23

const microseconds = (text: string): bigint => {
  if (text === '-infinity' || text === 'infinity') return never[text]
  const milliseconds = Date.parse(text)
  const finer =
    text.length > millisecondLetters + 1
      ? BigInt(text.slice(millisecondLetters, millisecondLetters + 3))
      : 0n
  return BigInt(milliseconds) * 1000n + finer - epoch
}

/** Of instants in UTC as `Date` writes them, with three or six digits behind the second, or an infinity. */
export const timestampArray = arrayOf<string>({
  oid: 1184,
  bytes: 8,
  write: (view, at, value) => view.setBigInt64(at, microseconds(value)),
})

/** All elements of `arrays`, one array behind the other. */
export const joinedArrays = (arrays: readonly (readonly bigint[])[]): Buffer => {
  let count = 0
  for (const { length } of arrays) count += length
  const [buffer, view] = begun(20, count, count * (lengthBytes + 8))
  let at = headBytes
  for (const array of arrays)
    for (const value of array) {
      view.setInt32(at, 8)
      view.setBigInt64(at + lengthBytes, value)
      at += lengthBytes + 8
    }
  return buffer
}
