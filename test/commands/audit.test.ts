/** `huizhen audit`, on a real database. */
import pg from 'pg'
import t from 'tap'
import { aCommandLine } from './command-line.ts'

const insert = `insert into audit_event (recorded, request_id, interaction, outcome, cross_hospital, entities, patients)
  values (now(), 'request', 'read', 200, true, '{}', '{}')`

t.test(
  'verify says that the trail is whole, or where it is not; prune says what it removed',
  async t => {
    const line = await aCommandLine(t)
    const client = new pg.Client({ connectionString: line.url })
    await client.connect()
    t.teardown(() => client.end())
    await client.query(insert)
    const whole = await line.run('audit', 'verify')
    t.match(whole, { code: 0, out: /^ok {4}1 rows under 1 seals\n +last seal 1:[0-9a-f]{64}\n$/ })
    const [, seal = ''] = /last seal (\S+)/.exec(whole.out) ?? []
    t.match(await line.run('audit', 'verify', '--expect', seal), { code: 0 })
    t.match(await line.run('audit', 'verify', '--expect', `1:${'0'.repeat(64)}`), {
      code: 1,
      out: /FAIL {2}seal 1/,
    })
    t.match(await line.run('audit', 'verify', '--expect', 'x'), { code: 2 })
    t.match(await line.run('audit', 'prune'), { code: 0, out: /Nothing is older than 10958 days/ })
    await client.query('set session_replication_role = replica')
    await client.query(`update audit_event set outcome = 404`)
    t.match(await line.run('audit', 'verify'), {
      code: 1,
      out: /FAIL {2}row 1 \(seal 1\) was changed/,
    })
  },
)
