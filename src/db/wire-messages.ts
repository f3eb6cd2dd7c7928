import { DatabaseError } from 'pg'

/** Kind and length stand before every message; the length counts itself, but not the kind. */
const headBytes = 5

/** Told of one message: its kind, and where in `bytes` its content stands. */
export type Receive = (kind: number, bytes: Buffer, from: number, end: number) => void

/**
 * Cuts what comes from PostgreSQL into messages. Each byte is moved twice at most, however large a
 * message is.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageReader {
  readonly #receive: Receive
  /** What has come of a message that is not yet whole. */
  #chunks: Buffer[] = []
  #held = 0
  /** Bytes from which on it is worth looking again. */
  #needed = headBytes

  constructor(receive: Receive) {
    this.#receive = receive
  }

  /** Hands over every message that `chunk` completes. */
  read(chunk: Buffer): void {
    this.#held += chunk.length
    this.#chunks.push(chunk)
    if (this.#held < this.#needed) return
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held)
    this.#chunks = []
    let at = 0
    this.#needed = headBytes
    while (at + headBytes <= bytes.length) {
      const end = at + 1 + bytes.readUInt32BE(at + 1)
      if (end > bytes.length) {
        this.#needed = end - at
        break
      }
      this.#receive(bytes[at]!, bytes, at + headBytes, end)
      at = end
    }
    this.#held = bytes.length - at
    if (this.#held > 0) this.#chunks.push(bytes.subarray(at))
  }
}

/** The text up to the next zero byte. */
export const zeroEnded = (bytes: Buffer, from: number): string =>
  bytes.toString('utf8', from, bytes.indexOf(0, from))

/** What the letters of an error's fields stand for. @see https://www.postgresql.org/docs/current/protocol-error-fields.html */
const errorFields = [
  ['S', 'severity'],
  ['C', 'code'],
  ['D', 'detail'],
  ['H', 'hint'],
  ['P', 'position'],
  ['W', 'where'],
  ['s', 'schema'],
  ['t', 'table'],
  ['c', 'column'],
  ['d', 'dataType'],
  ['n', 'constraint'],
  ['R', 'routine'],
] as const

/** The error an ErrorResponse tells of, as `pg` gives it. */
export const errorOf = (bytes: Buffer, from: number, end: number): DatabaseError => {
  const told = new Map<string, string>()
  for (let at = from; at < end && bytes[at] !== 0;) {
    const value = zeroEnded(bytes, at + 1)
    told.set(String.fromCharCode(bytes[at]!), value)
    at += 2 + Buffer.byteLength(value)
  }
  const error = new DatabaseError(told.get('M') ?? '', end - from, 'error')
  for (const [letter, name] of errorFields) error[name] = told.get(letter)
  return error
}
