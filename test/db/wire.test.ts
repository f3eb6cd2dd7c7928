/** The query protocol on a connection of our own. */
import pg from 'pg'
import t, { type Test } from 'tap'
import { poolConfig } from '../../src/db/connection.ts'
import type { Row } from '../../src/db/database.ts'
import { Wire } from '../../src/db/wire.ts'
import { onServer, serverUrl } from '../database.ts'

const aWire = async (t: Test, silenceMilliseconds = 0): Promise<Wire> => {
  const pool = new pg.Pool(poolConfig({ url: serverUrl(), max: 1 }))
  pool.on('connect', client => void client.on('error', () => {}))
  const wire = new Wire(await pool.connect(), silenceMilliseconds)
  t.teardown(async () => {
    await wire.release()
    await pool.end()
  })
  return wire
}

const ask = (wire: Wire, text: string, ...values: unknown[]): Promise<Row[]> =>
  wire.query({ name: text.slice(0, 60), text, values })

t.test('values of every kind come back as they do by pg', async t => {
  const wire = await aWire(t)
  const text = `select 1::smallint as small, -2147483648 as least, 9007199254740993::bigint as large,
    -5::bigint as minus, true as yes, false as no, null::text as nothing, '咳嗽' as words,
    '\\x00ff41'::bytea as bytes, ''::bytea as empty, 12.50::numeric as exact, 0.5::float8 as half,
    '{1,null,-3}'::bigint[] as keys, '{"a b",c}'::text[] as texts, 'infinity'::timestamptz as ever,
    '{"a": [1]}'::json as tree, "char" 'P' as letter, date '2026-02-03' as day, 7::oid as number`
  const rows = await ask(wire, text)
  t.strictSame(await ask(wire, text), rows, 'a second time, prepared already')
  const pool = new pg.Pool(poolConfig({ url: serverUrl(), max: 1 }))
  t.teardown(() => pool.end())
  t.strictSame(rows, (await pool.query(text)).rows)
})

t.test('values of every kind arrive as they do by pg', async t => {
  const wire = await aWire(t)
  const long = '长'.repeat(30_000)
  const bytes = Buffer.from([0, 255, 92])
  const text =
    'select $1::text as a, $2::text as b, $3::bigint as c, $4::integer as d, $5::bytea as e, $6::boolean as f, $7::text as g, $8::text[] as h'
  const values = ['plain', '汉字 and ASCII', 2n ** 62n, -7, bytes, false, null, '{"x","\\"y"}']
  const [row] = await ask(wire, text, ...values)
  t.strictSame(row, {
    ...{ a: 'plain', b: '汉字 and ASCII', c: 2n ** 62n, d: -7, e: bytes, f: false, g: null },
    h: ['x', '"y'],
  })
  const [far] = await ask(wire, 'select $1::text as long', long)
  t.equal(far!['long'], long)
})

t.test('answers larger than a piece of the network come whole, and in their order', async t => {
  const wire = await aWire(t)
  const text = `select repeat($1::text, $2::integer) as big, decode(repeat('00ff', $2::integer), 'hex') as bytes`
  const sizes = [1, 500_000, 3, 70_000, 65_535]
  const answers = await Promise.all(sizes.map(size => ask(wire, text, 'é', size)))
  for (const [index, size] of sizes.entries()) {
    t.equal(answers[index]![0]!['big'], 'é'.repeat(size))
    t.equal((answers[index]![0]!['bytes'] as Buffer).length, 2 * size)
  }
  const rows = await ask(wire, 'select n from generate_series(1, 20000) n')
  t.strictSame([rows.length, rows.at(-1)], [20_000, { n: 20_000 }])
})

t.test('a statement that fails leaves those beside it alone', async t => {
  const wire = await aWire(t)
  const outcomes = await Promise.allSettled([
    ask(wire, 'select 1 as n'),
    ask(wire, 'select nonsense'),
    ask(wire, 'select 1 / $1::integer as n', 0),
    ask(wire, 'select $1::text as n', { an: 'object' }),
    ask(wire, 'select 2 as n'),
  ])
  t.strictSame(
    outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value : 'refused')),
    [[{ n: 1 }], 'refused', 'refused', 'refused', [{ n: 2 }]],
  )
  t.match(outcomes[1], { reason: { code: '42703', severity: 'ERROR' } })
  t.match(outcomes[2], { reason: { code: '22012' } })
  t.match(outcomes[3], { reason: { name: 'TypeError' } })
  t.strictSame(await ask(wire, 'select 1 / $1::integer as n', 1), [{ n: 1 }], 'it can be run again')
  await t.rejects(ask(wire, 'select nonsense'), { code: '42703' })
})

t.test('statements that give no rows, or none of this time', async t => {
  const wire = await aWire(t)
  t.strictSame(await ask(wire, 'set application_name = tested'), [])
  t.strictSame(await ask(wire, 'select 1 where $1::boolean', false), [])
  t.strictSame(await ask(wire, 'select from generate_series(1, 2)'), [{}, {}])
})

t.test('more statements than are kept prepared are all answered', async t => {
  const wire = await aWire(t)
  const many = Array.from({ length: 1100 }, (_, n) => n)
  for (let from = 0; from < many.length; from += 100) {
    const some = many.slice(from, from + 100)
    const answers = await Promise.all(
      some.flatMap(n => [ask(wire, `select ${n} as n`), ask(wire, `select ${n} as n`)]),
    )
    t.strictSame(
      answers.map(([row]) => row!['n']),
      some.flatMap(n => [n, n]),
    )
  }
  const [row] = await ask(wire, 'select count(*)::integer as prepared from pg_prepared_statements')
  t.ok((row!['prepared'] as number) <= 700, 'and few stay prepared')
  t.strictSame(await ask(wire, 'select 0 as n'), [{ n: 0 }])
})

t.test('a server that says nothing counts as lost', async t => {
  const wire = await aWire(t, 100)
  await t.rejects(
    Promise.all([ask(wire, 'select pg_sleep(20)'), ask(wire, 'select 1')]),
    /Query read timeout/,
  )
  t.ok(wire.isLost)
  await t.rejects(ask(wire, 'select 1'), /Query read timeout/)
})

t.test('a connection that is ended fails what waits on it', async t => {
  const wire = await aWire(t)
  const [row] = await ask(wire, 'select pg_backend_pid() as pid')
  const asleep = Promise.allSettled([ask(wire, 'select pg_sleep(20)'), ask(wire, 'select 1')])
  await onServer(async client => {
    await client.query('select pg_terminate_backend($1)', [row!['pid']])
  })
  t.strictSame(
    (await asleep).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  t.ok(wire.isLost)
})

t.test('what is under way when the connection is given back is answered', async t => {
  const wire = await aWire(t)
  const answer = ask(wire, 'select 3 as n, pg_sleep(0.05)::text as slept')
  await wire.release()
  t.match(await answer, [{ n: 3 }])
  await t.rejects(ask(wire, 'select 1'), /Connection terminated/)
})
