/** Inclusions of inclusions and of everything. @see https://hl7.org/fhir/R4/search.html#include */
import t from 'tap'
import { limits } from '../../src/fhir/limits.ts'
import { no6, seenBy, Store, tinglin, zhujing } from './fixture.ts'

const reference = (reference: string) => ({ reference })

const fill = async (store: Store): Promise<void> => {
  const organization = (id: string, partOf?: string) =>
    store.put({
      ...{ resourceType: 'Organization', id },
      ...(partOf === undefined ? {} : { partOf: reference(`Organization/${partOf}`) }),
    })
  await organization('top')
  await organization('middle', 'top')
  await organization('low', 'middle')
  await store.put({
    ...{ resourceType: 'Patient', id: 'wang' },
    managingOrganization: reference('Organization/low'),
  })
  await store.put({
    ...{ resourceType: 'Encounter', id: 'e', status: 'planned', class: { code: 'AMB' } },
    ...{ subject: reference('Patient/wang'), serviceProvider: reference('Organization/middle') },
  })
  const observation = (id: string, more: object = {}) =>
    store.put({
      ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ code: id }] } },
      ...{ subject: reference('Patient/wang'), ...more },
    })
  await observation('a', { encounter: reference('Encounter/e') })
  await observation('b', { derivedFrom: [reference('Observation/a')] })
  await observation('c', { derivedFrom: [reference('Observation/b')] })
  await observation('loop', { derivedFrom: [reference('Observation/loop')] })
  await store.put({
    ...{ resourceType: 'Provenance', id: 'p', recorded: '2024-01-01T00:00:00Z' },
    ...{ target: [reference('Observation/a')], agent: [{ who: { display: 'x' } }] },
  })
}

t.test('what is included is followed where it is asked for, and only there', async t => {
  const store = await Store.open(t)
  await fill(store)
  const patient = '_include=Observation:patient'
  const cases: readonly (readonly [string, string])[] = [
    [`Observation?_id=a&${patient}`, 'wang'],
    [`Observation?_id=a&${patient}&_include=Observation:encounter`, 'e wang'],
    [`Observation?_id=a&${patient}&_include:iterate=Patient:organization`, 'low wang'],
    [
      `Observation?_id=a&${patient}&_include:iterate=Patient:organization&_include:iterate=Organization:partof`,
      'low middle top wang',
    ],
    [`Observation?_id=a&_include:iterate=Organization:partof`, ''],
    [`Organization?_id=low&_include=Organization:partof`, 'middle'],
    [`Organization?_id=low&_include:iterate=Organization:partof`, 'middle top'],
    [`Organization?_id=top&_revinclude=Organization:partof`, 'middle'],
    [`Organization?_id=top&_revinclude:iterate=Organization:partof`, 'low middle'],
    [
      `Organization?_id=top&_revinclude:iterate=Organization:partof&_revinclude:iterate=Patient:organization`,
      'low middle wang',
    ],
    [
      `Organization?_id=low&_revinclude=Patient:organization&_revinclude:iterate=Observation:patient`,
      'a b c loop wang',
    ],
    [`Observation?_id=c&_include:iterate=Observation:derived-from`, 'a b'],
    [`Observation?_id=a&_revinclude:iterate=Observation:derived-from`, 'b c'],
    [`Observation?_id=loop&_include:iterate=Observation:derived-from`, ''],
    [
      `Observation?_id=c&_include:iterate=Observation:derived-from&_revinclude:iterate=Provenance:target`,
      'a b p',
    ],
    [`Observation?_id=a,b&_include:iterate=Observation:encounter&_include=Encounter:*`, 'refused'],
  ]
  for (const [search, expected] of cases)
    if (expected === 'refused') await t.rejects(store.included(search), search)
    else t.equal((await store.included(search)).join(' '), expected, search)
})

t.test('a wildcard stands for every reference, out and in', async t => {
  const store = await Store.open(t)
  await fill(store)
  const cases: readonly (readonly [string, string])[] = [
    ['Observation?_id=a&_include=*', 'e wang'],
    ['Observation?_id=a&_include=Observation:*', 'e wang'],
    ['Observation?_id=b&_include=*', 'a wang'],
    ['Observation?_id=b&_include=*&_revinclude=*', 'a c wang'],
    ['Patient?_id=wang&_revinclude=*', 'a b c e loop'],
    ['Patient?_id=wang&_revinclude=Observation:*', 'a b c loop'],
    ['Encounter?_id=e&_include=*&_revinclude=*', 'a middle wang'],
    ['Observation?_id=a&_include=*&_include:iterate=Encounter:*', 'e middle wang'],
    ['Observation?_id=a&_revinclude=Provenance:target:Observation', 'p'],
    ['Observation?_id=a&_include=Observation:subject:Group', ''],
    ['Observation?_id=a&_include=Observation:subject:Patient', 'wang'],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.included(search)).join(' '), expected, search)
})

t.test('an inclusion takes no place of a match, and no page shows it as one', async t => {
  const store = await Store.open(t)
  await fill(store)
  const search =
    'Observation?_sort=_id&_count=2&_include=*&_include:iterate=Organization:partof&_include:iterate=Patient:organization'
  const { matches, total, next } = await store.page(search)
  t.same(matches, ['a', 'b'])
  t.equal(total, 4)
  t.ok(next, 'there are more')
  t.same(await store.included(search), ['e', 'low', 'middle', 'top', 'wang'])
})

t.test('what is hidden is neither included nor led through', async t => {
  const store = await Store.open(t)
  await fill(store)
  await store.put(
    {
      ...{ resourceType: 'Encounter', id: 'theirs', status: 'planned', class: { code: 'AMB' } },
      serviceProvider: reference('Organization/top'),
    },
    { owner: zhujing },
  )
  await store.put(
    {
      ...{ resourceType: 'Observation', id: 'ours', status: 'final', code: { text: 'x' } },
      encounter: reference('Encounter/theirs'),
    },
    { owner: no6 },
  )
  for (const search of [
    'Observation?_id=ours&_include=*&_include:iterate=Encounter:*',
    'Observation?_id=ours&_include=Observation:encounter&_include:iterate=Encounter:service-provider',
  ]) {
    t.same(await store.included(search, seenBy(no6)), [], search)
    t.same(await store.included(search, seenBy(zhujing)), [])
  }
  const around = 'Organization?_id=top&_revinclude:iterate=*'
  await t.rejects(store.included(around), 'everything from everywhere has no end')
  t.same(await store.included('Organization?_id=top&_revinclude=*', seenBy(zhujing)), [
    'middle',
    'theirs',
  ])
  t.same(await store.included('Organization?_id=top&_revinclude=*', seenBy(tinglin)), ['middle'])
})

t.test('there is an end to what is followed', async t => {
  const store = await Store.open(t)
  await store.put({ resourceType: 'Patient', id: 'many' })
  const values = Array.from({ length: limits.includedResourcesMax + 10 }, (_, at) => at)
  await store.put({
    ...{ resourceType: 'Observation', id: 'o', status: 'final', code: { coding: [{ code: 'A' }] } },
    subject: reference('Patient/many'),
  })
  await store.run(
    `insert into resource (key, type, id, version, owner, deleted, last_updated, patient, date_low, date_high, tokens, content, present)
     select n, type, 'o' || n, 1, owner, false, last_updated, patient, date_low, date_high, tokens, content, present
     from resource r cross join unnest($1::bigint[]) n where r.id = 'o'`,
    [`{${values.join()}}`],
  )
  const found = await store.included('Patient?_id=many&_revinclude:iterate=Observation:patient')
  t.equal(found.length, limits.includedResourcesMax + 1)
})
