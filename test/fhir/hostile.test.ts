import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { FhirError } from '../../src/fhir/errors.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { validate } from '../../src/fhir/validate.ts'
import { data } from '../data.ts'

/** The codes a body is refused with; an error that is no refusal fails the test. */
const refusals = (body: Uint8Array): string[] => {
  try {
    return validate(parseJson(body), loadDefinitions()).map(({ code }) => code)
  } catch (error) {
    if (error instanceof FhirError && error.status === 400) return [error.code]
    throw error
  }
}

/** RFC 8259 leaves duplicate names open; here they are refused. */
const stricter = new Set(['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'])

t.test('The parser takes what JSON is and refuses what it is not', async t => {
  const folder = data(t, '09-bad-input/JSONTestSuite/test_parsing')
  if (folder === undefined) return
  const count = { y: 0, n: 0, i: 0 }
  for (const file of readdirSync(folder)) {
    const kind = file[0] as 'y' | 'n' | 'i'
    count[kind]++
    let isTaken = true
    try {
      parseJson(readFileSync(join(folder, file)))
    } catch (error) {
      if (!(error instanceof FhirError)) t.fail(`${file}: ${String(error)}`)
      isTaken = false
    }
    if (kind !== 'i' && isTaken !== (kind === 'y' && !stricter.has(file))) t.fail(file)
  }
  t.same(count, { y: 95, n: 188, i: 35 })
})

const expected: Record<string, string | readonly string[]> = {
  'bad-id-65.json': 'value-not-id',
  'bad-id-slash.json': 'value-not-id',
  'bad-id-sql.json': 'value-not-id',
  'base64-bad.json': 'value-not-base64',
  'contained-dangling.json': 'reference-contained-missing',
  // The Organization inside has neither name nor identifier either.
  'contained-nested.json': ['contained-nested', 'invariant-broken'],
  'deep-array-100000.json': 'json-too-deep',
  'deep-contained-bundle-200.json': 'json-too-deep',
  'deep-extension-50000.json': 'json-too-deep',
  'dup-key-resourceType.json': 'json-duplicate-member',
  'dup-key-subject.json': 'json-duplicate-member',
  'empty-body.json': 'json-malformed',
  'empty-element.json': 'element-empty',
  'empty-object.json': 'element-required',
  'huge-string-2mb.json': 'value-not-string',
  'invalid-utf8-lone-continuation.json': 'body-not-utf8',
  'narrative-script.json': 'narrative-not-allowed',
  'null-body.json': 'json-not-resource',
  'null-value.json': 'element-null',
  'number-1e400.json': 'value-not-decimal',
  'number-hex.json': 'json-malformed',
  'number-nan.json': 'json-malformed',
  'primitive-ext-length.json': 'element-without-content',
  'proto-pollution-jsonpatch-from.json': 'json-not-resource',
  'proto-resourceType.json': 'resource-type-unknown',
  'proto-resourceType2.json': 'resource-type-unknown',
  'string-body.json': 'json-not-resource',
  'string-boolean.json': 'element-kind',
  'utf16le.json': 'json-malformed',
}

/** Sound as resources: what is wrong with some of them is for other rooms to see. */
const sound = [
  'fullwidth-ideographic-space.json',
  'number-int-2p53plus1.json',
  'primitive-ext-ok.json',
]

t.test('Hostile bodies are refused for what is wrong with them, within seconds', async t => {
  const folder = data(t, '09-bad-input/fhir-hostile')
  if (folder === undefined) return
  for (const file of readdirSync(folder).filter(name => name.endsWith('.json'))) {
    const start = performance.now()
    const found = refusals(readFileSync(join(folder, file)))
    t.ok(performance.now() - start < 5000, `${file} took ${performance.now() - start} ms`)
    if (file in expected) t.same(new Set(found), new Set([expected[file]].flat()), file)
    if (sound.includes(file)) t.same(found, [], file)
  }
})
