/** The sealed audit trail: what a superuser does to it in the database is found, and where. */
import t, { type Test } from 'tap'
import type { AuditRecord } from '../../src/store/audit-record.ts'
import { insertAuditRecords } from '../../src/store/audit-record.ts'
import { sealAuditEvents, startAuditSealer } from '../../src/store/audit-seal.ts'
import { pruneAuditTrail, sealDigest, verifyAuditTrail } from '../../src/store/audit-verify.ts'
import type { Database } from '../../src/db/database.ts'
import { aDatabase } from '../database.ts'

const recordOf = (requestId: string, recorded = new Date()): AuditRecord => ({
  recorded: recorded.toISOString(),
  requestId,
  ...{ owner: 1, organization: 2, client: 'client', subject: 'subject', practitioner: null },
  ...{ tokenId: 'token', purpose: 'TREAT', interaction: 'read', resourceType: 'Patient' },
  ...{ outcome: 200, detail: null, crossHospital: true, target: null, occurrences: 1 },
  ...{ entities: ['Patient/1'], patients: [1n], parameters: null, address: null },
})

const run = (database: Database, text: string) => database.query({ name: '', text, values: [] })

/** A trail of three seals with three rows each: the numbers 1 to 9. */
const aTrail = async (t: Test): Promise<Database> => {
  const database = await aDatabase(t)
  for (const seal of [1, 2, 3]) {
    await insertAuditRecords(
      database,
      ['a', 'b', 'c'].map(name => recordOf(`${seal}${name}`)),
    )
    t.equal(await sealAuditEvents(database), 3)
  }
  return database
}

/** Changes the trail as only its owner can: with its guards taken away. */
const tamper = async (database: Database, ...statements: readonly string[]): Promise<void> => {
  await run(database, `set session_replication_role = replica; ${statements.join('; ')}`)
}

/** The faults as texts such as `changed 2:5`. */
const found = async (database: Database): Promise<readonly string[]> =>
  (await verifyAuditTrail(database)).faults.map(({ kind, seal, number }) =>
    number === undefined ? `${kind} ${seal}` : `${kind} ${seal}:${number}`,
  )

t.test('a trail that nobody touched is whole, and says what is not sealed yet', async t => {
  const database = await aTrail(t)
  await insertAuditRecords(database, [recordOf('4a')])
  const findings = await verifyAuditTrail(database)
  t.match(findings, { seals: 3, rows: 9, unsealed: 1, faults: [] })
  t.equal(findings.head?.seal, 3n)
  t.equal(await sealDigest(database, 3n), findings.head?.digest)
  t.equal(await sealAuditEvents(database), 1)
  t.equal(await sealAuditEvents(database), 0)
  t.match(await verifyAuditTrail(database), { seals: 4, rows: 10, unsealed: 0, faults: [] })
})

t.test('the database refuses to change or remove what is recorded', async t => {
  const database = await aTrail(t)
  for (const text of [
    'update audit_event set client = null',
    'delete from audit_event where number = 5',
    'truncate audit_event',
    'truncate audit_seal',
    'update audit_seal set rows = 0',
    'delete from audit_seal',
  ])
    await t.rejects(run(database, text), /append-only/, text)
  const [month] = await database.query<{ name: string }>({
    name: '',
    text: 'select tableoid::regclass::text as name from audit_event limit 1',
    values: [],
  })
  await t.rejects(run(database, `truncate ${month!.name}`), /append-only/)
  await t.rejects(run(database, `delete from ${month!.name}`), /append-only/)
  t.strictSame(await found(database), [])
})

t.test('an edit of any column is found in its row', async t => {
  const edits = {
    recorded: `recorded + interval '1 microsecond'`,
    request_id: `'x'`,
    owner: '3',
    organization: '3',
    client: 'null',
    subject: `'x'`,
    practitioner: `'x'`,
    token_id: `'x'`,
    purpose: `'ETREAT'`,
    interaction: `'vread'`,
    resource_type: `'Observation'`,
    outcome: '404',
    detail: `'x'`,
    cross_hospital: 'false',
    target: '5',
    entities: `'{}'`,
    patients: `'{2}'`,
    parameters: `'{a}'`,
    address: `'x'`,
    occurrences: '2',
  }
  const database = await aTrail(t)
  const columns = await database.query<{ name: string }>({
    name: '',
    text: `select attname::text as name from pg_attribute
where attrelid = 'audit_event'::regclass and attnum > 0 and attname <> 'number' order by attnum`,
    values: [],
  })
  t.strictSame(columns.map(({ name }) => name).sort(), Object.keys(edits).sort(), 'every column')
  await run(database, 'create table kept as select * from audit_event where number = 5')
  for (const [column, value] of Object.entries(edits)) {
    await tamper(database, `update audit_event set ${column} = ${value} where number = 5`)
    t.strictSame(await found(database), ['changed 2:5'], column)
    await tamper(
      database,
      'delete from audit_event where number = 5',
      'insert into audit_event select * from kept',
    )
    t.strictSame(await found(database), [], `${column} put back`)
  }
})

