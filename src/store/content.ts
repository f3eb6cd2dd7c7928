import { compressSync, uncompressSync } from 'lz4-napi'
import { dictionary1 } from './dictionary-1.ts'

/** First byte of stored content: which preset dictionary the rest needs. */
const dictionary1Tag = 1

/** The stored form of a resource: its JSON bytes, LZ4-compressed with a preset dictionary. */
export const compress = (json: string): Buffer => {
  const packed = compressSync(Buffer.from(json, 'utf8'), dictionary1)
  const content = Buffer.allocUnsafe(packed.length + 1)
  content[0] = dictionary1Tag
  packed.copy(content, 1)
  return content
}

/** The JSON bytes of stored content, exactly as they were compressed. @throws Error on an unknown dictionary. */
export const decompress = (content: Buffer): Buffer => {
  if (content[0] !== dictionary1Tag) throw new Error(`stored with dictionary ${content[0]}`)
  return uncompressSync(content.subarray(1), dictionary1)
}
