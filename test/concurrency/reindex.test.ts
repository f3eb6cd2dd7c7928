/**
 * A search parameter is added while two processes write: once it is ready, what each of them was told is
 * stored is found by it, also when the process that indexes is killed on the way.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { serverProcesses } from './server-processes.ts'

t.setTimeout(120_000)

const { ask, databaseUrl, kill, start } = await serverProcesses(t, 2)
const client = new pg.Client({ connectionString: databaseUrl })
await client.connect()
t.teardown(() => client.end())
await client.query(`update client set operator = true where id = 'tinglin-ehr'`)

const before = 400
let written = 0

const create = async (server: number): Promise<void> => {
  const body = {
    resourceType: 'Basic',
    code: { text: 'x' },
    extension: [{ url: 'urn:example:ward', valueCode: 'W7' }],
  }
  const { status } = await ask(server, { method: 'POST', path: '/Basic', body })
  if (status !== 201) throw new Error(`status ${status}`)
  written++
}

const total = async (server: number) => {
  const path = '/Basic?ward=W7&_summary=count'
  const { status, json } = await ask(server, { method: 'GET', path })
  return { status, total: json.total, code: json.issue?.[0].details.coding[0].code }
}

const state = async (): Promise<string> =>
  (await client.query('select state from reindex_job order by number desc limit 1')).rows[0].state

t.test('no write of two processes misses a parameter added while they write', async t => {
  for (let at = 0; at < before; at += 20)
    await Promise.all(Array.from({ length: 20 }, (_, one) => create(one % 2)))
  const traffic = { isOn: true }
  const writers = [0, 1, 0, 1].map(async server => {
    while (traffic.isOn) await create(server)
  })
  const parameter = {
    ...{ resourceType: 'SearchParameter', url: 'urn:example:ward', name: 'ward', code: 'ward' },
    ...{ status: 'active', description: 'x', base: ['Basic'], type: 'token' },
    expression: `Basic.extension('urn:example:ward').value.ofType(code)`,
  }
  const added = await ask(0, { method: 'POST', path: '/SearchParameter', body: parameter })
  t.equal(added.status, 201)
  t.match(await total(1), { status: 400, code: 'search-parameter-not-ready' }, 'the other knows it')
  await sleep(200)
  const path = `/SearchParameter/${added.json.id}/$reindex`
  t.equal((await ask(1, { method: 'POST', path })).status, 200)
  for (let look = 0; look < 400 && (await state()) !== 'done'; look++) await sleep(50)
  t.equal(await state(), 'done')
  await sleep(200)
  traffic.isOn = false
  await Promise.all(writers)
  t.ok(written > before, `${written} written`)
  t.strictSame(await total(0), { status: 200, total: written, code: undefined })
  t.strictSame(await total(1), { status: 200, total: written, code: undefined })
})

t.test('the writes that began before are waited for, and nobody waits for the job', async t => {
  const other = new pg.Client({ connectionString: databaseUrl })
  await other.connect()
  await other.query('begin')
  await other.query(`update resource set method = method where id = 'tinglin-liuyang'`)
  t.equal((await ask(0, { method: 'POST', path: '/$reindex?type=Basic' })).status, 200)
  await sleep(1000)
  const job = 'select state, seen::int from reindex_job order by number desc limit 1'
  t.strictSame((await client.query(job)).rows, [{ state: 'running', seen: 0 }])
  await create(0)
  await create(1)
  await other.query('commit')
  await other.end()
  for (let look = 0; look < 400 && (await state()) !== 'done'; look++) await sleep(50)
  const [ended] = (await client.query(job)).rows
  t.equal(ended.state, 'done')
  t.equal(ended.seen, written)
})

t.test('a job whose process is killed is gone on with where it was', async t => {
  // Only the server asked begins with it; the other one looks once in half a minute.
  t.equal((await ask(1, { method: 'POST', path: '/$reindex' })).status, 200)
  const seen = async (): Promise<number> =>
    (await client.query('select seen::int from reindex_job order by number desc limit 1')).rows[0]
      .seen
  while ((await seen()) < 200 && (await state()) !== 'done') await sleep(2)
  kill(1)
  const kept = await seen()
  t.not(await state(), 'done')
  t.ok(kept >= 200, `${kept} seen`)
  const next = await start()
  for (let look = 0; look < 400 && (await state()) !== 'done'; look++) await sleep(50)
  t.equal(await state(), 'done')
  const { rows } = await client.query(
    `select count(*)::int as count from resource where not deleted
      and indexed < (select generation from index_generation)`,
  )
  t.strictSame(rows, [{ count: 0 }])
  t.strictSame(await total(next), { status: 200, total: written, code: undefined })
})