t.test('what is removed, put in or put elsewhere is found', async t => {
  const copy = (number: number) =>
    `insert into audit_event select ${number} as number, recorded, request_id, owner, organization, client,
      subject, practitioner, token_id, purpose, interaction, resource_type, outcome, detail, cross_hospital,
      target, entities, patients, parameters, address, occurrences from audit_event where number = 9`
  const cases: readonly (readonly [name: string, faults: string[], ...statements: string[]])[] = [
    ['one row', ['missing 2:5'], 'delete from audit_event where number = 5'],
    [
      'the rows of a seal',
      ['missing 2:4', 'missing 2:5', 'missing 2:6'],
      'delete from audit_event where number between 4 and 6',
    ],
    [
      'all rows of the first seal and more',
      ['missing 1:1', 'missing 1:2', 'missing 1:3', 'missing 2:4'],
      'delete from audit_event where number < 5',
    ],
    [
      'two rows exchanged',
      ['changed 2:4', 'changed 2:5'],
      'update audit_event set number = -4 where number = 4',
      'update audit_event set number = 4 where number = 5',
      'update audit_event set number = 5 where number = -4',
    ],
    [
      'a row moved to another seal',
      ['missing 2:4', 'changed 3:7'],
      'delete from audit_event where number = 7',
      'update audit_event set number = 7 where number = 4',
    ],
    ['a row before all', ['inserted 1:-5'], copy(-5)],
    [
      'a row in a place that a removed one had',
      ['changed 2:5'],
      'delete from audit_event where number = 5',
      copy(5),
    ],
    [
      'a seal in the middle',
      ['gap 3', 'inserted 3:4', 'inserted 3:5', 'inserted 3:6'],
      'delete from audit_seal where seal = 2',
    ],
    [
      'the digest of a seal',
      ['seal 2', 'seal 3'],
      `update audit_seal set digest = sha256('x') where seal = 2`,
    ],
    [
      'the time of a seal',
      ['seal 2'],
      `update audit_seal set sealed = sealed + interval '1 s' where seal = 2`,
    ],
    [
      'the list of a seal',
      ['inserted 2:4'],
      `update audit_seal set numbers = '{}', marks = '' where seal = 2`,
    ],
  ]
  for (const [name, faults, ...statements] of cases) {
    const database = await aTrail(t)
    await tamper(database, ...statements)
    const seen = await found(database)
    for (const fault of faults)
      t.ok(seen.includes(fault), `${name}: ${fault} in ${seen.join(', ')}`)
  }
})

t.test('a row with an old time is found even where it comes before its seal', async t => {
  const database = await aTrail(t)
  await run(database, `select ensure_audit_month(now() - interval '2 days')`)
  await insertAuditRecords(database, [recordOf('late', new Date(Date.now() - 2 * 86_400_000))])
  await sealAuditEvents(database)
  t.strictSame(await found(database), ['backdated 4:10'])
})

t.test('seals made anew from some point on no longer have the digest noted down', async t => {
  const database = await aTrail(t)
  const noted = await sealDigest(database, 2n)
  await tamper(
    database,
    'delete from audit_seal where seal >= 2',
    'delete from audit_event where number = 5',
  )
  t.equal(await sealAuditEvents(database), 5)
  t.strictSame(await found(database), [], 'in itself it is whole')
  t.not(await sealDigest(database, 2n), noted)
})

t.test('rows of a transaction that commits late are not passed over', async t => {
  const database = await aTrail(t)
  await database.transaction(async transaction => {
    await insertAuditRecords(transaction, [recordOf('slow')])
    t.equal(await sealAuditEvents(database), 0, 'nothing is sealed while it runs')
  })
  await insertAuditRecords(database, [recordOf('next')])
  t.equal(await sealAuditEvents(database), 2)
  t.strictSame(await found(database), [])
})

t.test('two sealers at a time seal every row once', async t => {
  const database = await aDatabase(t)
  for (let round = 0; round < 5; round++) {
    await insertAuditRecords(
      database,
      Array.from({ length: 20 }, (_, at) => recordOf(`${round}-${at}`)),
    )
    await Promise.all([1, 2, 3].map(() => sealAuditEvents(database)))
  }
  await startAuditSealer(database, error => t.fail(String(error))).stop()
  t.match(await verifyAuditTrail(database), { rows: 100, unsealed: 0, faults: [] })
})

t.test('old months can be removed, the last 180 days cannot', async t => {
  const database = await aDatabase(t)
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000)
  await run(database, `select ensure_audit_month(now() - interval '400 days')`)
  await run(database, `select ensure_audit_month(now() - interval '300 days')`)
  await insertAuditRecords(database, [
    recordOf('oldest', daysAgo(400)),
    recordOf('old', daysAgo(300)),
    recordOf('new'),
  ])
  await t.rejects(pruneAuditTrail(database, daysAgo(350).toISOString()), /is not sealed yet/)
  t.equal(await sealAuditEvents(database), 3)
  await t.rejects(pruneAuditTrail(database, daysAgo(179).toISOString()), /180 days is kept/)
  t.equal((await pruneAuditTrail(database, daysAgo(350).toISOString())).length, 1)
  t.strictSame(await pruneAuditTrail(database, daysAgo(350).toISOString()), [])
  t.match(await verifyAuditTrail(database), { rows: 2, seals: 2, faults: [] })
  await insertAuditRecords(database, [recordOf('newer')])
  t.equal(await sealAuditEvents(database), 1)
  t.strictSame(await found(database), [])
  await tamper(database, 'delete from audit_event where number = 2')
  t.strictSame(await found(database), ['missing 1:2'], 'what was not pruned is still missed')
})
