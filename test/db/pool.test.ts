import t from 'tap'
import { Unavailable, VersionConflict } from '../../src/fhir/errors.ts'
import { limits } from '../../src/fhir/limits.ts'
import type { Statement } from '../../src/db/database.ts'
import { createDatabase } from '../../src/db/pool.ts'
import { violatedConstraint } from '../../src/db/sqlstate.ts'
import { aDatabase, aDatabaseUrl, onServer } from '../database.ts'

/** Refusals as tap matches them. */
const unavailable = { status: 503, code: 'unavailable' }
const outcomeUnknown = { status: 503, code: 'outcome-unknown' }
const conflict = { status: 409, code: 'write-conflict' }
const tooCostly = { status: 422, code: 'statement-timeout' }

const sql = (text: string, ...values: unknown[]): Statement => ({ name: text, text, values })

t.test('values keep their precision on the way back', async t => {
  const database = await aDatabase(t)
  const [row] = await database.query(
    sql(
      `select $1::bigint as key, $2::bigint[] as keys, $3::bytea as content,
        timestamptz '2026-01-31 08:00:00.123456+08' as at, timestamptz '-infinity' as low,
        1.10::numeric as amount, null::bigint as nothing, $4::text[] as words`,
      -9223372036854775808n,
      [1n, -2n, 9223372036854775807n],
      Buffer.from('会诊'),
      ['a,b', '"', null],
    ),
  )
  t.same(row, {
    key: -9223372036854775808n,
    keys: [1n, -2n, 9223372036854775807n],
    content: Buffer.from('会诊'),
    at: '2026-01-31 00:00:00.123456+00',
    low: '-infinity',
    amount: '1.10',
    nothing: null,
    words: ['a,b', '"', null],
  })
})

t.test('connections start with the settings the plans were measured with', async t => {
  const database = await aDatabase(t, { statementMillisecondsMax: 1234 })
  const settings = await database.query(
    sql(`select name, setting from pg_settings where name in
      ('jit', 'random_page_cost', 'TimeZone', 'statement_timeout', 'application_name', 'search_path')
      order by name collate "C"`),
  )
  t.same(
    settings.map(({ name, setting }) => `${String(name)}=${String(setting)}`),
    [
      'TimeZone=UTC',
      'application_name=huizhen',
      'jit=off',
      'random_page_cost=1.1',
      'search_path=public',
      'statement_timeout=1234',
    ],
  )
})

t.test('a transaction of one statement takes two round trips and is kept', async t => {
  const seen: string[] = []
  const database = await aDatabase(t, { onStatement: ({ text }) => void seen.push(text) })
  await database.query(sql('create table thing (id int primary key)'))
  seen.length = 0
  const insert = sql('insert into thing values ($1) returning id', 1)
  t.same(await database.transaction(transaction => transaction.query(insert)), [{ id: 1 }])
  t.same(seen, ['begin', insert.text, 'commit'])
  t.same(await database.query(sql('select id from thing')), [{ id: 1 }])
})

t.test('a transaction that fails anywhere leaves nothing behind', async t => {
  let failAt = 0
  let count = 0
  const database = await aDatabase(t, {
    onStatement: () => {
      count += 1
      if (count === failAt) throw Object.assign(new Error('scripted'), { code: '57P01' })
    },
  })
  await database.query(sql('create table thing (id int primary key)'))
  for (failAt = 1; ; failAt++) {
    count = 0
    const outcome = await database
      .transaction(async transaction => {
        await transaction.query(sql('insert into thing values (1)'))
        await transaction.query(sql('insert into thing values (2)'))
      })
      .then(
        () => 'kept',
        (error: unknown) => error,
      )
    if (outcome === 'kept') break
    t.ok(outcome instanceof Unavailable, `statement ${failAt} failed, and the caller was told`)
    count = failAt
    t.same(await database.query(sql('select id from thing')), [], 'nothing is left')
  }
  t.equal(failAt, 5, 'begin, two inserts and commit were each made to fail')
})

t.test('a swallowed failure inside a transaction is never reported as kept', async t => {
  const database = await aDatabase(t)
  await t.rejects(
    database.transaction(async transaction => {
      await transaction.query(sql('select 1/0')).catch(() => {})
    }),
  )
})

t.test('a unique violation is a conflict that names its constraint', async t => {
  const database = await aDatabase(t)
  await database.query(sql('create table thing (id int constraint thing_id primary key)'))
  await database.query(sql('insert into thing values (1)'))
  const error: unknown = await database.query(sql('insert into thing values (1)')).catch(e => e)
  t.ok(error instanceof VersionConflict)
  t.equal(violatedConstraint(error), 'thing_id')
})

