import t from 'tap'
import { compileVersion, type VersionRow } from '../../src/search/compile-read.ts'
import { keyOf } from '../../src/search/hash.ts'
import { permit, type Visibility } from '../../src/search/permitted.ts'
import { no6, seenBy, tinglin, zhujing } from './fixture.ts'
import { li, observation, Records, wang } from './records.ts'

t.test('chains, inclusions and reference values tell nothing of what is hidden', async t => {
  const { store, ...records } = await Records.open(t)
  await store.put({ resourceType: 'Patient', id: 'named', name: [{ family: 'Wang' }] })
  await store.put({ resourceType: 'Encounter', id: 'e', subject: { reference: 'Patient/wang' } })
  await store.put(observation('linked', { encounter: { reference: 'Encounter/e' } }))
  await store.put(observation('of-named', { subject: { reference: 'Patient/named' } }))
  const named = keyOf('Patient', 'named')
  for (const patient of [wang, named]) {
    await records.gate(no6, patient)
    await records.rule({ patient, types: ['Observation'] })
  }
  const cases: readonly (readonly [string, string, string])[] = [
    ['Observation?encounter=Encounter/e', 'linked', ''],
    ['Observation?encounter=e', 'linked', ''],
    ['Observation?patient=wang&encounter=Encounter/e', 'linked', ''],
    ['Observation?subject:Patient.family=Wang', 'of-named', ''],
    ['Observation?patient=Patient/named', 'of-named', 'of-named'],
  ]
  for (const [search, own, foreign] of cases) {
    t.same((await store.ids(search)).join(' '), own, search)
    t.same((await store.ids(search, seenBy(no6))).join(' '), foreign, `${search} by no6`)
  }
  const including =
    'Observation?_id=linked&_include=Observation:encounter&_include=Observation:subject'
  t.same(await store.included(including), ['e', 'wang'])
  t.same(await store.included(including, seenBy(no6)), [])
  await records.rule({ types: ['Encounter', 'Patient'] })
  t.same(await store.included(including, seenBy(no6)), ['e', 'wang'])
  t.same(await store.ids('Observation?encounter=Encounter/e', seenBy(no6)), ['linked'])
  t.same(await store.included('Patient?_id=wang&_revinclude=Observation:subject', seenBy(no6)), [
    'linked',
    'o',
  ])
  t.same(
    await store.included('Patient?_id=wang&_revinclude=Encounter:subject', seenBy(zhujing)),
    [],
  )
})

t.test('a version is seen when it and the current one may be', async t => {
  const { store, ...records } = await Records.open(t)
  await store.run('update resource set version = 3 where id = $1', ['o'])
  const past = (version: number, patient: bigint) =>
    store.run(
      `insert into resource_version select key, $1, type, id, owner, false, last_updated, $2, null, null, content
       from resource where id = 'o'`,
      [version, patient],
    )
  await past(1, li)
  await past(2, wang)
  const versions = async (visibility: Visibility) => {
    const given: number[] = []
    for (const versionId of [4, 3, 2, 1]) {
      const question = permit({ resourceType: 'Observation', id: 'o', versionId }, visibility)
      const rows = await store.database.query<VersionRow>(compileVersion(question))
      given.push(...rows.map(({ version }) => version))
    }
    return given
  }
  t.same(await versions(seenBy(tinglin)), [3, 2, 1])
  t.same(await versions(seenBy(no6)), [])
  await records.gate()
  await records.rule()
  t.same(await versions(seenBy(no6)), [3, 2])
  await records.gate(no6, li)
  await records.rule({ patient: li })
  t.same(await versions(seenBy(no6)), [3, 2, 1])
  await records.rule({ kind: 'D' })
  t.same(await versions(seenBy(no6)), [], 'what is withdrawn is withdrawn from history')
})
