/**
 * A consultation from request to receipt between a district hospital and the central one: who sees what
 * at each step, what stands in the way, and what ends when the patient withdraws.
 */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { consultationsOn, papersOf, stateSystem, taskOf } from '../interactions/consultations.ts'
import { aServer, li, no6, tinglin, wu, zhang, type Caller } from '../server.ts'
import { transactionOf } from './papers.ts'

t.setTimeout(120_000)
const server = await aServer(t)
const { ask } = server
const { begin, step, reach, stateOf } = consultationsOn(server)

const history = (id: string): Resource => ({
  ...{ resourceType: 'Observation', id: `tinglin-${id}-glucose`, status: 'final' },
  ...{ code: { text: '血糖' }, subject: { reference: `Patient/tinglin-${id}` } },
})

const sees = async (as: Caller, path: string): Promise<boolean> => {
  const { status } = await ask('GET', `/fhir/${path}`, { as })
  return status === 200
}

const put = (as: Caller, body: Resource) =>
  ask('PUT', `/fhir/${body.resourceType}/${body.id}`, { as, body })

const codes = (json: { issue: { details: { coding: { code: string }[] } }[] }): string[] =>
  json.issue.map(({ details }) => details.coding[0]!.code)

t.test('the history opens to the expert with acceptance and shuts with the opinion', async t => {
  const path = 'Observation/tinglin-a-glucose'
  t.equal((await begin('a', 'requested')).status, 200)
  await put(tinglin, history('a'))
  const request = '/fhir/ServiceRequest/tinglin-a-request'
  t.equal((await ask('GET', request, { as: no6 })).json.status, 'active')
  t.ok(await sees(no6, 'Task/tinglin-a-task'), 'the coordinator sees the Task')
  t.notOk(await sees(li, path), 'and no history before acceptance')
  await step('a', 'invited-system', 'triage')
  t.notOk(await sees(zhang, path))
  t.equal((await step('a', 'invited-person', 'accepted')).status, 200)
  t.ok(await sees(zhang, path), 'the expert who is named')
  t.ok(await sees(wu, path))
  await step('a', 'expert', 'in-progress')
  await step('a', 'expert', 'reporting')
  t.ok(await sees(zhang, path))
  t.equal((await step('a', 'expert', 'completed')).status, 200)
  t.notOk(await sees(zhang, path), 'nothing after the end')
  t.ok(await sees(tinglin, 'DiagnosticReport/no6-a-opinion'), 'the opinion stays with both')
  t.ok(await sees(zhang, 'DiagnosticReport/no6-a-opinion'))
  t.equal((await ask('GET', request, { as: tinglin })).json.status, 'completed')
  t.equal((await step('a', 'inviting-system', 'acknowledged')).status, 200)
})

t.test('every step leaves a Provenance that says who took it', async t => {
  const { json } = await ask('GET', '/fhir/Provenance?target=Task/tinglin-a-task&_sort=recorded', {
    as: tinglin,
  })
  const taken = json.entry.map(({ resource }: { resource: Record<string, never[]> }) => [
    (resource['activity'] as unknown as { coding: { code: string }[] }).coding[0]!.code,
    (resource['agent']![0] as unknown as { who: { reference: string } }).who.reference,
  ])
  t.strictSame(taken, [
    ['requested', 'Organization/tinglin'],
    ['triage', 'Organization/no6'],
    ['accepted', 'Practitioner/no6-li'],
    ['in-progress', 'Practitioner/no6-zhang'],
    ['reporting', 'Practitioner/no6-zhang'],
    ['completed', 'Practitioner/no6-zhang'],
    ['acknowledged', 'Organization/tinglin'],
  ])
})

t.test('with people named, nobody else of the hospital sees the history', async t => {
  await server.app.context.database.kysely
    .insertInto('owner_policy')
    .values({
      owner: (await server.app.context.organizationById('tinglin'))!.number,
      gate_precision: 'practitioner',
    })
    .onConflict(oc => oc.column('owner').doUpdateSet({ gate_precision: 'practitioner' }))
    .execute()
  await reach('b', 'accepted')
  await put(tinglin, history('b'))
  t.ok(await sees(zhang, 'Observation/tinglin-b-glucose'))
  t.notOk(await sees(li, 'Observation/tinglin-b-glucose'))
})

t.test('writing the request again does not open what the Task keeps shut', async t => {
  await reach('c', 'triage')
  await put(tinglin, history('c'))
  const request = papersOf('c')[2]!
  const { status } = await put(tinglin, { ...request, status: 'active', note: [{ text: '补充' }] })
  t.equal(status, 200)
  t.notOk(await sees(zhang, 'Observation/tinglin-c-glucose'))
})

t.test('what was returned goes on once something was added', async t => {
  await reach('d', 'info-requested')
  const early = await step('d', 'inviting-system', 'triage')
  t.strictSame([early.status, codes(early.json)], [422, ['consultation-newer']])
  await put(tinglin, { ...papersOf('d')[2]!, status: 'active', note: [{ text: '已补充' }] })
  t.equal((await step('d', 'inviting-system', 'triage')).status, 200)
})

t.test('a withdrawn consent ends the consultation and shuts the records at once', async t => {
  await reach('e', 'in-progress')
  await put(tinglin, history('e'))
  t.ok(await sees(zhang, 'Observation/tinglin-e-glucose'))
  const consent = papersOf('e')[1]!
  t.equal((await put(tinglin, { ...consent, status: 'inactive' })).status, 200)
  t.notOk(await sees(zhang, 'Observation/tinglin-e-glucose'))
  t.equal(await stateOf('e'), 'withdrawn')
  const late = await step('e', 'expert', 'reporting')
  t.strictSame([late.status, codes(late.json)], [422, ['consultation-step']])
})

