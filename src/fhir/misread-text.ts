/** In which encoding a text was written, and in which one it was read. */
export interface Misread {
  readonly written: string
  readonly read: string
}

const lettersMax = 1000
// oxlint-disable-next-line no-control-regex -- what is not ASCII
const runs = /[^\x00-\x7f]+/g

/**
 * Tells text that was read in the wrong encoding by reading it back: bytes of characters picked at
 * random are next to never the UTF-8 of Chinese text. Only the first 1000 letters are looked at.
 */
export const misreadAs = (text: string): Misread | undefined => {
  for (const [run] of text.slice(0, lettersMax).matchAll(runs)) {
    const found = misreadRun(run)
    if (found !== undefined) return found
  }
  return undefined
}

const hanOfUtf8Min = 2

const misreadRun = (run: string): Misread | undefined => {
  const western = bytesOf(run, westernByte)
  if (western !== undefined) {
    if (hanIn(western) >= 1) return { written: 'UTF-8', read: 'ISO-8859-1' }
    return isCommonGbk(western) ? { written: 'GBK', read: 'ISO-8859-1' } : undefined
  }
  const chinese = bytesOf(run, gbkBytes)
  return chinese !== undefined && hanIn(chinese) >= hanOfUtf8Min
    ? { written: 'UTF-8', read: 'GBK' }
    : undefined
}

/** The bytes of a text by a table; undefined when a character is in none. */
const bytesOf = (
  text: string,
  table: (letter: number) => readonly number[] | undefined,
): Uint8Array | undefined => {
  const bytes: number[] = []
  for (const letter of text) {
    const found = table(letter.codePointAt(0)!)
    if (found === undefined) return undefined
    bytes.push(...found)
  }
  return Uint8Array.from(bytes)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const gbk = new TextDecoder('gb18030')
const han = /^[\p{Script=Han}\u3000-\u303F\uFF00-\uFFEF]+$/u
const cutMax = 3

/** How many Chinese characters bytes are in UTF-8, all of them; a last one may be cut. */
const hanIn = (bytes: Uint8Array): number => {
  for (let cut = 0; cut < cutMax && cut < bytes.length; cut++)
    try {
      const text = utf8.decode(bytes.subarray(0, bytes.length - cut))
      return han.test(text) ? [...text].length : 0
    } catch {
      // Not UTF-8 to its end: perhaps without its last bytes.
    }
  return 0
}

const gbkBytesMin = 4

/** Pairs of bytes of the characters in most use, row 16 to 55 of GB 2312. */
const isCommonGbk = (bytes: Uint8Array): boolean =>
  bytes.length >= gbkBytesMin &&
  bytes.length % 2 === 0 &&
  bytes.every(
    (byte, at) => byte >= (at % 2 === 0 ? 0xb0 : 0xa1) && byte <= (at % 2 === 0 ? 0xd7 : 0xfe),
  )

/** The letters Windows has where ISO-8859-1 has control characters, from 0x80 on. */
const windowsLetters = [...'€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ']
const windowsBytes = new Map(
  windowsLetters.map((letter, at) => [letter.codePointAt(0)!, [0x80 + at]] as const),
)

const westernByte = (letter: number): readonly number[] | undefined =>
  letter <= 0xff ? [letter] : windowsBytes.get(letter)

let gbkTable: ReadonlyMap<number, readonly number[]> | undefined

const gbkBytes = (letter: number): readonly number[] | undefined =>
  (gbkTable ??= readGbkTable()).get(letter)

/** The decoder of the runtime, turned around: made when first needed. */
const readGbkTable = (): ReadonlyMap<number, readonly number[]> => {
  const table = new Map<number, readonly number[]>()
  for (let first = 0x81; first <= 0xfe; first++)
    for (let second = 0x40; second <= 0xfe; second++) {
      if (second === 0x7f) continue
      const [letter, more] = gbk.decode(Uint8Array.of(first, second))
      if (letter !== undefined && more === undefined && letter !== '\uFFFD')
        table.set(letter.codePointAt(0)!, [first, second])
    }
  // Windows reads this byte as the euro, and so does the decoder.
  table.set('€'.codePointAt(0)!, [0x80])
  return table
}
