import fc from 'fast-check'
import t from 'tap'
import { FhirError } from '../../src/fhir/errors.ts'
import { Decimal, parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { readJsonCarefully } from '../../src/fhir/json-reader.ts'
import { limits } from '../../src/fhir/limits.ts'

const parse = (text: string) => parseJson(Buffer.from(text))

/** What a text or its bytes are refused with, as `code parameters`. */
const refusal = (body: string | Uint8Array): string => {
  try {
    parseJson(typeof body === 'string' ? Buffer.from(body) : body)
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 400) throw error
    const where = Object.entries(error.parameters).filter(([name]) => !/found|expected/.test(name))
    return `${error.code} ${where.map(([, value]) => value).join(':')}`
  }
  return 'accepted'
}

t.test('Numbers come back as they were written', async t => {
  for (const literal of [
    ...['1.10', '0', '-0', '0.0', '-0.0', '100', '1e2', '1E+2', '1.0', '0.1', '0.10', '-71.05'],
    ...['0.000000000000000000001', '0.0000001', '0.000001', '12345678901234567', '1e999', '5e-324'],
    ...[
      '123456789012345678901234567890',
      '3.141592653589793238',
      '0.30000000000000004',
      '10',
      '90.5',
    ],
  ]) {
    t.equal(
      stringifyJson(parse(`{"value":${literal},"more":[${literal}]}`)),
      `{"value":${literal},"more":[${literal}]}`,
    )
    t.equal(stringifyJson(parse(literal)), literal)
    t.equal(stringifyJson(readJsonCarefully(`[${literal} ]`)), `[${literal}]`)
  }
})

t.test('Only a literal that JavaScript would print differently becomes a Decimal', async t => {
  t.same(parse('[1.5, 20, 0.25, -3]'), [1.5, 20, 0.25, -3])
  const value = parse('{"value":1.10}') as { value: Decimal }
  t.ok(value.value instanceof Decimal)
  t.equal(value.value.text, '1.10')
  t.equal(Number(value.value), 1.1)
})

t.test('Any tree of exact literals survives, and both readers agree', async t => {
  const literal = fc
    .tuple(fc.integer(), fc.stringMatching(/^(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/))
    .map(([whole, rest]) => `${whole}${rest}`)
  const text = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      literal,
      fc.string({ unit: 'binary' }).map(string => JSON.stringify(string)),
      fc.constantFrom('true', 'false', 'null', '""', '"\ue0000"', '"\ue0001.10"', '"\\ue0000"'),
      fc.array(tie('value')).map(items => `[${items.join(',')}]`),
      fc
        .dictionary(
          fc.string().filter(name => name !== '__proto__'),
          tie('value'),
        )
        .map(members =>
          Object.entries(members).map(([name, v]) => `${JSON.stringify(name)}:${String(v)}`),
        )
        .map(members => `{${members.join(',')}}`),
    ),
  })).value as fc.Arbitrary<string>
  fc.assert(
    fc.property(text, written => {
      const value = parse(written)
      const careful = readJsonCarefully(written)
      const again = stringifyJson(value)
      t.same(careful, value)
      // Escapes may be written in another way, so the second round must be the fixed point.
      return stringifyJson(parse(again)) === again && stringifyJson(careful) === again
    }),
    { numRuns: 500 },
  )
})

t.test('Strings that look like the mark of a decimal stay strings', async t => {
  for (const text of [
    '{"a":"\ue0000","b":1.10}',
    '{"a":"\ue0001.10","b":1.10,"c":"x\\"\ue0001.10"}',
    '{"a":1.10,"b":"\ue0000","c":2.20}',
  ])
    t.equal(stringifyJson(parse(text)), text)
  t.equal(refusal('{1.10:1}'), 'json-malformed 1:2', 'a number is no member name')
})

t.test('A malformed body is refused with the line and column of the fault', async t => {
  for (const [text, code] of [
    ['', 'json-malformed 1:1'],
    ['{', 'json-malformed 1:2'],
    ['{"a":1,}', 'json-malformed 1:8'],
    ['{"a":1\n "b":2}', 'json-malformed 2:2'],
    ['{"a":\n\n  nul}', 'json-malformed 3:3'],
    ['[1,2', 'json-malformed 1:5'],
    ['{"a":01}', 'json-malformed 1:7'],
    ['{"a":1.}', 'json-malformed 1:7'],
    ['{"a":.5}', 'json-malformed 1:6'],
    ['{"a":"\t"}', 'json-malformed 1:7'],
    ['{"a":"\\x"}', 'json-malformed 1:7'],
    ['{} {}', 'json-malformed 1:4'],
    ["{'a':1}", 'json-malformed 1:2'],
    ['{"a":NaN}', 'json-malformed 1:6'],
    ['{"a":1.10 2}', 'json-malformed 1:11'],
    ['"abc', 'json-malformed 1:5'],
    ['{"a":"b\\', 'json-malformed 1:8'],
  ] as const)
    t.equal(refusal(text), code, text)
})

