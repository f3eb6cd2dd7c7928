/** JSON Patch, RFC 6902, by its own test suite. @see https://www.rfc-editor.org/rfc/rfc6902 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { applyJsonPatch } from '../../src/fhir/json-patch.ts'
import { data } from '../data.ts'

interface Case {
  readonly comment?: string
  readonly doc: unknown
  readonly patch?: unknown
  readonly expected?: unknown
  readonly error?: string
  readonly disabled?: boolean
}

/** A patch that names a member twice is refused by the reading of its JSON, not by its meaning. */
const refusedEarlier = /duplicate/i

t.test('every case of the JSON Patch suite gives the document or the refusal it names', async t => {
  const folder = data(t, '11-jose-jsonpatch/json-patch-tests')
  if (folder === undefined) return
  let run = 0
  for (const file of ['tests.json', 'spec_tests.json']) {
    const cases: Case[] = JSON.parse(await readFile(join(folder, file), 'utf8'))
    for (const { comment, doc, patch, expected, error, disabled } of cases) {
      if (disabled || patch === undefined || refusedEarlier.test(comment ?? '')) continue
      run++
      const title = comment ?? error ?? JSON.stringify(patch)
      if (error !== undefined)
        t.throws(() => applyJsonPatch(doc, patch), { code: /^patch-/ }, title)
      else if (expected === undefined) t.doesNotThrow(() => applyJsonPatch(doc, patch), title)
      else t.strictSame(applyJsonPatch(doc, patch), expected, title)
    }
  }
  t.ok(run > 100, `${run} cases`)
})

const patched = (document: string, patch: string): string =>
  stringifyJson(applyJsonPatch(parseJson(Buffer.from(document)), parseJson(Buffer.from(patch))))

t.test('decimals keep their literal, in the document and in the patch', async t => {
  t.equal(
    patched(
      '{"a":1.10,"b":[2.0]}',
      '[{"op":"add","path":"/c","value":3.00},{"op":"copy","from":"/a","path":"/b/0"},{"op":"move","from":"/b/1","path":"/d"}]',
    ),
    '{"a":1.10,"b":[1.10],"c":3.00,"d":2.0}',
  )
})

t.test('test compares numbers by their value, however they are written', async t => {
  for (const [one, other] of [
    ['1.10', '1.1'],
    ['100', '1e2'],
    ['-0', '0'],
    ['0.00000001', '1e-8'],
    ['123456789012345678901234567890', '123456789012345678901234567890.0'],
  ] as const)
    t.equal(
      patched(`{"a":${one}}`, `[{"op":"test","path":"/a","value":${other}}]`),
      `{"a":${one}}`,
      `${one} = ${other}`,
    )
  for (const [one, other] of [
    ['12345678901234567890', '12345678901234567891'],
    ['1', '"1"'],
    ['0', 'null'],
  ] as const)
    t.throws(
      () => patched(`{"a":${one}}`, `[{"op":"test","path":"/a","value":${other}}]`),
      { code: 'patch-test-failed' },
      `${one} is not ${other}`,
    )
})

t.test('what is no patch is refused, naming the operation', async t => {
  for (const [patch, expression] of [
    ['{}', '$'],
    ['[1]', '$[0]'],
    ['[{"op":"add","path":"/a"}]', '$[0]'],
    ['[{"op":"test","path":"","value":{"a":1}},{"op":"grow","path":"/a"}]', '$[1].op'],
    ['[{"op":"remove","path":"a"}]', '$[0].path'],
    ['[{"op":"remove","path":"/~2"}]', '$[0].path'],
    ['[{"op":"move","from":"/a","path":"/a/b"}]', '$[0]'],
    ['[{"op":"add","path":"/__proto__","value":{}}]', '$[0]'],
  ] as const)
    t.throws(() => patched('{"a":1}', patch), { code: 'patch-malformed', expression }, patch)
})

t.test('a patch that grows without bound is refused as too costly', async t => {
  const doubling = Array.from({ length: 60 }, () => ({ op: 'copy', from: '', path: '/a/-' }))
  t.throws(() => applyJsonPatch({ a: [] }, doubling), { code: 'patch-too-costly' })
  const many = Array.from({ length: 1001 }, () => ({ op: 'test', path: '', value: {} }))
  t.throws(() => applyJsonPatch({}, many), { code: 'patch-too-many-operations' })
  const wide = Array.from({ length: 1000 }, () => ({ op: 'copy', from: '/a', path: '/b' }))
  const a = Array.from({ length: 10_000 }, () => 0)
  t.throws(() => applyJsonPatch({ a }, wide), { code: 'patch-too-costly' })
})