t.test('a statement that runs too long is refused as too costly', async t => {
  const database = await aDatabase(t, { statementMillisecondsMax: 50 })
  await t.rejects(database.query(sql('select pg_sleep(5)')), tooCostly)
  t.same(await database.query(sql('select 1 as one')), [{ one: 1 }], 'and the next one runs')
})

t.test('a text that PostgreSQL cannot hold is the request at fault, not the server', async t => {
  const database = await aDatabase(t)
  await t.rejects(database.query(sql('select $1::text', 'a\u0000b')), {
    status: 400,
    code: 'value-not-storable',
  })
})

t.test('transactions that meet are run again until each is kept', async t => {
  const database = await aDatabase(t)
  await database.query(sql('create table tally (id int primary key, count int)'))
  await database.query(sql('insert into tally values (1, 0), (2, 0)'))
  let runs = 0
  const add = (first: number, second: number) =>
    database.transaction(async transaction => {
      runs += 1
      await transaction.query(sql('update tally set count = count + 1 where id = $1', first))
      await transaction.query(sql('select pg_sleep(0.05)'))
      await transaction.query(sql('update tally set count = count + 1 where id = $1', second))
    })
  await Promise.all([add(1, 2), add(2, 1)])
  t.same(await database.query(sql('select count from tally')), [{ count: 2 }, { count: 2 }])
  t.ok(runs > 2, 'one of the two met a deadlock and ran again')
})

t.test('a conflict that does not pass is reported after bounded retries', async t => {
  const database = await aDatabase(t)
  let runs = 0
  await t.rejects(
    database.transaction(async transaction => {
      runs += 1
      await transaction.query(
        sql(`do $$ begin raise exception 'x' using errcode = '40001'; end $$`),
      )
    }),
    conflict,
  )
  t.equal(runs, limits.writeRetriesMax + 1)
})

t.test('a snapshot sees one moment and writes nothing', async t => {
  const database = await aDatabase(t)
  await database.query(sql('create table thing (id int)'))
  const count = sql('select count(*)::int as count from thing')
  await database.snapshot(async snapshot => {
    t.same(await snapshot.query(count), [{ count: 0 }])
    await database.query(sql('insert into thing values (1)'))
    t.same(await snapshot.query(count), [{ count: 0 }])
  })
  t.same(await database.query(count), [{ count: 1 }])
  await t.rejects(
    database.snapshot(snapshot => snapshot.query(sql('insert into thing values (1)'))),
    unavailable,
  )
})

t.test('sessions ended by the administrator are replaced without a restart', async t => {
  const lost: Error[] = []
  const database = await aDatabase(t, { onConnectionLoss: error => void lost.push(error) })
  const name = (await database.query(sql('select current_database() as name')))[0]?.['name']
  const endAll = () =>
    onServer(client =>
      client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
        name,
      ]),
    )
  const running = database.query(sql('select pg_sleep(10)'))
  const during = t.rejects(running, outcomeUnknown)
  await database.query(sql('select pg_sleep(0.1)'))
  await endAll()
  await during
  for (let n = 0; lost.length === 0 && n < 100; n++) await new Promise(r => setTimeout(r, 10))
  t.ok(lost.length > 0, 'the idle connection was lost')
  t.same(await database.query(sql('select 1 as one')), [{ one: 1 }])
})

t.test('an absent database is unavailable, not a fault', async t => {
  const database = createDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' })
  t.teardown(() => database.close())
  await t.rejects(database.query(sql('select 1')), unavailable)
  await t.rejects(
    database.transaction(transaction => transaction.query(sql('select 1'))),
    unavailable,
  )
})

t.test('a closed database refuses and does not hang', async t => {
  const database = createDatabase({ url: await aDatabaseUrl(t) })
  await database.query(sql('select 1'))
  await database.close()
  await t.rejects(database.query(sql('select 1')), unavailable)
})

t.test('kysely shares the pool and its refusals', async t => {
  const database = await aDatabase(t)
  const { sql: raw } = await import('kysely')
  const { rows } = await raw`select 9007199254740993::bigint as key`.execute(database.kysely)
  t.same(rows, [{ key: 9007199254740993n }])
  await t.rejects(raw`select ${'a\u0000'}::text`.execute(database.kysely), {
    status: 400,
    code: 'value-not-storable',
  })
})
