import t from 'tap'
import { no6, seenBy, Store, tinglin } from './fixture.ts'

/** Chains, reverse chains and modifiers. @see https://hl7.org/fhir/R4/search.html#chaining */

const fill = async (store: Store): Promise<void> => {
  await store.put({
    resourceType: 'Organization',
    id: 'top',
    name: 'Top',
    identifier: [{ value: 'T' }],
  })
  await store.put({
    resourceType: 'Organization',
    id: 'part',
    partOf: { reference: 'Organization/top' },
  })
  await store.put({
    ...{ resourceType: 'Patient', id: 'wang', name: [{ family: '王' }], birthDate: '1970-05-01' },
    managingOrganization: { reference: 'Organization/part' },
    identifier: [
      {
        type: { coding: [{ system: 't', code: 'MR' }] },
        ...{ system: 'mrn', value: '7' },
      },
    ],
  })
  await store.put({ resourceType: 'Patient', id: 'li', birthDate: '1990' })
  await store.put({
    ...{ resourceType: 'Encounter', id: 'e', status: 'planned', class: { code: 'AMB' } },
    subject: { reference: 'Patient/wang' },
  })
  const observation = (id: string, subject: object, more: object = {}) => ({
    ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ code: id }] } },
    ...{ subject, ...more },
  })
  await store.put(
    observation('a', { reference: 'Patient/wang' }, { encounter: { reference: 'Encounter/e' } }),
  )
  await store.put(observation('b', { reference: 'Patient/li' }))
  await store.put(observation('c', { identifier: { system: 'x', value: '9' } }))
  await store.put({
    ...{ resourceType: 'Provenance', id: 'p', recorded: '2024-01-01T00:00:00Z' },
    ...{ target: [{ reference: 'Observation/a' }], agent: [{ who: { display: 'x' } }] },
  })
}

t.test('chains of several hops and reverse chains lead to what they should', async t => {
  const store = await Store.open(t)
  await fill(store)
  const cases: readonly (readonly [string, string])[] = [
    ['Observation?patient.organization.partof.name=top', 'a'],
    ['Observation?patient.organization:Organization.partof.identifier=T', 'a'],
    ['Observation?patient.organization.partof.name:exact=top', ''],
    ['Observation?patient.birthdate=lt1980', 'a'],
    ['Observation?patient.birthdate=ge1980&code=b', 'b'],
    ['Observation?encounter.patient.name=王', 'a'],
    ['Observation?patient.identifier:not=mrn|7', 'b'],
    ['Patient?_has:Observation:patient:code=a', 'wang'],
    ['Patient?_has:Observation:patient:code=a,b', 'li wang'],
    ['Patient?_has:Observation:patient:code=none', ''],
    ['Patient?_has:Observation:patient:code=a&_id=wang,li', 'wang'],
    ['Patient?_has:Observation:subject:encounter.class=AMB', 'wang'],
    ['Encounter?_has:Observation:encounter:code=a', 'e'],
    ['Encounter?_has:Observation:encounter:code=a&_id=e', 'e'],
    ['Patient?_has:Observation:patient:_has:Provenance:target:_id=p', 'wang'],
    ['Patient?_id=wang&_has:Observation:patient:_has:Provenance:target:recorded=2024', 'wang'],
    ['Observation?patient._has:Encounter:patient:class=AMB', 'a'],
    ['Observation?subject._has:Encounter:patient:class=AMB', 'a'],
    ['Organization?_has:Patient:organization:name=王', 'part'],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(search)).sort().join(' '), expected, search)
})

t.test('a hidden resource leads nowhere, in neither direction', async t => {
  const store = await Store.open(t)
  await store.put({ resourceType: 'Patient', id: 'own' }, { owner: no6 })
  await store.put(
    {
      ...{ resourceType: 'Observation', id: 'hidden', code: { coding: [{ code: 'h' }] } },
      subject: { reference: 'Patient/own' },
    },
    { owner: tinglin },
  )
  const search = 'Patient?_has:Observation:patient:code=h'
  for (const driven of ['', '&_id=own']) {
    t.same(await store.ids(`${search}${driven}`, seenBy(no6)), [], driven)
    t.equal(await store.total(`${search}${driven}&_count=0`, seenBy(no6)), 0)
  }
})

t.test('modifiers ask for what is missing, typed, logical, above and below', async t => {
  const store = await Store.open(t)
  await fill(store)
  for (const [id, url] of [
    ['v', 'http://a.test/fhir/ValueSet/v'],
    ['w', 'http://a.test/fhir/ValueSet/wide'],
    ['f', 'http://a.test/fhir'],
    ['u', 'urn:oid:1.2'],
  ] as const)
    await store.put({ resourceType: 'ValueSet', id, url })
  const cases: readonly (readonly [string, string])[] = [
    ['Observation?encounter:missing=true', 'b c'],
    ['Observation?encounter:missing=false', 'a'],
    ['Observation?patient:missing=true', 'c'],
    ['Observation?subject:missing=true', ''],
    ['Observation?code:missing=false&patient=wang', 'a'],
    ['Observation?value-quantity:missing=true', 'a b c'],
    ['Observation?date:missing=true', 'a b c'],
    ['Patient?_id:missing=true', ''],
    ['Patient?birthdate:missing=false', 'li wang'],
    ['Patient?name:missing=true', 'li'],
    ['Patient?organization:missing=true', 'li'],
    ['Observation?subject:identifier=x|9', 'c'],
    ['Observation?subject:identifier=9', 'c'],
    ['Observation?patient:identifier=9', ''],
    ['Patient?identifier:of-type=t|MR|7', 'wang'],
    ['Patient?identifier:of-type=t|MR|8', ''],
    ['ValueSet?url:below=http://a.test/fhir', 'f v w'],
    ['ValueSet?url:below=http://a.test/fhir/', 'f v w'],
    ['ValueSet?url:below=http://a.test/fhir/ValueSet/w', ''],
    ['ValueSet?url:above=http://a.test/fhir/ValueSet/v/x', 'f v'],
    ['ValueSet?url:above=urn:oid:1.2', 'u'],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(search)).sort().join(' '), expected, search)
})
