/** `huizhen explain` and `huizhen reindex`, for the operator. */
import pg from 'pg'
import t from 'tap'
import { aCommandLine } from './command-line.ts'

t.setTimeout(120_000)
const line = await aCommandLine(t)
await line.run('org', 'add', 'tinglin', '--name', '亭林医院', '--references', 'open')
await line.run('client', 'add', 'tinglin-ehr', '--org', 'tinglin', '--scope', 'system/*.rs')

t.test('explain prints statement, plan and times as the client', async t => {
  const search = 'Observation?patient=tinglin-p1&_sort=-date'
  const told = await line.run('explain', search, '--client', 'tinglin-ehr')
  t.equal(told.code, 0, told.err)
  t.match(told.out, /statement:\nsearch-[0-9a-f]{24}/)
  t.match(told.out, /resource_patient[\s\S]*Execution Time/)
  const unknown = await line.run('explain', search, '--client', 'nobody')
  t.match(unknown, { code: 1, err: /no client "nobody"/ })
  const wrong = await line.run('explain', 'Observation?nothing=1', '--client', 'tinglin-ehr')
  t.match(wrong, { code: 1, err: /no search parameter/ })
  const noSearch = await line.run('explain', 'Observation/x', '--client', 'tinglin-ehr')
  t.equal(noSearch.code, 2)
})

t.test('reindex goes through what is stored, and says how much', async t => {
  const folder = t.testdir({
    'a.ndjson': JSON.stringify({
      ...{ resourceType: 'Basic', id: 'b1', code: { coding: [{ system: 's', code: 'c' }] } },
    }),
  })
  await line.run('import', folder, '--org', 'tinglin')
  const client = new pg.Client({ connectionString: line.url })
  await client.connect()
  const tokens = async () => (await client.query('select tokens, present from resource')).rows
  const before = await tokens()
  await client.query(`update resource set tokens = '{}', present = 0, indexed = 0`)
  const done = await line.run('reindex', '--type', 'Basic')
  t.match(done, { code: 0, out: 'Looked at 1, stored 1 anew.\n' })
  t.strictSame(await tokens(), before)
  await client.end()
  t.match(await line.run('reindex', '--parameter', 'none'), { code: 1, err: /no active/ })
  t.equal((await line.run('reindex', '--type', 'Nothing')).code, 2)
})
