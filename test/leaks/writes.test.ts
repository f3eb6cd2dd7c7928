/** Leaks by writes, and what no writer brings about for others, CONSENT.md 4, each by its number. */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import {
  aServer,
  no6,
  seenOf,
  tinglin,
  zhang,
  zhujing,
  type Caller,
  type Answer,
} from '../server.ts'
import { consentOf, consultationOf } from '../story/papers.ts'
import { sameAsAbsent } from './absence.ts'
import { leakAsking } from './asking.ts'

const { app, ask } = await aServer(t)
const { file, get } = leakAsking({ ask })
const system = 'urn:huizhen:test:number'
const label = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }

const observation = (number: string, more: object = {}) => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: '体温' } },
  identifier: [{ system, value: number }],
  ...more,
})
const post = (body: { readonly resourceType: string }, as: Caller, headers = {}) =>
  ask('POST', `/fhir/${body.resourceType}`, { as, body, headers })
const put = (body: Resource, as: Caller) =>
  ask('PUT', `/fhir/${body.resourceType}/${body.id}`, { as, body })
const totalOf = async (number: string, as: Caller): Promise<number> =>
  (await get(`Observation?identifier=${system}|${number}`, as)).json.total

t.before(async () => {
  for (const number of ['number-1', 'number-2', 'number-2'])
    await post(observation(number), tinglin)
})

t.test('L34 a hidden match does not stand in for an own record', async t => {
  for (const number of ['number-1', 'number-2']) {
    const headers = { 'if-none-exist': `identifier=${system}|${number}` }
    t.equal((await post(observation(number), zhujing, headers)).status, 201, number)
    t.equal((await post(observation(number), zhujing, headers)).status, 200, 'its own, now')
    t.equal(await totalOf(number, zhujing), 1)
  }
})

t.test('L35 hidden matches are counted by no conditional write', async t => {
  const asNobody = { as: no6 }
  for (const number of ['number-1', 'number-2']) {
    const path = (value: string) => `/fhir/Observation?identifier=${system}|${value}`
    const ids = [number, 'number-9'] as const
    const patched = await sameAsAbsent(t, ids, value =>
      ask('PATCH', path(value), {
        ...asNobody,
        headers: { 'content-type': 'application/json-patch+json' },
        body: [{ op: 'replace', path: '/status', value: 'amended' }],
      }),
    )
    t.equal(patched.status, 404)
    await sameAsAbsent(t, ids, value => ask('DELETE', path(value), asNobody))
    const created = await ask('PUT', path(number), { ...asNobody, body: observation(number) })
    t.equal(created.status, 201)
  }
  t.strictSame([await totalOf('number-1', tinglin), await totalOf('number-2', tinglin)], [1, 2])
  const { json } = await get(`Observation?identifier=${system}|number-1`, tinglin)
  t.match(json.entry[0].resource, { status: 'final', meta: { versionId: '1' } })
})

t.test("L36 another hospital's ids are refused alike, there or not", async t => {
  for (const as of [zhujing, no6]) {
    const { status } = await sameAsAbsent(t, ['tinglin-shanxin', 'tinglin-nobody'], id =>
      put({ resourceType: 'Patient', id }, as),
    )
    t.equal(status, 403)
  }
})

t.test('L37 a reference to a hidden record leads nowhere', async t => {
  const policy = (value: string) =>
    app.context.database.query({
      name: '',
      text: `update organization set reference_policy = '${value}' where id = 'zhujing'`,
      values: [],
    })
  await policy('enforced')
  const { status, text } = await sameAsAbsent(t, ['tinglin-shanxin', 'tinglin-nobody'], id =>
    post(observation('r', { subject: { reference: `Patient/${id}` } }), zhujing),
  )
  t.equal(status, 422)
  t.notMatch(text, /shanxin/)
  await policy('open')
})

t.test('L38 a number another hospital uses, too, is no duplicate', async t => {
  const { json } = await get('Patient/tinglin-shanxin', tinglin)
  const { identifier } = json
  const made = await post({ resourceType: 'Patient', identifier } as Resource, zhujing)
  t.equal(made.status, 201, made.text)
  const { system: of, value } = identifier[0]
  t.equal((await get(`Patient?identifier=${of}|${value}`, zhujing)).json.total, 1)
})

