import { types } from './connection.ts'
import type { Row } from './database.ts'
import { zeroEnded } from './wire-messages.ts'

/** Type numbers of PostgreSQL that have a decoder of their own. */
const oids = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, text: 25 } as const

/** A value between two places of a message. */
type Decode = (bytes: Buffer, from: number, end: number) => unknown

const text: Decode = (bytes, from, end) => bytes.toString('utf8', from, end)

const digitZero = 0x30
const minus = 0x2d
/** Whole numbers of so many characters are exact as a `number`. */
const exactCharacters = 15

const integer = (bytes: Buffer, from: number, end: number): number => {
  const isNegative = bytes[from] === minus
  let value = 0
  for (let at = isNegative ? from + 1 : from; at < end; at++)
    value = value * 10 + (bytes[at]! - digitZero)
  return isNegative ? -value : value
}

const decoderOf = (oid: number): Decode => {
  switch (oid) {
    case oids.bytea:
      return (bytes, from, end) => bytes.subarray(from, end)
    case oids.bool:
      return (bytes, from) => bytes[from] === 0x74
    case oids.int2:
    case oids.int4:
      return integer
    case oids.int8:
      return (bytes, from, end) =>
        BigInt(
          end - from <= exactCharacters
            ? integer(bytes, from, end)
            : bytes.toString('latin1', from, end),
        )
    case oids.text:
      return text
    default: {
      const parse = types.getTypeParser(oid, 'text') as (value: string) => unknown
      return (bytes, from, end) => parse(bytes.toString('utf8', from, end))
    }
  }
}

interface Column {
  readonly name: string
  readonly decode: Decode
  /** Bytes are not made into hexadecimal text and back. */
  readonly isBinary: boolean
}

/** The columns a RowDescription tells of. */
export const columnsOf = (bytes: Buffer, from: number): readonly Column[] => {
  let at = from + 2
  return Array.from({ length: bytes.readUInt16BE(from) }, () => {
    const name = zeroEnded(bytes, at)
    at += Buffer.byteLength(name) + 1
    const oid = bytes.readUInt32BE(at + 6)
    at += 18
    return { name, decode: decoderOf(oid), isBinary: oid === oids.bytea }
  })
}

/** `Execute` for all rows of the portal without a name, and `Sync`. */
const executeAndSync = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4])

/**
 * A statement prepared on one connection: what is written to run it, and how its rows are read. Values
 * come back as connection.ts says, bytes as a part of what was received.
 */
export class PreparedStatement {
  readonly #columns: readonly Column[]
  /** `Bind` up to the number of values; its length is filled in. */
  readonly head: Buffer
  /** The rest of `Bind` behind the values, and what runs it. */
  readonly tail: Buffer
  /** Where in `tail` the `Bind` ends. */
  readonly bindTailBytes: number

  constructor(name: string, columns: readonly Column[]) {
    this.#columns = columns
    this.head = Buffer.from(`B\0\0\0\0\0${name}\0\0\0`)
    const formats = Buffer.alloc(2 + 2 * columns.length)
    formats.writeUInt16BE(columns.length)
    columns.forEach(({ isBinary }, index) => formats.writeUInt16BE(isBinary ? 1 : 0, 2 + 2 * index))
    this.tail = Buffer.concat([formats, executeAndSync])
    this.bindTailBytes = formats.length
  }

  /** The row of a DataRow message. */
  readRow(bytes: Buffer, from: number): Row {
    const row: Row = {}
    let at = from + 2
    for (const { name, decode } of this.#columns) {
      const length = bytes.readInt32BE(at)
      at += 4
      if (length < 0) row[name] = null
      else row[name] = decode(bytes, at, (at += length))
    }
    return row
  }
}
