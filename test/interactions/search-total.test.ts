/** Totals that are counted to their end, or not. @see https://hl7.org/fhir/R4/search.html#total */
import t from 'tap'
import { limits } from '../../src/fhir/limits.ts'
import { aServer, no6, tinglin, type Caller } from '../server.ts'

const { ask, app } = await aServer(t)
const get = async (query: string, as: Caller = tinglin) =>
  (await ask('GET', `/fhir/Basic?${query}`, { as })).json
const outcomes = (json: { entry?: { search: { mode: string } }[] }) =>
  (json.entry ?? []).filter(({ search }) => search.mode === 'outcome')

const fill = (count: number) =>
  app.context.database.query({
    ...{ name: '', values: [count] },
    text: `insert into resource (key, type, id, version, owner, deleted, last_updated, tokens, content, method)
      select 5000000 + n, type, 'b' || n, 1, owner, false, last_updated, '{}', content, method
      from (select * from resource where id = 'tinglin-b') r, generate_series(1, $1::integer) n`,
  })

t.test('an estimate is the exact number as long as that is cheap, and marked beyond', async t => {
  const body = { resourceType: 'Basic', id: 'tinglin-b', code: { text: 'x' } }
  await ask('PUT', '/fhir/Basic/tinglin-b', { as: tinglin, body })
  await fill(limits.estimatedTotalMax - 1)
  for (const query of ['_total=estimate&_count=2', '_total=estimate&_summary=count']) {
    const json = await get(query)
    t.equal(json.total, limits.estimatedTotalMax, query)
    t.strictSame(outcomes(json), [], 'exact, so not marked')
    t.equal((await get(query, no6)).total, 0, 'what is hidden is not in it')
  }
  await app.context.database.query({
    ...{ name: '', values: [] },
    text: `update resource set key = key - 10000000 where id = 'b1'`,
  })
  await fill(1)
  for (const query of ['_total=estimate&_count=2', '_total=estimate&_summary=count']) {
    const json = await get(query)
    t.equal(json.total, limits.estimatedTotalMax, query)
    t.match(outcomes(json), [
      { resource: { issue: [{ details: { coding: [{ code: 'search-total-estimated' }] } }] } },
    ])
  }
  t.equal((await get('_total=accurate&_count=2')).total, limits.estimatedTotalMax + 1)
  t.equal((await get('_count=2')).total, limits.estimatedTotalMax + 1, 'without it, too')
  t.equal((await get('_total=none&_count=2')).total, undefined)
})

t.test('there are no named queries, and none is passed over', async t => {
  const { status, json } = await ask('GET', '/fhir/Basic?_query=everyone', { as: tinglin })
  t.equal(status, 400)
  t.match(json.issue, [
    { code: 'not-supported', details: { coding: [{ code: 'search-query-unknown' }] } },
  ])
})
