import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { validate } from '../../src/fhir/validate.ts'
import { parametersOf } from '../../src/search/parameters.ts'
import { no6, seenBy, Store } from './fixture.ts'

/** The search parameters of `fhir-profiles/`, beside those of R4. @see https://hl7.org/fhir/R4/searchparameter.html */

const definitions = loadDefinitions()
const folder = new URL('../../../fhir-profiles/', import.meta.url)
const own = readdirSync(folder)
  .filter(name => name.endsWith('.json'))
  .map(name => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
  .map(({ name, text }) => ({ name, resource: JSON.parse(text) as Resource }))

/** By the file, with or without its ending, by the id, or by the beginning that several share. */
const isNamed = (readme: string, name: string, { id }: Resource): boolean => {
  const stem = name.replace('.json', '')
  return [...readme.matchAll(/`([\w-]+?)(\*)?(?:\.json)?`/g)].some(([, word = '', star]) =>
    star === undefined ? word === stem || word === id : stem.startsWith(word),
  )
}

t.test('every file of fhir-profiles is valid R4 and named after what it holds', async t => {
  t.ok(own.length > 0)
  const readme = readFileSync(new URL('README.md', folder), 'utf8')
  for (const { name, resource } of own) {
    t.equal(name, `${resource.resourceType}-${resource.id}.json`)
    t.same(validate(resource, definitions), [], name)
    t.ok(isNamed(readme, name, resource), `README.md says what ${name} is for`)
  }
})

t.test('a parameter of our own moves no bit of those of R4', async t => {
  const bits = [...parametersOf(definitions, 'ServiceRequest').values()].map(parameter => ({
    isOurs: definitions.searchParameters
      .get('ServiceRequest')!
      .get(parameter.code)!
      .url.startsWith('urn:huizhen:'),
    bits: parameter.bits,
  }))
  const ours = bits.filter(({ isOurs }) => isOurs)
  t.equal(ours.length, 2)
  for (const { bits: bit } of ours)
    for (const r4 of bits) if (!r4.isOurs) t.ok(bit > r4.bits, 'behind all of R4')
})

t.test('the exchange finds requests by their reason and assertions by what made them', async t => {
  const store = await Store.open(t)
  await store.put({ resourceType: 'Patient', id: 'wang' })
  await store.put({
    ...{ resourceType: 'Condition', id: 'c', subject: { reference: 'Patient/wang' } },
  })
  await store.put({
    ...{ resourceType: 'ServiceRequest', id: 's', status: 'active', intent: 'order' },
    subject: { reference: 'Patient/wang' },
    reasonCode: [{ coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'I21.9' }] }],
    reasonReference: [{ reference: 'Condition/c' }],
  })
  await store.put({
    ...{ resourceType: 'Provenance', id: 'p', recorded: '2024-01-01T00:00:00Z' },
    ...{ target: [{ reference: 'Condition/c' }], agent: [{ who: { display: 'x' } }] },
    reason: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'AIAST' },
        ],
      },
    ],
  })
  const cases: readonly (readonly [string, string])[] = [
    ['ServiceRequest?reason-code=http://hl7.org/fhir/sid/icd-10|I21.9', 's'],
    ['ServiceRequest?reason-code=I21.0', ''],
    ['ServiceRequest?reason-reference=Condition/c', 's'],
    ['ServiceRequest?reason-reference:missing=true', ''],
    ['Provenance?reason=AIAST', 'p'],
    ['Provenance?target:Condition._id=c&reason=AIAST', 'p'],
  ]
  for (const [query, ids] of cases) {
    t.equal((await store.ids(query)).join(' '), ids, query)
    t.same(await store.ids(query, seenBy(no6)), [], `${query}, another hospital`)
  }
})
