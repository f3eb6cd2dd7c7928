/** What each hospital decides about how its records are opened: effective on the next request. */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { createPolicies, type OwnerPolicy } from '../../src/registry/policies.ts'
import { aServer, li, no6, seenOf, tinglin, zhang, type Caller } from '../server.ts'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'

t.setTimeout(120_000)
const { ask, app } = await aServer(t)
const { database } = app.context
const policies = createPolicies(database.kysely)
const decide = (changes: Partial<OwnerPolicy>) => policies.change('tinglin', changes)

const p1 = 'Patient/tinglin-o1'
const subject = { reference: p1 }
const observation: Resource = {
  ...{ resourceType: 'Observation', id: 'tinglin-oo', status: 'final', subject },
  code: { coding: [{ system: 'urn:test', code: 'o1' }] },
}
const file = async (...papers: readonly Resource[]): Promise<void> => {
  const body = transactionOf(...papers)
  const { status, text } = await ask('POST', '/fhir', { as: tinglin, body })
  if (status !== 200) throw new Error(text)
}
const consultation = (more = {}) => consultationOf('tinglin-os', p1, more)
const read = async (as: Caller, path = 'Observation/tinglin-oo') =>
  (await ask('GET', `/fhir/${path}`, { as })).status
/** By read, by a search of the patient and by one of many. */
const isOpen = async (as: Caller): Promise<boolean> => {
  const statuses = new Set([await read(as)])
  for (const query of [`subject=${p1}`, 'code=urn:test|o1', '_id=tinglin-oo']) {
    const { json } = await ask('GET', `/fhir/Observation?${query}`, { as })
    statuses.add(json.total === 1 ? 200 : 404)
  }
  if (statuses.size > 1) throw new Error(`all doors agree: ${[...statuses].join()}`)
  return statuses.has(200)
}

t.before(() => file({ resourceType: 'Patient', id: 'tinglin-o1' }, observation))
t.beforeEach(async () => {
  await policies.change('tinglin', {
    ...{ defaultPolicy: 'deny', gate: 'required', gatePrecision: 'organization' },
    ...{ honorsOptIn: false, graceDays: 0, exchangesDirectly: true },
  })
  await file(consentOf('tinglin-oc', p1), consultation())
})

t.test('without a gate a consent is enough', async t => {
  await file(consultation({ status: 'revoked' }))
  t.notOk(await isOpen(zhang))
  await decide({ gate: 'off' })
  t.ok(await isOpen(zhang))
  await file({ ...consentOf('tinglin-oc', p1), status: 'inactive' })
  t.notOk(await isOpen(zhang), 'but needed')
})

t.test('a gate may be for those alone whom the consultation names', async t => {
  const named = [{ reference: 'Organization/no6' }, { reference: 'Practitioner/no6-li' }]
  await file(consultation({ performer: named }))
  t.ok(await isOpen(zhang), 'as long as organizations are meant')
  await decide({ gatePrecision: 'practitioner' })
  t.notOk(await isOpen(zhang))
  t.notOk(await isOpen(no6))
  t.ok(await isOpen(li))
  await file(consultation())
  t.ok(await isOpen(zhang), 'a consultation with the hospital names nobody')
})

t.test('a team that is named is its members of the moment', async t => {
  await decide({ gatePrecision: 'practitioner' })
  const team = (more = {}) => ({
    ...{ resourceType: 'CareTeam', id: 'no6-oteam', status: 'active' },
    participant: [{ member: { reference: 'Practitioner/no6-zhang' } }],
    ...more,
  })
  const put = async (body: object) => {
    const { status } = await ask('PUT', '/fhir/CareTeam/no6-oteam', { as: no6, body })
    t.ok(status < 300)
  }
  await put(team())
  await file(consultation({ performer: [{ reference: 'CareTeam/no6-oteam' }] }))
  t.ok(await isOpen(zhang))
  t.notOk(await isOpen(li))
  await put(team({ participant: [{ member: { reference: 'Practitioner/no6-sun' } }] }))
  t.notOk(await isOpen(zhang), 'who leaves is out at once')
  await put(team({ status: 'inactive' }))
  t.notOk(await isOpen(zhang))
})

t.test('opting in alone permits where the owner honors it', async t => {
  const optIn = Object.entries(consentOf('tinglin-oc', p1)).filter(([name]) => name !== 'provision')
  await file(Object.fromEntries(optIn) as unknown as Resource)
  t.notOk(await isOpen(zhang))
  await decide({ honorsOptIn: true })
  t.ok(await isOpen(zhang))
})

t.test('days of grace keep a consultation open that is over, not one that was ended', async t => {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString()
  const over = { occurrencePeriod: { start: '2026-01-01', end: yesterday } }
  await file(consultation(over))
  t.notOk(await isOpen(zhang))
  await decide({ graceDays: 3 })
  t.ok(await isOpen(zhang))
  await file(consultation({ ...over, status: 'completed' }))
  t.notOk(await isOpen(zhang))
})

t.test('an owner may exchange nothing directly', async t => {
  t.equal(await read(zhang, 'ServiceRequest/tinglin-os'), 200)
  await file({ ...consentOf('tinglin-oc', p1), status: 'inactive' })
  t.equal(await read(zhang, 'ServiceRequest/tinglin-os'), 200)
  await decide({ exchangesDirectly: false })
  t.equal(await read(zhang, 'ServiceRequest/tinglin-os'), 404)
})

t.test(
  'L69 without a row the strictest policy holds, and nothing tells it from nothing',
  async t => {
    await file(consultation({ performer: [{ reference: 'Organization/no6' }] }))
    t.ok(await isOpen(zhang))
    await file(consultation({ performer: [{ reference: 'Practitioner/no6-li' }] }))
    await database.query({ name: '', text: 'delete from owner_policy', values: [] })
    t.notOk(await isOpen(zhang))
    t.equal(await read(zhang, 'ServiceRequest/tinglin-os'), 404)
    t.ok(await isOpen(li), 'what is required is there')
    t.same(
      seenOf(await ask('GET', '/fhir/Observation/tinglin-oo', { as: zhang })),
      seenOf(await ask('GET', '/fhir/Observation/tinglin-none', { as: zhang })),
    )
  },
)
