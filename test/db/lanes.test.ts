/** Short statements that share connections. */
import t from 'tap'
import type { Statement } from '../../src/db/database.ts'
import { aDatabase, onServer } from '../database.ts'

const short = (text: string, ...values: unknown[]): Statement => ({
  name: text,
  text,
  values,
  isShort: true,
})
const backend = short('select pg_backend_pid() as pid')

t.test('many at a time use few connections, and each gets its own answer', async t => {
  const database = await aDatabase(t, { max: 16 })
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      database.query<{ n: number; pid: number }>(
        short('select $1::integer as n, pg_backend_pid() as pid', n),
      ),
    ),
  )
  t.strictSame(
    answers.map(([row]) => row!.n),
    answers.map((_, n) => n),
  )
  t.ok(new Set(answers.map(([row]) => row!.pid)).size <= 4)
})

t.test('a statement that fails does not touch those before and behind it', async t => {
  const database = await aDatabase(t, { max: 4 })
  const [before, failing, behind] = await Promise.allSettled([
    database.query(backend),
    database.query(short('select 1 / $1::integer', 0)),
    database.query(backend),
  ])
  t.equal(before.status, 'fulfilled')
  t.equal(failing.status, 'rejected')
  t.equal(behind.status, 'fulfilled')
})

t.test(
  'a lost connection fails what was on it as unavailable, and the next statement opens another',
  async t => {
    const database = await aDatabase(t, { max: 4 })
    const [row] = await database.query<{ pid: number }>(backend)
    const asleep = database.query(short('select pg_sleep(10)')).catch((error: unknown) => error)
    await onServer(async client => {
      await client.query('select pg_terminate_backend($1)', [row!.pid])
    })
    t.match(await asleep, { status: 503 })
    const [next] = await database.query<{ pid: number }>(backend)
    t.not(next!.pid, row!.pid)
  },
)

t.test('a pool too small for lanes runs them like any other', async t => {
  const database = await aDatabase(t, { max: 1 })
  const answers = await Promise.all([database.query(backend), database.query(backend)])
  t.equal(answers.length, 2)
  await database.transaction(async transaction => void (await transaction.query(backend)))
})
