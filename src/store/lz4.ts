/** The shortest match an LZ4 sequence can state. */
const matchBytesMin = 4
/** Length nibbles of this value go on in the bytes that follow. */
const lengthGoesOn = 15

/**
 * Unpacks an LZ4 block into `target` from `at` on, where the text before it is taken to be
 * `dictionary`. Writes straight into the answer being put together: no buffer per resource is made,
 * which costs more than the unpacking itself.
 * @returns the position behind the last byte
 * @throws RangeError when the block does not fill exactly `end - at` bytes
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
export const unpackBlock = (
  block: Uint8Array,
  dictionary: Uint8Array,
  target: Uint8Array,
  [at, end]: readonly [number, number],
): number => {
  let from = 0
  let to = at
  while (from < block.length) {
    const token = block[from++]!
    let literals = token >> 4
    if (literals === lengthGoesOn) {
      let more
      do literals += more = block[from++]!
      while (more === 255)
    }
    if (to + literals > end) throw new RangeError('an LZ4 block is longer than its length says')
    for (const last = from + literals; from < last;) target[to++] = block[from++]!
    // The last sequence ends with its literals.
    if (from >= block.length) break
    const distance = block[from]! | (block[from + 1]! << 8)
    from += 2
    let length = (token & lengthGoesOn) + matchBytesMin
    if (length === lengthGoesOn + matchBytesMin) {
      let more
      do length += more = block[from++]!
      while (more === 255)
    }
    to = copyMatch({ dictionary, target, at, end }, to, distance, length)
  }
  if (to !== end) throw new RangeError('an LZ4 block is shorter than its length says')
  return to
}

interface Text {
  readonly dictionary: Uint8Array
  readonly target: Uint8Array
  readonly at: number
  readonly end: number
}

/** Repeats `length` bytes from `distance` back; the two may overlap, and begin in the dictionary. */
const copyMatch = (
  { dictionary, target, at, end }: Text,
  start: number,
  distance: number,
  length: number,
): number => {
  if (start + length > end) throw new RangeError('an LZ4 block is longer than its length says')
  let to = start
  let source = start - distance
  const last = start + length
  if (source < at) {
    let word = dictionary.length - (at - source)
    if (distance === 0 || word < 0) throw new RangeError('an LZ4 block refers to before its text')
    while (source < at && to < last) {
      target[to++] = dictionary[word++]!
      source++
    }
  }
  while (to < last) target[to++] = target[source++]!
  return to
}
