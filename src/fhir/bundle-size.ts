import { Buffer } from 'node:buffer'
import { TooLarge } from './errors.ts'
import { stringEnd } from './json.ts'

const quote = 0x22
const typeMember = Buffer.from('"resourceType"')
const entryMember = Buffer.from('"entry"')
const bundleType = Buffer.from('"Bundle"')

/** Bytes of an entry at least: `{}` and a comma. */
const entryBytesMin = 3

/**
 * Refuses a Bundle of too many entries by its bytes alone: parsed, it takes ten times their size in
 * memory. What is no JSON passes; the parser says what is wrong with it.
 * @throws TooLarge
 */
export const requireFewEntries = (body: Buffer, limit: number): void => {
  if (body.length < limit * entryBytesMin) return
  const found = entriesOf(body)
  if (found > limit) throw new TooLarge('bundle-too-large', { found, limit }, 'Bundle.entry')
}

/** The elements of `entry` in a Bundle; 0 for anything else. */
const entriesOf = (body: Buffer): number => {
  const is = (start: number, end: number, text: Buffer): boolean =>
    end - start === text.length && body.compare(text, 0, text.length, start, end) === 0
  let depth = 0
  let member: 'resourceType' | 'entry' | undefined
  let isBundle = false
  let entries = 0
  for (let at = 0; at < body.length;) {
    const byte = body[at++]!
    if (byte === quote) {
      const start = at - 1
      at = stringEnd(body, at)
      if (depth !== 1) continue
      if (member === 'resourceType') isBundle = is(start, at, bundleType)
      if (is(start, at, typeMember)) member = 'resourceType'
      else if (is(start, at, entryMember)) member = 'entry'
      else member = undefined
    } else if (byte === 0x7b || byte === 0x5b) {
      if (byte === 0x7b && depth === 2 && member === 'entry') entries++
      depth++
    } else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return isBundle ? entries : 0
}
