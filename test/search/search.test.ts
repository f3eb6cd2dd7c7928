import t from 'tap'
import { Store } from './fixture.ts'

/** @see https://hl7.org/fhir/R4/search.html */

const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more })
const observation = (id: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: 'A' }] },
  subject: { reference: 'Patient/wang' },
  ...more,
})

t.test('dates compare as the R4 table of prefixes says', async t => {
  const store = await Store.open(t)
  await store.put(observation('day', { effectiveDateTime: '2013-03-14' }))
  await store.put(observation('month', { effectiveDateTime: '2013-03' }))
  await store.put(observation('moment', { effectiveDateTime: '2013-03-14T10:00:00+08:00' }))
  await store.put(
    observation('long', { effectivePeriod: { start: '2013-03-10', end: '2013-03-20' } }),
  )
  await store.put(observation('open', { effectivePeriod: { start: '2013-03-14' } }))
  await store.put(observation('until', { effectivePeriod: { end: '2013-03-13' } }))
  await store.put(observation('undated'))
  const cases: readonly (readonly [string, string])[] = [
    ['2013-03-14', 'day moment'],
    ['eq2013-03', 'day long moment month'],
    ['ne2013-03-14', 'long month open until'],
    ['ne2013', 'open until'],
    ['gt2013-03-14', 'long month open'],
    ['lt2013-03-14', 'long month until'],
    ['ge2013-03-14', 'day long moment month open'],
    ['le2013-03-14', 'day long moment month until'],
    ['sa2013-03-13', 'day moment open'],
    ['eb2013-03-14', 'until'],
    ['eb2013-03-15', 'day moment until'],
    ['2013-03-14T10:00:00%2B08:00', 'moment'],
    ['2013-03-14T02:00Z', 'moment'],
    ['gt2013-03-14T10:00:00', 'day long month open'],
    ['sa2013-03-14T09:59:59', 'moment'],
    ['2013-03-14,eb2013-03-14', 'day moment until'],
    ['eb2013-03-14,eb2013-03-15', 'day moment until'],
    ['2012', ''],
  ]
  for (const scope of ['patient=wang&', ''])
    for (const [value, expected] of cases) {
      const found = await store.ids(`Observation?${scope}date=${value}`)
      t.equal(found.sort().join(' '), expected, `${scope}${value}`)
    }
  t.same((await store.ids('Observation?date:missing=true')).sort(), ['undated'])
  t.equal((await store.ids('Observation?patient=wang&date:missing=false')).length, 6)
  t.same(
    await store.ids('Observation?date=ge2013-03-14&date=lt2013-03-15&patient=wang'),
    ['moment', 'day', 'open', 'long', 'month'],
    'newest start first',
  )
})

t.test('a date that is no clinical date compares alike', async t => {
  const store = await Store.open(t)
  await store.put(patient('a', { birthDate: '1970-01-01' }))
  await store.put(patient('b', { birthDate: '1970' }))
  await store.put(patient('c'))
  const cases: readonly (readonly [string, string])[] = [
    ['birthdate=1970-01-01', 'a'],
    ['birthdate=1970', 'a b'],
    ['birthdate=gt1970-01-01', 'b'],
    ['birthdate=ne1970-01-01', 'b'],
    ['birthdate=1970-01-01,1970', 'a b'],
    ['birthdate:missing=true', 'c'],
    ['birthdate:missing=false', 'a b'],
    ['birthdate=1970&_id=b', 'b'],
    ['_lastUpdated=gt2025&_id=c', 'c'],
    ['_lastUpdated=lt2025', ''],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(`Patient?${search}`)).sort().join(' '), expected, search)
})

t.test('strings are found by how they start, exactly, or by what they contain', async t => {
  const store = await Store.open(t)
  await store.put(patient('mueller', { name: [{ family: 'Müller', given: ['Anna', 'Lena'] }] }))
  await store.put(patient('wang', { name: [{ family: '王', given: ['小明'] }], gender: 'male' }))
  await store.put(patient('full', { name: [{ text: 'ＷＡＮＧ  Wei' }] }))
  await store.put(patient('none'))
  const cases: readonly (readonly [string, string])[] = [
    ['name=mull', 'mueller'],
    ['name=MÜLLER', 'mueller'],
    ['family=lena', ''],
    ['given=lena', 'mueller'],
    ['name=王小', 'wang'],
    ['name=王&gender=male', 'wang'],
    ['name=wang wei', 'full'],
    ['name=mull,王', 'mueller wang'],
    ['name=anna&name=lena', 'mueller'],
    ['family:exact=Müller', 'mueller'],
    ['family:exact=muller', ''],
    ['family:exact=Mül', ''],
    ['name:contains=ULL', 'mueller'],
    ['name:contains=明,lle', 'mueller wang'],
    ['family:missing=true', 'full none'],
    ['name=100%25', ''],
    ['name=_ull', ''],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(`Patient?${search}`)).sort().join(' '), expected, search)
})

