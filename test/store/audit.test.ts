/** The audit trail: what is on disk when an answer leaves, and how few commits that takes. */
import t from 'tap'
import { Unavailable } from '../../src/fhir/errors.ts'
import type { AuditRecord } from '../../src/store/audit-record.ts'
import { createAuditTrail } from '../../src/store/audit.ts'
import { aDatabase } from '../database.ts'

const recordOf = (requestId: string, crossHospital: boolean): AuditRecord => ({
  recorded: '2026-01-31T08:00:00.000Z',
  requestId,
  owner: 1,
  organization: 1,
  practitioner: null,
  detail: null,
  target: null,
  parameters: null,
  address: null,
  occurrences: 1,
  client: 'client',
  subject: 'subject',
  tokenId: 'token',
  purpose: 'TREAT',
  interaction: 'read',
  resourceType: 'Patient',
  outcome: 200,
  crossHospital,
  entities: ['Patient/1'],
  patients: [1n],
})

const aTrail = async (t: Parameters<typeof aDatabase>[0]) => {
  let statements = 0
  let isBroken = false
  let isOdd = true
  const database = await aDatabase(t, {
    onStatement: ({ name, values }) => {
      if (name !== 'audit') return
      statements++
      if (isOdd && JSON.stringify(values).includes('odd')) throw new Error('for a reason unknown')
      if (isBroken) throw new Unavailable()
    },
  })
  const stored = async () => {
    const text = 'select request_id from audit_event order by number'
    const rows = await database.query<{ request_id: string }>({ name: '', text, values: [] })
    return rows.map(({ request_id }) => request_id)
  }
  const lost: unknown[] = []
  return {
    trail: createAuditTrail(database, error => lost.push(error)),
    lost,
    mend: () => (isBroken = false),
    explain: () => (isOdd = false),
    stored,
    statements: () => statements,
    breakDown: () => (isBroken = true),
  }
}

t.test('a disclosure is stored when its promise resolves, and takes along what waits', async t => {
  const { trail, stored, statements } = await aTrail(t)
  trail.note([recordOf('own', false)])
  await trail.disclose([recordOf('cross', true)])
  t.strictSame(await stored(), ['own', 'cross'])
  t.ok(statements() <= 2, 'the second time once its month has a partition')
})

t.test('records nobody waits for share a statement, also while another is written', async t => {
  const { trail, stored, statements } = await aTrail(t)
  const names = Array.from({ length: 40 }, (_, index) => `own-${index}`)
  await trail.disclose([recordOf('first', true)])
  const before = statements()
  trail.note(names.map(name => recordOf(name, false)))
  await trail.drained()
  t.equal(statements(), before + 1)
  t.strictSame(await stored(), ['first', ...names])
  const first = trail.disclose([recordOf('cross', true)])
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  trail.note([recordOf('later', false)])
  await first
  await trail.drained()
  t.strictSame((await stored()).slice(-2), ['cross', 'later'])
})

t.test('more than one group of records is stored whole and in order', async t => {
  const { trail, stored } = await aTrail(t)
  const names = Array.from({ length: 1201 }, (_, index) => `own-${index}`)
  trail.note(names.map(name => recordOf(name, false)))
  await trail.drained()
  t.strictSame(await stored(), names)
})

t.test(
  'what cannot be stored is refused as unavailable, and the next record is tried anew',
  async t => {
    const { trail, breakDown, statements } = await aTrail(t)
    breakDown()
    await t.rejects(trail.disclose([recordOf('one', true)]), new Unavailable())
    await t.rejects(trail.disclose([recordOf('two', true)]), new Unavailable())
    t.equal(statements(), 2)
    await trail.drained()
  },
)

t.test('records nobody waits for outlast an absent database, in their order', async t => {
  const { trail, breakDown, mend, stored } = await aTrail(t)
  breakDown()
  trail.note([recordOf('one', false), recordOf('two', false)])
  await trail.drained()
  t.strictSame(await stored(), [])
  await t.rejects(trail.disclose([recordOf('refused', true)]), new Unavailable())
  trail.note([recordOf('three', false)])
  mend()
  await trail.disclose([recordOf('four', true)])
  t.strictSame(await stored(), ['one', 'two', 'three', 'four'])
})

t.test('a record the database cannot hold takes no other along', async t => {
  const { trail, stored, lost } = await aTrail(t)
  const broken = { ...recordOf('broken', true), subject: 'a\0b' }
  trail.note([recordOf('one', false)])
  const waits = trail.disclose([recordOf('two', true)])
  await t.rejects(trail.disclose([broken]), new Unavailable())
  await waits
  t.strictSame(await stored(), ['one', 'two'])
  t.equal(lost.length, 1)
})

t.test('a record refused for a reason unknown is told of, kept, and holds up no other', async t => {
  const { trail, stored, lost, explain } = await aTrail(t)
  trail.note([recordOf('odd', false), recordOf('one', false)])
  await trail.disclose([recordOf('two', true)])
  t.strictSame(await stored(), ['one', 'two'])
  t.ok(lost.length > 0, 'not in silence')
  await t.rejects(trail.disclose([recordOf('odd too', true)]), new Unavailable())
  t.equal(trail.waiting(), 1, 'still to be tried')
  explain()
  await trail.drained()
  t.strictSame((await stored()).sort(), ['odd', 'one', 'two'])
  t.equal(trail.waiting(), 0)
})

t.test('when too much waits, nothing new is begun', async t => {
  const { trail, breakDown, mend, stored } = await aTrail(t)
  breakDown()
  trail.note(Array.from({ length: 10_000 }, (_, index) => recordOf(`own-${index}`, false)))
  t.throws(() => trail.requireRoom(), new Unavailable())
  mend()
  await trail.drained()
  trail.requireRoom()
  t.equal((await stored()).length, 10_000)
})
