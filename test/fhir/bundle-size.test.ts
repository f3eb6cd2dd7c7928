/** A Bundle of too many entries is told by its bytes. @see https://hl7.org/fhir/R4/bundle.html */
import t from 'tap'
import { requireFewEntries } from '../../src/fhir/bundle-size.ts'
import { TooLarge } from '../../src/fhir/errors.ts'
import { limits } from '../../src/fhir/limits.ts'

const most = limits.bundleEntriesMax
const refused = (value: unknown): number | undefined => {
  try {
    requireFewEntries(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), most)
    return undefined
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    return Number(error.parameters['found'])
  }
}
const objects = (count: number, one: unknown = {}): unknown[] =>
  Array.from({ length: count }, () => one)

t.test('entries are counted to the last, wherever the members stand', async t => {
  const nested = { resource: { resourceType: 'Patient', name: [{}, {}], entry: [{}, {}] } }
  const marks = { fullUrl: 'urn:"]}{[\\' }
  for (const one of [{}, nested, marks]) {
    const entry = objects(most + 1, one)
    t.equal(refused({ resourceType: 'Bundle', type: 'batch', entry }), most + 1)
    t.equal(refused({ entry, type: 'batch', resourceType: 'Bundle' }), most + 1)
    t.equal(refused({ resourceType: 'Bundle', entry: objects(most, one) }), undefined)
  }
})

t.test('what is no Bundle, or has its objects elsewhere, may have as many as it needs', async t => {
  const entry = objects(most + 1)
  t.equal(refused({ resourceType: 'List', entry }), undefined)
  t.equal(refused({ resourceType: 'List', id: 'Bundle', entry }), undefined)
  t.equal(refused({ resourceType: 'Bundle', entry: [], link: entry }), undefined)
  t.equal(refused({ contained: [{ resourceType: 'Bundle', entry }] }), undefined)
  t.equal(refused({ resourceType: 'Bundle', entry: [{ resource: { entry } }] }), undefined)
})

t.test('what is no JSON is left to the parser', async t => {
  const open = '{"resourceType":"Bundle","entry":['
  for (const text of [
    `${' '.repeat(40_000)}{"`,
    '['.repeat(40_000),
    '"'.repeat(40_001),
    ']'.repeat(40_000),
  ])
    t.equal(refused(text), undefined)
  t.equal(refused(open + '{},'.repeat(most)), undefined)
})
