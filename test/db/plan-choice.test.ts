/** Whether PostgreSQL plans a prepared statement anew for each of its values. */
import t from 'tap'
import type { Statement } from '../../src/db/database.ts'
import { aDatabase } from '../database.ts'

const mode: Statement = {
  name: '',
  text: `select current_setting('plan_cache_mode') as mode`,
  values: [],
}
type Mode = { mode: string }

t.test('a connection plans as the statement wants that runs on it', async t => {
  const database = await aDatabase(t, { max: 1 })
  const modeFor = async (plan: Statement['plan']) =>
    (await database.query<Mode>({ ...mode, plan }))[0]?.mode
  t.equal(await modeFor(undefined), 'auto')
  t.equal(await modeFor('generic'), 'force_generic_plan')
  t.equal(await modeFor(undefined), 'force_generic_plan', 'either will do')
  t.equal(await modeFor('by-values'), 'auto')
})

t.test(
  'a transaction starts with plans by values, whatever ran before it, and keeps them',
  async t => {
    const database = await aDatabase(t, { max: 1 })
    await database.query({ ...mode, plan: 'generic' })
    const [inside] = await database.snapshot(transaction => transaction.query<Mode>(mode))
    t.equal(inside?.mode, 'auto')
    await database.query({ ...mode, plan: 'generic' })
    await t.rejects(
      database.transaction(async transaction => {
        await transaction.query(mode)
        throw new Error('undone')
      }),
      { message: 'undone' },
    )
    const [after] = await database.query<Mode>(mode)
    t.equal(after?.mode, 'auto')
    const [generic] = await database.query<Mode>({ ...mode, plan: 'generic' })
    t.equal(generic?.mode, 'force_generic_plan')
  },
)

t.test('a generic statement is never planned for its values', async t => {
  const database = await aDatabase(t, { max: 1 })
  const text = 'select count(*) from resource where key = $1::bigint'
  for (let value = 0; value < 3; value++)
    await database.query({ name: 'counted', text, values: [String(value)], plan: 'generic' })
  const [plans] = await database.query<{ generic: bigint; custom: bigint }>({
    name: '',
    text: `select generic_plans as generic, custom_plans as custom from pg_prepared_statements where name = 'counted'`,
    values: [],
  })
  t.strictSame(plans, { generic: 3n, custom: 0n })
})
