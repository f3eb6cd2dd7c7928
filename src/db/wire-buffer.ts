import type { PreparedStatement } from './wire-statement.ts'

const bytesAtFirst = 16 * 1024
/** Texts up to here are copied letter by letter, as long as they are ASCII. */
const shortText = 40
/** Bytes of UTF-8 for one UTF-16 unit at most. */
const bytesPerUnit = 3

/** Messages on their way to PostgreSQL, gathered until they are taken. */
export class WireBuffer {
  #bytes = Buffer.allocUnsafeSlow(bytesAtFirst)
  #at = 0

  get isEmpty(): boolean {
    return this.#at === 0
  }

  /** All that was gathered, in bytes of its own. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at))
    this.#at = 0
    return taken
  }

  /** Prepares a statement under a name and asks what rows it gives. */
  prepare(name: string, text: string): void {
    const parsed = Buffer.from(`${name}\0${text}\0\0\0`)
    const described = Buffer.from(`S${name}\0`)
    this.#message('P', parsed)
    this.#message('D', described)
    this.#message('S', Buffer.alloc(0))
  }

  /** Runs statements that have no values, as one text. */
  run(text: string): void {
    this.#message('Q', Buffer.from(`${text}\0`))
  }

  /** Runs a prepared statement. @throws TypeError for a value that has no text */
  execute({ head, tail, bindTailBytes }: PreparedStatement, values: readonly unknown[]): void {
    const from = this.#at
    this.#ensure(head.length + 2 + tail.length)
    this.#put(head)
    this.#at = this.#bytes.writeUInt16BE(values.length, this.#at)
    try {
      for (const value of values) this.#value(value)
    } catch (error) {
      this.#at = from
      throw error
    }
    this.#ensure(tail.length)
    this.#put(tail)
    this.#bytes.writeUInt32BE(this.#at - tail.length + bindTailBytes - from - 1, from + 1)
  }

  #message(kind: string, content: Buffer): void {
    this.#ensure(5 + content.length)
    this.#bytes[this.#at] = kind.charCodeAt(0)
    this.#at = this.#bytes.writeUInt32BE(4 + content.length, this.#at + 1)
    this.#put(content)
  }

  #put(bytes: Buffer): void {
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #value(value: unknown): void {
    const text = textOf(value)
    if (text === null) {
      this.#ensure(4)
      this.#at = this.#bytes.writeInt32BE(-1, this.#at)
      return
    }
    this.#ensure(4 + bytesPerUnit * text.length)
    const from = this.#at + 4
    const end = this.#shortAscii(text, from) ?? from + this.#bytes.write(text, from)
    this.#bytes.writeInt32BE(end - from, this.#at)
    this.#at = end
  }

  /** Where the text ends; undefined where it is long or not ASCII. */
  #shortAscii(text: string, from: number): number | undefined {
    if (text.length > shortText) return undefined
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index)
      if (unit > 0x7f) return undefined
      this.#bytes[from + index] = unit
    }
    return from + text.length
  }

  /** Makes room for so many bytes more. */
  #ensure(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * (this.#at + more))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

const textOf = (value: unknown): string | null => {
  switch (typeof value) {
    case 'string':
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    default:
      if (value === null || value === undefined) return null
      if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`
      throw new TypeError('a value is neither text nor number nor bytes')
  }
}
