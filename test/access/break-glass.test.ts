/** Breaking the glass: one person, one patient, minutes, and everybody concerned is told first. */
import t from 'tap'
import { createPolicies } from '../../src/registry/policies.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, li, no6, seenOf, tinglin, wu, zhang, type Caller } from '../server.ts'
import { transactionOf } from '../story/papers.ts'

t.setTimeout(120_000)
const { ask, app } = await aServer(t)
const { database } = app.context
const actReason = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const subject = { reference: 'Patient/tinglin-g1' }
const observation = (id: string, patient = subject): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject: patient },
})
const file = async (...papers: readonly Resource[]): Promise<void> => {
  const { text, status } = await ask('POST', '/fhir', {
    as: tinglin,
    body: transactionOf(...papers),
  })
  if (status !== 200) throw new Error(text)
}
const strong: Caller = { ...zhang, amr: ['pwd', 'otp'] }
const glass = (of = 'tinglin-g1', by: Caller = strong): Caller => ({
  ...{ ...by, purpose: 'BTG', patient: of },
})
const parameters = (more: Record<string, object> = {}) => ({
  resourceType: 'Parameters',
  parameter: Object.entries({
    reason: { valueString: '患者昏迷,需急查既往用药' },
    minutes: { valueInteger: 15 },
    purpose: { valueCoding: { system: actReason, code: 'BTG' } },
    ...more,
  }).map(([name, value]) => ({ name, ...value })),
})
const open = (as: Caller, id = 'tinglin-g1', body: object = parameters()) =>
  ask('POST', `/fhir/Patient/${id}/$break-glass`, { as, body })
const status = async (path: string, as: Caller) =>
  (await ask('GET', `/fhir/${path}`, { as })).status
const count = async (table: string): Promise<number> => {
  const text = `select count(*)::integer as n from ${table}`
  return (await database.query<{ n: number }>({ name: '', text, values: [] }))[0]!.n
}
// oxlint-disable-next-line no-explicit-any -- FHIR JSON is looked into freely
const filed = async (type: string): Promise<readonly any[]> =>
  ((await ask('GET', `/fhir/${type}?patient=tinglin-g1`, { as: wu })).json.entry ?? []).map(
    ({ resource }: { resource: Resource }) => resource,
  )

t.before(() =>
  file(
    { resourceType: 'Patient', id: 'tinglin-g1' },
    { resourceType: 'Patient', id: 'tinglin-g2' },
    observation('tinglin-go'),
    observation('tinglin-go2', { reference: 'Patient/tinglin-g2' }),
  ),
)
t.beforeEach(() =>
  database.query({ name: '', text: "update break_glass set valid_to = '-infinity'", values: [] }),
)

t.test('what is opened is on file with its owner before anything can be read', async t => {
  t.equal(await status('Observation/tinglin-go', glass()), 404, 'not without a grant')
  const { status: opened, json, headers } = await open(strong)
  t.equal(opened, 200)
  t.match(headers['content-type'], /fhir\+json/)
  const grant = json.parameter[0].valueString
  const [communication] = await filed('Communication')
  t.match(communication, {
    ...{ status: 'completed', priority: 'urgent', subject },
    sender: { reference: 'Practitioner/no6-zhang' },
    recipient: [{ reference: 'Practitioner/tinglin-wu' }],
    payload: [{ contentString: '患者昏迷,需急查既往用药' }],
    identifier: [{ value: grant }],
  })
  t.match(await filed('Task'), [
    { status: 'requested', owner: { reference: 'Practitioner/tinglin-wu' } },
  ])
  t.equal(await count(`audit_event where interaction = '$break-glass' and cross_hospital`), 1)
  t.equal(await status('Observation/tinglin-go', glass()), 200)
  t.equal((await ask('GET', '/fhir/Observation', { as: glass() })).json.total, 1)
  t.equal(await status('Observation/tinglin-go/_history/1', glass()), 200)
  t.equal(await status(`Communication/${communication.id}`, glass()), 200, 'it names the patient')
})