t.test(
  'an incomplete request is refused with all that it lacks, and nothing is written',
  async t => {
    const [patient, , request] = papersOf('f')
    const poor = { ...request!, identifier: undefined, note: undefined } as unknown as Resource
    const body = transactionOf(
      { ...patient!, gender: undefined } as unknown as Resource,
      poor,
      taskOf('f', 'requested', 'requested'),
    )
    const { status, json } = await ask('POST', '/fhir', { as: tinglin, body })
    t.equal(status, 422)
    t.strictSame(
      json.issue.map(({ expression }: { expression: string[] }) => expression[0]),
      ['ServiceRequest.identifier', 'ServiceRequest.supportingInfo', 'Patient.gender'],
    )
    t.notOk(await sees(tinglin, 'Patient/tinglin-f'))
  },
)

t.test('without consent a consultation begins in an emergency alone', async t => {
  const [patient, , request] = papersOf('g')
  const task = taskOf('g', 'requested', 'requested')
  const send = (...resources: readonly Resource[]) =>
    ask('POST', '/fhir', { as: tinglin, body: transactionOf(...resources) })
  const plain = await send(patient!, request!, task)
  t.strictSame([plain.status, codes(plain.json)], [422, ['consultation-consent']])
  const urgent = { ...request!, priority: 'stat' }
  const emergency = { ...task, statusReason: { text: '急性胸痛' } }
  t.equal((await send(patient!, urgent, emergency)).status, 200)
})

t.test('PUT, PATCH, DELETE and transactions are held to the same steps', async t => {
  await reach('h', 'triage')
  const url = '/fhir/Task/tinglin-h-task'
  const stored = (await ask('GET', url, { as: tinglin })).json
  const jump = { ...stored, status: 'completed' }
  jump.businessStatus = { coding: [{ system: stateSystem, code: 'completed' }] }
  const byPut = await put(tinglin, jump)
  t.strictSame([byPut.status, codes(byPut.json)], [422, ['consultation-step']])
  const byTransaction = await ask('POST', '/fhir', { as: tinglin, body: transactionOf(jump) })
  t.equal(byTransaction.status, 422)
  t.strictSame(byTransaction.json.issue[0].expression, ['Bundle.entry[0].resource.businessStatus'])
  const byPatch = await ask('PATCH', url, {
    as: tinglin,
    headers: { 'content-type': 'application/json-patch+json' },
    body: [{ op: 'remove', path: '/businessStatus' }],
  })
  t.strictSame([byPatch.status, codes(byPatch.json)], [422, ['consultation-fixed']])
  const byDelete = await ask('DELETE', url, { as: tinglin })
  t.strictSame([byDelete.status, codes(byDelete.json)], [422, ['consultation-kept']])
  const named = await put(tinglin, { ...stored, owner: { reference: 'Practitioner/no6-li' } })
  t.strictSame([named.status, codes(named.json)], [422, ['consultation-fixed']])
  const wrong = await put(tinglin, { ...stored, status: 'accepted' })
  t.strictSame([wrong.status, codes(wrong.json)], [422, ['consultation-status']])
  const foreign = await put(no6, stored)
  t.equal(foreign.status, 403, 'the other hospital uses $transition')
  t.equal((await put(tinglin, { ...stored, description: '心内科' })).status, 200)
})

t.test('of two who decide at the same moment one comes late', async t => {
  await reach('i', 'triage')
  const answers = await Promise.all([
    step('i', 'invited-person', 'accepted'),
    step('i', 'invited-system', 'rejected'),
    step('i', 'inviting-system', 'cancelled'),
  ])
  const statuses = answers.map(({ status }) => status).sort()
  t.equal(statuses[0], 200)
  t.ok(
    statuses.slice(1).every(status => [412, 422].includes(status)),
    statuses.join(),
  )
  const known = await ask('POST', '/fhir/Task/tinglin-i-task/$transition', {
    as: no6,
    headers: { 'if-match': 'W/"1"' },
    body: { resourceType: 'Parameters', parameter: [{ name: 'state', valueCode: 'triage' }] },
  })
  t.equal(known.status, 412)
})

t.test('after a refusal the request can be worked on by a new Task, one at a time', async t => {
  await reach('j', 'rejected')
  const again = { ...taskOf('j', 'requested', 'requested'), id: 'tinglin-j-second' }
  t.equal((await put(tinglin, again)).status, 201)
  const third = await put(tinglin, { ...again, id: 'tinglin-j-third' })
  t.strictSame([third.status, codes(third.json)], [422, ['consultation-only-one']])
})

t.test('an opinion that a machine wrote and nobody verified is not signed', async t => {
  await reach('k', 'reporting')
  const url = '/fhir/DiagnosticReport/no6-k-opinion'
  const report = (await ask('GET', url, { as: no6 })).json
  const label = {
    system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
    code: 'AIAST',
  }
  await put(no6, { ...report, status: 'final', meta: { security: [label] } })
  const body = {
    resourceType: 'Parameters',
    parameter: [{ name: 'state', valueCode: 'completed' }],
  }
  const path = '/fhir/Task/tinglin-k-task/$transition'
  const { status, json } = await ask('POST', path, { as: zhang, body })
  t.strictSame([status, codes(json)], [422, ['consultation-report']])
})
