import t from 'tap'
import { parseSearch } from '../../src/search/parse.ts'
import { permit } from '../../src/search/permitted.ts'
import { compress } from '../../src/store/content.ts'
import { searchResources } from '../../src/store/search.ts'
import { asked, no6, options, seenBy, tinglin } from '../search/fixture.ts'
import { observation, Records } from '../search/records.ts'

t.test('totals are exact on both sides of the bound to counting one by one', async t => {
  const records = await Records.open(t)
  const { store } = records
  await store.run('delete from resource where id = $1', ['o'])
  const laboratory = observation('n0', {
    category: [{ coding: [{ system: 'c', code: 'laboratory' }] }],
  })
  await store.put(laboratory)
  await store.run('update resource set content = $1', [
    compress(Buffer.from(JSON.stringify(laboratory))),
  ])
  let stored = 1
  const grow = async (count: number) => {
    await store.run(
      `insert into resource (key, type, id, version, owner, last_updated, patient, date_low, date_high, tokens, content, category)
       select n, r.type, 'n' || n, 1, 1, r.last_updated, r.patient, r.date_low, r.date_high, r.tokens, r.content, r.category
       from generate_series(${stored}, ${count - 1}) n, resource r where r.id = 'n0'`,
    )
    stored = count
  }
  await records.gate()
  await records.rule({ types: ['Observation'] })
  const found = (search: string, caller: number) =>
    searchResources(store.database, permit(parseSearch(...asked(search), options), seenBy(caller)))
  for (const count of [50, 500, 501, 1200]) {
    await grow(count)
    for (const caller of [tinglin, no6])
      for (const criteria of ['', '&category=laboratory', '&category:not=imaging', '&code=A']) {
        const search = `Observation?patient=wang${criteria}&_count=50`
        const first = await found(search, caller)
        t.strictSame((await found(search, caller)).total, first.total, 'asked anew')
        t.equal(first.total, count, `${search} of ${count}`)
        t.equal(first.matches.length, 50)
        t.equal(first.countedPatients.length, caller === no6 && count > 50 ? 1 : 0)
      }
    t.equal((await found('Observation?patient=wang&category=imaging', no6)).total, 0)
  }
  await store.run(`delete from resource where type = 95 and id <> 'n0'`)
  t.equal((await found('Observation?patient=wang&_count=50', tinglin)).total, 1, 'few again')
})