t.test('several criteria must all hold, whichever of them finds the rows', async t => {
  const store = await Store.open(t)
  const code = (value: string) => ({ coding: [{ system: 'http://loinc.org', code: value }] })
  await store.put(patient('wang'))
  await store.put(observation('a', { code: code('A'), identifier: [{ system: 's', value: '1' }] }))
  await store.put(observation('b', { code: code('B'), category: [code('lab')] }))
  await store.put(observation('c', { code: code('A'), subject: { reference: 'Group/wang' } }))
  await store.put({ ...observation('gone'), id: 'gone' }, { deleted: true })
  const cases: readonly (readonly [string, string])[] = [
    ['code=A', 'a c'],
    ['code=A,B', 'a b c'],
    ['code=A&code=B', ''],
    ['code:not=A', 'b'],
    ['code:not=A,B', ''],
    ['code=http://loinc.org|&status=final', 'a b c'],
    ['identifier=s|1&code=A', 'a'],
    ['identifier=s|1&code=B', ''],
    ['patient=wang&code=A,B', 'a b'],
    ['subject=wang', 'a b c'],
    ['subject=wang&code=A', 'a c'],
    ['subject:Group=wang', 'c'],
    ['subject=Patient/wang,Group/wang', 'a b c'],
    ['patient=wang,li', 'a b'],
    ['patient=wang&patient=li', ''],
    ['patient:missing=true', 'c'],
    ['_id=a,b&code=A', 'a'],
    ['_id=gone', ''],
    ['category=lab,x&status=final,amended', 'b'],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(`Observation?${search}`)).sort().join(' '), expected, search)
})

t.test('a chain leads through a reference, typed or not', async t => {
  const store = await Store.open(t)
  await store.put(patient('wang', { name: [{ family: '王' }] }))
  await store.put(patient('li', { name: [{ family: '李' }], identifier: [{ value: 'L' }] }))
  await store.put({ resourceType: 'Group', id: 'g', identifier: [{ value: 'L' }] })
  await store.put({ resourceType: 'Encounter', id: 'e', status: 'planned', class: { code: 'AMB' } })
  await store.put(observation('w', { encounter: { reference: 'Encounter/e' } }))
  await store.put(observation('l', { subject: { reference: 'Patient/li' } }))
  await store.put(observation('g', { subject: { reference: 'Group/g' } }))
  const cases: readonly (readonly [string, string])[] = [
    ['subject:Patient.name=王', 'w'],
    ['patient.family:exact=李', 'l'],
    ['subject.identifier=L', 'g l'],
    ['subject:Group.identifier=L', 'g'],
    ['encounter.class=AMB', 'w'],
    ['encounter.class=IMP', ''],
    ['patient=wang&encounter.class=AMB', 'w'],
    ['patient=li&encounter.class=AMB', ''],
    ['patient.name=王,李', 'l w'],
    ['patient._id=li', 'l'],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(`Observation?${search}`)).sort().join(' '), expected, search)
})

t.test('inclusions follow references both ways, each resource once and no match again', async t => {
  const store = await Store.open(t)
  await store.put(
    patient('wang', { link: [{ type: 'seealso', other: { reference: 'Patient/li' } }] }),
  )
  await store.put(patient('li'))
  await store.put({ resourceType: 'Encounter', id: 'e', subject: { reference: 'Patient/wang' } })
  await store.put(
    observation('o1', {
      encounter: { reference: 'Encounter/e' },
      hasMember: [{ reference: 'Observation/o2' }],
    }),
  )
  await store.put(observation('o2', { encounter: { reference: 'Encounter/e' } }))
  await store.put(
    { ...observation('old'), encounter: { reference: 'Encounter/e' } },
    { deleted: true },
  )
  const cases: readonly (readonly [string, string])[] = [
    ['Observation?_include=Observation:subject', 'wang'],
    ['Observation?_include=Observation:subject:Patient&_include=Observation:encounter', 'e wang'],
    ['Observation?_include=Observation:subject:Group', ''],
    ['Observation?_id=o1&_include=Observation:has-member', 'o2'],
    ['Observation?_include=Observation:has-member', ''],
    ['Patient?_id=wang&_revinclude=Observation:subject', 'o1 o2'],
    ['Patient?_id=wang&_revinclude=Observation:patient&_include=Patient:link', 'li o1 o2'],
    ['Encounter?_revinclude=Observation:encounter&_include=Encounter:subject', 'o1 o2 wang'],
    ['Patient?_id=wang&_revinclude=Patient:link', ''],
    ['Patient?_id=li&_revinclude=Patient:link', 'wang'],
    ['Observation?_count=0&_include=Observation:subject', ''],
    ['Observation?_id=none&_include=Observation:subject', ''],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.included(search)).join(' '), expected, search)
  const first = await store.page('Observation?_sort=_id&_count=1&_include=Observation:has-member')
  t.match(
    first,
    { matches: ['o1'], included: ['o2'], total: 2 },
    'the match of the next page may be included on this one',
  )
})

t.test('the total is exact, and absent when it is not wanted', async t => {
  const store = await Store.open(t)
  for (let at = 0; at < 7; at++) await store.put(observation(`o${at}`))
  for (const count of [1, 6, 7, 8])
    t.equal(await store.total(`Observation?_count=${count}`), 7, `_count=${count}`)
  t.same(await store.page('Observation?_summary=count'), {
    ...{ matches: [], included: [], next: undefined },
    ...{ total: 7, counted_patients: null },
  })
  t.equal(await store.total('Observation?_total=none'), undefined)
  t.equal(await store.total('Observation?status=amended'), 0)
  const { matches, next } = await store.page('Observation?_count=3')
  t.equal(matches.length, 3)
  t.ok(next, 'there is a next page')
  t.equal((await store.page('Observation?_count=7')).next, undefined)
})