t.test('it opens nothing more: no other patient, person, purpose, or writing', async t => {
  t.equal((await open(strong)).status, 200)
  t.equal(await status('Observation/tinglin-go2', glass('tinglin-g2')), 404)
  t.equal(await status('Observation/tinglin-go2', glass()), 404)
  t.equal(await status('Observation/tinglin-go', glass('tinglin-g1', { ...li, amr: ['otp'] })), 404)
  t.equal(await status('Observation/tinglin-go', strong), 404, 'with the token of before')
  t.equal(await status('Observation/tinglin-go', glass('tinglin-g1', zhang)), 401)
  t.equal(
    await status('Observation/tinglin-go', { ...no6, purpose: 'BTG', patient: 'tinglin-g1' }),
    401,
  )
  t.equal(await status('Observation/tinglin-go', { ...strong, purpose: 'BTG' }), 401, 'no patient')
  const body = observation('no6-go')
  t.equal((await ask('PUT', '/fhir/Observation/no6-go', { as: glass(), body })).status, 403)
})

t.test('it ends by itself, by a dispute, and when the owner no longer lets it', async t => {
  const isOpen = async () => (await status('Observation/tinglin-go', glass())) === 200
  await open(strong)
  t.ok(await isOpen())
  await database.query({ name: '', text: 'update break_glass set valid_to = now()', values: [] })
  t.notOk(await isOpen(), 'its time is over')

  const { json } = await open(strong)
  t.ok(await isOpen())
  const review = (await filed('Task')).find(
    ({ identifier }) => identifier[0].value === json.parameter[0].valueString,
  )
  const answer = await ask('PUT', `/fhir/Task/${review.id}`, {
    ...{ as: wu, body: { ...review, status: 'accepted' } },
  })
  t.equal(answer.status, 200)
  t.ok(await isOpen(), 'accepted')
  const body = { ...review, status: 'rejected' }
  t.equal((await ask('PUT', `/fhir/Task/${review.id}`, { as: wu, body })).status, 200)
  t.notOk(await isOpen(), 'disputed')

  await open(strong)
  t.ok(await isOpen())
  const policies = createPolicies(database.kysely)
  await policies.change('tinglin', { defaultPolicy: 'deny' })
  t.notOk(await isOpen())
  t.equal((await open(strong)).status, 404)
  await policies.change('tinglin', { defaultPolicy: 'break-glass-only' })
})

t.test('who may not ask is refused without a look at the patient, the rest alike', async t => {
  for (const as of [
    no6,
    zhang,
    { ...strong, purpose: 'HRESCH' },
    { ...strong, scope: 'user/Patient.c' },
  ])
    for (const id of ['tinglin-g1', 'tinglin-none']) t.equal((await open(as, id)).status, 403)
  const unknown = seenOf(await open(strong, 'tinglin-none'))
  t.equal(unknown.status, 404)
  await file({ resourceType: 'Patient', id: 'tinglin-g3' })
  await ask('DELETE', '/fhir/Patient/tinglin-g3', { as: tinglin })
  t.same(seenOf(await open(strong, 'tinglin-g3')), unknown, 'deleted')
  for (const wrong of [
    { reason: { valueString: 'short' } },
    { minutes: { valueInteger: 4 } },
    { minutes: { valueInteger: 31 } },
    { minutes: { valueInteger: 7.5 } },
    { purpose: { valueCoding: { system: actReason, code: 'TREAT' } } },
    { purpose: { valueString: 'BTG' } },
  ])
    t.equal(
      (await open(strong, 'tinglin-g1', parameters(wrong))).status,
      400,
      JSON.stringify(wrong),
    )
  t.equal(await status('Patient/tinglin-g1/$break-glass', strong), 405)
  t.equal(await count('break_glass where valid_to > now()'), 0)
})

t.test('one person has three at a time, whoever the fourth would be', async t => {
  for (let opened = 0; opened < 3; opened++) t.equal((await open(strong)).status, 200)
  t.same(seenOf(await open(strong)), seenOf(await open(strong, 'tinglin-none')))
  t.equal((await open(strong)).status, 422)
  t.equal((await open({ ...li, amr: ['mfa'] })).status, 200, 'each their own')
})
