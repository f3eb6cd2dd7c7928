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

/** Stored content that is unpacked where it is needed, at most once. */
export class PackedJson {
  readonly #content: Buffer
  /** Bytes of the JSON. */
  readonly length: number

  /** @throws Error on an unknown dictionary */
  constructor(content: Buffer) {
    if (content[0] !== dictionary1Tag) throw new Error(`stored with dictionary ${content[0]}`)
    this.#content = content
    this.length = content.readUInt32LE(1)
  }

  /** Writes the JSON into `target` from `at` on. @returns how many bytes */
  copy(target: Uint8Array, at: number): number {
    const block = this.#content.subarray(headBytes)
    return unpackBlock(block, dictionary1, target, [at, at + this.length]) - at
  }

  /** The JSON bytes, exactly as they were compressed. */
  toBuffer(): Buffer {
    const json = Buffer.allocUnsafe(this.length)
    this.copy(json, 0)
    return json
  }
}

/** The JSON bytes of stored content, exactly as they were compressed. @throws Error on an unknown dictionary. */
export const decompress = (content: Buffer): Buffer => new PackedJson(content).toBuffer()
