import { compressSync } from 'lz4-napi'
import { dictionary1 } from './dictionary-1.ts'
import { unpackBlock } from './lz4.ts'

/** First byte of stored content: which preset dictionary the rest needs. */
const dictionary1Tag = 1
/** That byte and the length of the text, four bytes, little end first. */
const headBytes = 5

/** The stored form of a resource: its JSON bytes, LZ4-compressed with a preset dictionary. */
export const compress = (json: Buffer): Buffer => {
  const packed = compressSync(json, dictionary1)
  const content = Buffer.allocUnsafe(packed.length + 1)
  content[0] = dictionary1Tag
  packed.copy(content, 1)
  return content
}

/** Longer texts are unpacked in a window of their own. */
const windowBytes = 256 * 1024

/** The dictionary, and room behind it for a text. */
const windowFor = (bytes: number): Uint8Array => {
  const window = new Uint8Array(dictionary1.length + bytes)
  window.set(dictionary1)
  return window
}

/** One for all: unpacking does not wait for anything. */
const sharedWindow = windowFor(windowBytes)

/** Stored content that is unpacked where it is needed: a stretch of `bytes`, by default all of them. */
export class PackedJson {
  readonly #bytes: Buffer
  readonly #from: number
  readonly #end: number
  /** Bytes of the JSON. */
  readonly length: number

  /** @throws Error on an unknown dictionary */
  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    if (bytes[from] !== dictionary1Tag) throw new Error(`stored with dictionary ${bytes[from]}`)
    this.#bytes = bytes
    this.#from = from
    this.#end = end
    this.length = bytes.readUInt32LE(from + 1)
  }

  /** Writes the JSON into `target` from `at` on. @returns how many bytes */
  copy(target: Uint8Array, at: number): number {
    target.set(this.#unpacked(), at)
    return this.length
  }

  /** The JSON bytes, exactly as they were compressed. */
  toBuffer(): Buffer {
    return Buffer.from(this.#unpacked())
  }

  /** As it is stored: other JSON is never stored alike. */
  get stored(): Buffer {
    return this.#bytes.subarray(this.#from, this.#end)
  }

  /** In a window that the next text overwrites. */
  #unpacked(): Uint8Array {
    const window = this.length <= windowBytes ? sharedWindow : windowFor(this.length)
    const text = [dictionary1.length, dictionary1.length + this.length] as const
    unpackBlock(this.#bytes, [this.#from + headBytes, this.#end], window, text)
    return window.subarray(...text)
  }
}

/** The JSON bytes of stored content, exactly as they were compressed. @throws Error on an unknown dictionary. */
export const decompress = (content: Buffer): Buffer => new PackedJson(content).toBuffer()