t.test(
  'Bytes that are not UTF-8 are refused with their offset, a byte order mark is dropped',
  async t => {
    const gbk = Buffer.concat([
      Buffer.from('{"name":"中'),
      Buffer.from([0xd5, 0xc5]),
      Buffer.from('"}'),
    ])
    t.equal(refusal(gbk), 'body-not-utf8 12')
    t.equal(refusal(Buffer.from([0x22, 0xff, 0x22])), 'body-not-utf8 1')
    t.equal(refusal(Buffer.from([0x22, 0xe4, 0xb8])), 'body-not-utf8 1')
    const long = Buffer.from('"' + '中文字符'.repeat(1000) + '"')
    for (const offset of [1, 500, 6001, 9001, long.length - 2]) {
      const broken = Buffer.from(long)
      broken[offset] = 0xff
      const found = Number(refusal(broken).split(' ')[1])
      t.ok(found <= offset && found > offset - 3, `${found} for ${offset}`)
    }
    t.same(parseJson(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])), {})
  },
)

t.test(
  'What was found there and what was expected is said, but no letters of a person',
  async t => {
    const told = (body: string): unknown => {
      try {
        return parseJson(Buffer.from(body))
      } catch (error) {
        const { found, expected } = (error as FhirError).parameters
        return `${found} for ${expected}`
      }
    }
    t.equal(told('{"a":1,}'), '} for "')
    t.equal(told('{"a" 1}'), '… for :')
    t.equal(told('{"a":1;"b":2}'), '; for , }')
    t.equal(told('[1'), 'EOF for , ]')
    t.equal(told('{"a":刘}'), '… for { [ " 0-9 - true false null')
    t.equal(told('{"a":"\t"}'), 'U+0009 for "')
    t.equal(told('{} x'), '… for EOF')
  },
)

t.test('A member that stands twice is refused, however it is written', async t => {
  t.equal(refusal('{"a":1,"b":2,\n"a":3}'), 'json-duplicate-member a:2:1')
  t.equal(refusal('{"x":[{"a":1,"\\u0061":3}]}'), 'json-duplicate-member a:1:14')
  t.equal(refusal('{"a":{"b":1.10,"b":1.10}}'), 'json-duplicate-member b:1:16')
  t.equal(refusal('[{"a":1},{"a":1}]'), 'accepted')
  t.equal(refusal('{"a":":","b":"\\":"}'), 'accepted')
})

t.test('No member can reach a prototype', async t => {
  for (const name of ['__proto__', '__prot\\u006f__'])
    for (const value of ['{"polluted":true}', '1.10', '"\ue0000"'])
      t.equal(refusal(`{"a":[{"${name}":${value}}]}`), 'json-member-reserved __proto__')
  t.equal(({} as { polluted?: boolean }).polluted, undefined)
  const value = parse('{"constructor":{"prototype":{"polluted":1}},"1":2}') as object
  t.equal(Object.getPrototypeOf(value), Object.prototype)
  t.equal(({} as { polluted?: boolean }).polluted, undefined)
})

t.test('Nesting is bounded, and a bomb costs nothing', async t => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
  t.equal(refusal(nested(limits.jsonDepthMax)), 'accepted')
  t.equal(refusal(nested(limits.jsonDepthMax + 1)), `json-too-deep ${limits.jsonDepthMax}`)
  t.equal(refusal('['.repeat(5_000_000)), `json-too-deep ${limits.jsonDepthMax}`)
  t.equal(refusal('{"a":"' + '[{'.repeat(1000) + '"}'), 'accepted')
})

t.test('Megabytes in one string, one number or white space end quickly', async t => {
  const start = performance.now()
  const size = 4_000_000
  t.equal(refusal(`{"a":"${'x'.repeat(size)}"}`), 'accepted')
  t.equal(refusal(`{"a":"${'x'.repeat(size)}`), `json-malformed 1:${size + 7}`)
  t.equal(refusal(`{"a":${'1'.repeat(size)}}`), 'accepted')
  t.equal(refusal(`{"a":${' '.repeat(size)}`), `json-malformed 1:${size + 6}`)
  t.equal(refusal(`"${'\\"'.repeat(size / 2)}`), `json-malformed 1:${size + 2}`)
  t.ok(performance.now() - start < 5000)
})