t.test('L41 nobody writes as another, and no label comes off', async t => {
  const managingOrganization = { reference: 'Organization/tinglin' }
  const body = { resourceType: 'Patient', managingOrganization, name: [{ text: '假' }] }
  const made = await post(body, zhujing)
  t.equal(made.status, 201)
  t.equal((await get(`Patient/${made.json.id}`, tinglin)).status, 404, 'its writer owns it')
  t.equal((await get(`Patient/${made.json.id}`, zhujing)).status, 200)

  const labelled: Resource = {
    ...{ resourceType: 'Observation', id: 'tinglin-w1', status: 'final', code: { text: 'x' } },
    ...{ meta: { security: [label] }, subject: { reference: 'Patient/tinglin-liuyang' } },
  }
  await file(labelled)
  const path = '/fhir/Observation/tinglin-w1'
  t.equal((await get('Observation/tinglin-w1')).status, 200, 'a record No.6 can see')
  const bare = Object.fromEntries(Object.entries(labelled).filter(([name]) => name !== 'meta'))
  t.equal((await put(bare as unknown as Resource, no6)).status, 403)
  const patch = [{ op: 'remove', path: '/meta/security' }]
  const headers = { 'content-type': 'application/json-patch+json' }
  t.equal((await ask('PATCH', path, { as: no6, headers, body: patch })).status, 403)
  const parameters = {
    resourceType: 'Parameters',
    parameter: [{ name: 'meta', valueMeta: { security: [label] } }],
  }
  for (const as of [no6, zhang, tinglin])
    t.equal((await ask('POST', `${path}/$meta-delete`, { as, body: parameters })).status, 403)
  t.match((await get('Observation/tinglin-w1', tinglin)).json.meta, {
    versionId: '1',
    security: [label],
  })
})

t.test('L42 No.6 cannot ask itself for a consultation', async t => {
  const patient = 'Patient/tinglin-w2'
  await file({ resourceType: 'Patient', id: 'tinglin-w2' }, consentOf('tinglin-w3', patient))
  const requester = { reference: 'Practitioner/tinglin-wang' }
  t.equal((await put(consultationOf('tinglin-w4', patient, { requester }), no6)).status, 403)
  const own = await put(consultationOf('no6-w4', patient, { requester }), no6)
  t.equal(own.status, 201, own.text)
  for (const as of [no6, zhang]) t.equal((await get(patient, as)).status, 404)
  await file(consultationOf('tinglin-w4', patient))
  t.equal((await get(patient)).status, 200, "the hospital's own request opens it")
})

t.test("L43 a consent about another hospital's records is refused and does nothing", async t => {
  const patient = 'Patient/tinglin-w5'
  await file({ resourceType: 'Patient', id: 'tinglin-w5' }, consultationOf('tinglin-w6', patient))
  for (const [prefix, as] of [
    ['no6', no6],
    ['zhujing', zhujing],
  ] as const) {
    const foreign = consentOf(`${prefix}-w7`, patient)
    t.equal((await put(foreign, as)).status, 403)
    t.equal((await post(foreign, as)).status, 403)
    t.equal((await get(`Consent/${prefix}-w7`, as)).status, 404, 'nothing is kept of it')
    const own = { ...foreign, organization: [{ reference: `Organization/${prefix}` }] }
    t.equal((await put(own, as)).status, 201, 'its own records it may open')
    t.equal((await get(patient)).status, 404, 'and no others')
  }
})

t.test('L44 a deletion is answered alike, whoever else refers to the record', async t => {
  const about = (id: string) => observation('d', { subject: { reference: `Patient/${id}` } })
  await file(
    { resourceType: 'Patient', id: 'tinglin-w8' },
    { resourceType: 'Patient', id: 'tinglin-w9' },
  )
  t.equal((await post(about('tinglin-w8'), zhujing)).status, 201)
  const [referredTo, other] = [
    await ask('DELETE', '/fhir/Patient/tinglin-w8', { as: tinglin }),
    await ask('DELETE', '/fhir/Patient/tinglin-w9', { as: tinglin }),
  ]
  // When it was deleted is the caller's own doing, and may be a second later.
  const seen = (answer: Answer) => {
    const { headers, ...rest } = seenOf(answer)
    return { ...rest, headers: { ...headers, 'last-modified': undefined } }
  }
  t.strictSame(seen(referredTo), seen(other))
  t.equal(other.status, 204)
})
