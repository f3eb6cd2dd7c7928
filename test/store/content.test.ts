/** The stored form of resources. */
import fc from 'fast-check'
import t from 'tap'
import { uncompressSync } from 'lz4-napi'
import { compress, decompress, PackedJson } from '../../src/store/content.ts'
import { dictionary1 } from '../../src/store/dictionary-1.ts'

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 3000 }),
  fc.json({ maxDepth: 6 }),
  fc
    .array(fc.constantFrom('"status":"final",', '会诊', '"code":"4548-4"', 'a', '\u{2000b}'), {
      maxLength: 800,
    })
    .map(words => words.join('')),
  fc.nat(70_000).map(length => 'x'.repeat(length)),
)

t.test('every text comes back byte for byte, also by the library that packed it', async t => {
  fc.assert(
    fc.property(texts, text => {
      const content = compress(Buffer.from(text))
      const json = decompress(content)
      return (
        json.equals(Buffer.from(text)) &&
        uncompressSync(content.subarray(1), dictionary1).equals(json)
      )
    }),
    { numRuns: 500 },
  )
  t.pass('500 texts')
})

t.test('it unpacks into the middle of a larger answer and touches nothing else', async t => {
  const text = '{"resourceType":"Observation","status":"final","note":"会诊会诊会诊会诊"}'
  const packed = new PackedJson(compress(Buffer.from(text)))
  const target = Buffer.alloc(packed.length + 20, '.')
  t.equal(packed.copy(target, 10), packed.length)
  t.equal(target.toString(), `${'.'.repeat(10)}${text}${'.'.repeat(10)}`)
})

t.test(
  'damaged content is refused, or unpacks to as many bytes, and never writes beyond them',
  async t => {
    const content = compress(
      Buffer.from('{"resourceType":"Patient","id":"tinglin-1","active":true}'.repeat(5)),
    )
    const { length } = new PackedJson(content)
    fc.assert(
      fc.property(fc.integer({ min: 5, max: content.length - 1 }), fc.nat(255), (at, byte) => {
        const damaged = Buffer.from(content)
        damaged[at] = byte
        const target = Buffer.alloc(length + 16, 0xaa)
        try {
          new PackedJson(damaged).copy(target, 8)
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
        }
        return (
          target.subarray(0, 8).every(b => b === 0xaa) && target.subarray(-8).every(b => b === 0xaa)
        )
      }),
      { numRuns: 2000 },
    )
    t.throws(() => new PackedJson(Buffer.from([9, 0, 0, 0, 0])), /dictionary 9/)
  },
)
