/** The shortest match an LZ4 sequence can state. */
const matchBytesMin = 4
/** Length nibbles of this value go on in the bytes that follow. */
const lengthGoesOn = 15
/** Bytes from which one native move is faster than a loop. */
const moveBytesMin = 24

/** A stretch of bytes: the first, and the one behind the last. */
export type Stretch = readonly [from: number, end: number]

/**
 * Unpacks an LZ4 block into a stretch of `window`, where what stands before the stretch is taken for
 * the text before the block: its dictionary.
 * @throws RangeError when the block does not fill the stretch exactly
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
export const unpackBlock = (
  block: Uint8Array,
  [blockFrom, blockEnd]: Stretch,
  window: Uint8Array,
  [at, end]: Stretch,
): void => {
  let from = blockFrom
  let to = at
  while (from < blockEnd) {
    const token = block[from++]!
    let literals = token >> 4
    if (literals === lengthGoesOn) {
      let more
      do literals += more = block[from++]!
      while (more === 255)
    }
    if (to + literals > end) throw tooLong()
    for (const last = from + literals; from < last;) window[to++] = block[from++]!
    // The last sequence ends with its literals.
    if (from >= blockEnd) break
    const distance = block[from]! | (block[from + 1]! << 8)
    from += 2
    let length = (token & lengthGoesOn) + matchBytesMin
    if (length === lengthGoesOn + matchBytesMin) {
      let more
      do length += more = block[from++]!
      while (more === 255)
    }
    let source = to - distance
    if (distance === 0 || source < 0) throw new RangeError('an LZ4 block refers to before its text')
    // Also when a damaged length is no number at all.
    if (!(to + length <= end)) throw tooLong()
    const last = to + length
    if (length >= moveBytesMin && distance >= length) {
      window.copyWithin(to, source, source + length)
      to = last
    } else while (to < last) window[to++] = window[source++]!
  }
  if (to !== end) throw new RangeError('an LZ4 block is shorter than its length says')
}

const tooLong = (): RangeError => new RangeError('an LZ4 block is longer than its length says')
