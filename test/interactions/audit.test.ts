/** Who did what is on record before another hospital's record leaves. @see https://hl7.org/fhir/R4/auditevent.html */
import t from 'tap'
import { keyOf } from '../../src/search/hash.ts'
import { aServer, tinglin, zhang } from '../server.ts'

const { app, ask } = await aServer(t)
const patient = keyOf('Patient', 'tinglin-liuyang')

interface Recorded {
  readonly interaction: string
  readonly cross_hospital: boolean
  readonly purpose: string
  readonly client: string
  readonly outcome: number
  readonly detail: string | null
  readonly owner: number | null
  readonly occurrences: number
  readonly entities: string[]
  readonly patients: bigint[]
}
const last = async (): Promise<Recorded> => {
  await app.context.auditTrail.drained()
  const [row] = await app.context.database.query<Recorded>({
    name: '',
    text: 'select * from audit_event order by number desc limit 1',
    values: [],
  })
  return row!
}

t.test('a read of another hospital is recorded with purpose, entity and patient', async t => {
  await ask('GET', '/fhir/Patient/tinglin-liuyang', { as: zhang })
  t.match(await last(), {
    interaction: 'read',
    cross_hospital: true,
    purpose: 'TREAT',
    client: 'no6-app',
    outcome: 200,
    entities: ['Patient/tinglin-liuyang'],
    patients: [patient],
  })
})

t.test('an own read is recorded, too, as such', async t => {
  await ask('GET', '/fhir/Patient/tinglin-liuyang', { as: tinglin })
  t.match(await last(), { interaction: 'read', cross_hospital: false, client: 'tinglin-ehr' })
})

t.test('a search that only counts discloses the patients it counted', async t => {
  for (const query of ['_summary=count', '_count=0', '_count=1&_sort=date']) {
    await ask('GET', `/fhir/Observation?patient=tinglin-liuyang&${query}`, { as: zhang })
    const { cross_hospital, patients } = await last()
    t.equal(cross_hospital, true, query)
    t.strictSame(patients, [patient], query)
  }
  await ask('GET', '/fhir/Observation?category=laboratory&_summary=count', { as: zhang })
  t.strictSame((await last()).patients, [patient])
})

t.test('a history that only counts discloses the patients it counted', async t => {
  const histories = ['Observation/_history', '_history', 'Patient/tinglin-liuyang/_history']
  for (const path of histories) {
    await ask('GET', `/fhir/${path}?_count=0`, { as: zhang })
    t.match(await last(), { cross_hospital: true, entities: [], patients: [patient] }, path)
    await ask('GET', `/fhir/${path}?_count=0`, { as: tinglin })
    t.match(await last(), { cross_hospital: false, patients: [] }, `${path}: own`)
  }
  await ask('GET', '/fhir/_history?_count=1&_sort=_lastUpdated', { as: zhang })
  t.match(
    await last(),
    { cross_hospital: true, patients: [patient] },
    'of more than the page shows',
  )
  await ask('GET', '/fhir/Organization/_history?_count=0', { as: zhang })
  t.match(await last(), { cross_hospital: false, patients: [] }, 'the directory')
})

t.test('a count of own records, or of none, is no disclosure', async t => {
  await ask('GET', '/fhir/Observation?patient=tinglin-liuyang&_summary=count', { as: tinglin })
  t.match(await last(), { cross_hospital: false, patients: [] })
  await ask('GET', '/fhir/Observation?patient=tinglin-shanxin&_summary=count', { as: zhang })
  t.match(await last(), { cross_hospital: false, patients: [] })
})

t.test('a refusal is recorded with its status and discloses nothing', async t => {
  await ask('GET', '/fhir/Patient/tinglin-shanxin', { as: zhang })
  t.match(await last(), { outcome: 404, cross_hospital: false, entities: [] })
})

t.test('an answer from another hospital that cannot be recorded does not leave', async t => {
  const { database } = app.context
  const run = (text: string) => database.query({ name: '', text, values: [] })
  await run('alter table audit_event rename to audit_event_away')
  const foreign = await ask('GET', '/fhir/Patient/tinglin-liuyang', { as: zhang })
  await run('alter table audit_event_away rename to audit_event')
  t.equal(foreign.status, 503)
  t.notMatch(foreign.text, /刘/)
  t.ok(foreign.headers['retry-after'])
  t.equal((await ask('GET', '/fhir/Patient/tinglin-liuyang', { as: zhang })).status, 200)
})

t.test('callers who are not recognized are counted, one record for each kind', async t => {
  for (let count = 0; count < 3; count++) await ask('GET', '/fhir/Patient/tinglin-liuyang')
  app.context.refusals.flush()
  t.match(await last(), {
    interaction: 'authenticate',
    outcome: 401,
    detail: 'token-missing',
    occurrences: 3,
  })
})

t.test(
  'tokens given out and refused are recorded under the organization of the client',
  async t => {
    const signIn = async (secret: string) => {
      const answer = await app.server.inject({
        method: 'POST',
        url: '/auth/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({
          ...{ grant_type: 'client_credentials', client_id: 'tinglin-ehr', client_secret: secret },
          scope: 'system/Patient.r',
        }).toString(),
      })
      await new Promise(resolve => setTimeout(resolve, 50))
      app.context.refusals.flush()
      return answer.statusCode
    }
    const { secret } = app.sandboxClients.find(({ id }) => id === 'tinglin-ehr')!
    t.equal(await signIn(secret), 200)
    t.match(await last(), { interaction: 'login', outcome: 200, client: 'tinglin-ehr', owner: 2 })
    t.equal(await signIn('wrong'), 401)
    t.match(await last(), { interaction: 'login', outcome: 400, detail: 'invalid_client' })
  },
)

t.test('what a consent now says stands beside its writing', async t => {
  const { json } = await ask('GET', '/fhir/Consent?_count=1&status=active', { as: tinglin })
  const [{ resource }] = json.entry
  await ask('PUT', `/fhir/Consent/${resource.id}`, {
    as: tinglin,
    body: { ...resource, status: 'inactive' },
  })
  t.match(await last(), { interaction: 'update', detail: /^consent-inactive/ })
})
