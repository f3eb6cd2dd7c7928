/** A server under a role that can neither change the schema nor what is in the audit trail. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import t from 'tap'
import { aCommandLine } from '../commands/command-line.ts'
import { onServer, urlOf } from '../database.ts'
import { aServer, tinglin, zhang } from '../server.ts'

const role = `huizhen_serving_${randomUUID().slice(0, 8)}`
await onServer(async client => void (await client.query(`create role ${role} login password 'x'`)))
const line = await aCommandLine(t)
t.teardown(async () => {
  // The command line's own database is what DATABASE_URL names until the test ends.
  const client = new pg.Client({ connectionString: urlOf('postgres') })
  await client.connect()
  await client.query(`drop database if exists ${new URL(line.url).pathname.slice(1)} (force)`)
  await client.query(`drop role ${role}`)
  await client.end()
})
const servingUrl = (): string => {
  const url = new URL(line.url)
  Object.assign(url, { username: role, password: 'x' })
  return url.href
}

t.test('the command gives an existing role that is not the owner what it needs', async t => {
  t.match(await line.run('migrate', '--serving', role), {
    ...{ code: 0, err: '' },
    out: `The database is at this version.\nThe role ${role} can serve it.\n`,
  })
  t.equal((await line.run('migrate', '--serving', role)).code, 0, 'again')
  t.match(await line.run('migrate', '--serving', `${role}_missing`), {
    code: 1,
    err: /There is no role/,
  })
  const owner = new URL(line.url).username
  t.match(await line.run('migrate', '--serving', owner), { code: 1, err: /owns the tables/ })
})

t.test('a server works under it: starts, writes, discloses, keeps and seals its trail', async t => {
  const { ask, app } = await aServer(t, { DATABASE_URL: servingUrl() })
  const body = { resourceType: 'Basic', code: { text: 'x' } }
  t.equal((await ask('POST', '/fhir/Basic', { as: tinglin, body })).status, 201)
  const foreign = await ask('GET', '/fhir/Observation?patient=tinglin-liuyang', { as: zhang })
  t.equal(foreign.status, 200)
  t.ok(foreign.json.total > 0, 'another hospital, audited before it leaves')
  const owned = new pg.Client({ connectionString: line.url })
  await owned.connect()
  const { rows } = await owned.query('select count(*)::int as count from audit_event')
  await owned.end()
  t.ok(rows[0].count > 0)
  const { database } = app.context
  for (const text of [
    `select ensure_audit_month(now() - interval '3 years')`,
    'select seal_audit_events(audit_watermark(), 10)',
  ])
    await database.query({ name: text.slice(7, 30), text, values: [] })
})

for (const text of [
  'update audit_event set client = null',
  'delete from audit_event',
  'truncate audit_event',
  'insert into audit_seal (seal) values (1)',
  'delete from audit_seal',
  'alter table resource add column x integer',
  'drop table resource',
  'create table mine (x integer)',
  'truncate resource',
  'delete from migration',
  `select prune_audit_events(now() - interval '1 year')`,
  'alter table audit_event disable trigger all',
])
  t.test(`it cannot: ${text}`, async t => {
    const client = new pg.Client({ connectionString: servingUrl() })
    await client.connect()
    t.teardown(() => client.end())
    await t.rejects(client.query(text), { code: '42501' })
  })

t.test('nor reach a month of the trail by its own name', async t => {
  const client = new pg.Client({ connectionString: servingUrl() })
  await client.connect()
  t.teardown(() => client.end())
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relname ~ '^audit_event_[0-9]{4}_[0-9]{2}$'`,
  )
  t.ok(rows.length >= 2)
  for (const { name } of rows) {
    await t.rejects(client.query(`select from ${name}`), { code: '42501' })
    await t.rejects(client.query(`delete from ${name}`), { code: '42501' })
  }
})
