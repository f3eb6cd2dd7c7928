/** The audit trail: what is on disk when an answer leaves, and how few commits that takes. */
import t from 'tap'
import { Unavailable } from '../../src/fhir/errors.ts'
import { createAuditTrail, type AuditRecord } from '../../src/store/audit.ts'
import { aDatabase } from '../database.ts'

const recordOf = (requestId: string, crossHospital: boolean): AuditRecord => ({
  recorded: '2026-01-31T08:00:00.000Z',
  requestId,
  organization: 1,
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
  const database = await aDatabase(t, {
    onStatement: ({ name }) => {
      if (name !== 'audit') return
      statements++
      if (isBroken) throw new Unavailable()
    },
  })
  const stored = async () => {
    const text = 'select request_id from audit_event order by number'
    const rows = await database.query<{ request_id: string }>({ name: '', text, values: [] })
    return rows.map(({ request_id }) => request_id)
  }
  return {
    trail: createAuditTrail(database),
    stored,
    statements: () => statements,
    breakDown: () => (isBroken = true),
  }
}

t.test('a disclosure is stored when its promise resolves, and takes along what waits', async t => {
  const { trail, stored, statements } = await aTrail(t)
  const own = trail.write(recordOf('own', false))
  await trail.write(recordOf('cross', true))
  t.strictSame(await stored(), ['own', 'cross'])
  t.equal(statements(), 1)
  await own
})

t.test('records nobody waits for share a statement, also while another is written', async t => {
  const { trail, stored, statements } = await aTrail(t)
  const names = Array.from({ length: 40 }, (_, index) => `own-${index}`)
  await Promise.all(names.map(name => trail.write(recordOf(name, false))))
  t.equal(statements(), 1)
  t.strictSame(await stored(), names)
  const first = trail.write(recordOf('cross', true))
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  await Promise.all([first, trail.write(recordOf('later', false))])
  t.strictSame((await stored()).slice(-2), ['cross', 'later'])
})

t.test('more than one group of records is stored whole and in order', async t => {
  const { trail, stored } = await aTrail(t)
  const names = Array.from({ length: 1201 }, (_, index) => `own-${index}`)
  const written = names.map(name => trail.write(recordOf(name, false)))
  await trail.drained()
  t.strictSame(await stored(), names)
  await Promise.all(written)
})

t.test(
  'what cannot be stored is refused as unavailable, and the next record is tried anew',
  async t => {
    const { trail, breakDown, statements } = await aTrail(t)
    breakDown()
    await t.rejects(trail.write(recordOf('one', true)), new Unavailable())
    await t.rejects(trail.write(recordOf('two', true)), new Unavailable())
    t.equal(statements(), 2)
    await trail.drained()
  },
)
