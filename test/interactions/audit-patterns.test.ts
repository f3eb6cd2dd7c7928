/** Every kind of event of the audit trail in the form of its pattern of IHE BALP. @see https://profiles.ihe.net/ITI/BALP/ */
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { validate } from '../../src/fhir/validate.ts'
import { sandboxPersonGrant } from '../../src/registry/grant-names.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { aServer, sun, tinglin, wu, zhang, type Caller } from '../server.ts'
import { consentOf } from '../story/papers.ts'

const { app, ask } = await aServer(t)
const definitions = loadDefinitions()
const patient = 'Patient/tinglin-liuyang'

interface Coded {
  readonly coding: readonly { readonly code: string }[]
}
interface Agent {
  readonly type: Coded
  readonly who: { readonly reference?: string; readonly identifier?: { readonly value: string } }
  readonly requestor: boolean
  readonly network?: object
  readonly policy?: readonly string[]
}
interface Entity {
  readonly type: { readonly code: string }
  readonly role?: { readonly code: string }
  readonly what?: Agent['who']
  readonly query?: string
}
interface Event {
  readonly type: { readonly code: string }
  readonly subtype: readonly { readonly code: string }[]
  readonly agent: readonly Agent[]
  readonly entity: readonly Entity[]
  readonly purposeOfEvent?: readonly Coded[]
}

/** The events that a query finds, each of them valid. */
const eventsOf = async (query: string, as: Caller = wu): Promise<readonly Event[]> => {
  await app.context.auditTrail.drained()
  const { text, json } = await ask('GET', `/fhir/AuditEvent?_count=200&${query}`, { as })
  const { entry = [] } = parseJson(Buffer.from(text)) as { entry?: { resource: unknown }[] }
  for (const { resource } of entry) {
    const found = validate(resource as Parameters<typeof validate>[0], definitions)
    t.strictSame(
      found.map(({ code, expression }) => `${code} ${expression}`),
      [],
      query,
    )
  }
  return (json.entry ?? []).map(({ resource }: { resource: Event }) => resource)
}
const agents = ({ agent }: Event, code: string) =>
  agent.filter(({ type }) => type.coding[0]!.code === code)
const entities = ({ entity }: Event, type: string) => entity.filter(one => one.type.code === type)
const named = (event: Event, reference: string) =>
  event.entity.filter(({ what }) => what?.reference === reference)

/** What all patterns of RESTful events have in common. */
const isRest = (
  event: Event,
  expected: { readonly subtype: string; readonly action: string; readonly user?: string },
) => {
  const isRead = expected.action === 'R'
  t.match(
    event,
    { type: { code: 'rest' }, action: expected.action, outcome: '0' },
    expected.subtype,
  )
  t.strictSame(
    event.subtype.map(({ code }) => code),
    [expected.subtype],
  )
  for (const [end, count] of [
    [isRead ? '110152' : '110153', 'client'],
    [isRead ? '110153' : '110152', 'server'],
  ] as const) {
    const found = agents(event, end)
    t.equal(found.length, 1, `one ${count}`)
    t.match(found[0], { who: { identifier: { value: String } }, network: { address: String } })
  }
  const users = expected.user === undefined ? [] : agents(event, expected.user)
  t.equal(users.length, expected.user === undefined ? 0 : 1, 'one user, or none for a system')
  for (const user of users) {
    t.match(user, { requestor: true, who: { reference: /^Practitioner\// }, policy: [/^urn:jti:/] })
    t.equal(user.network, undefined)
  }
  t.equal(event.agent.filter(({ requestor }) => requestor).length, 1, 'one requestor')
  t.equal(entities(event, 'XrequestId').length, 1)
}
const isAbout = (event: Event, reference: string, of = patient) => {
  t.strictSame(
    named(event, of)
      .filter(({ type }) => type.code === '1')
      .map(({ role }) => role?.code),
    ['1'],
  )
  const [record] = named(event, reference).filter(({ type }) => type.code !== '1')
  t.equal(record?.role?.code, '4', reference)
}

t.test('reading', async t => {
  await ask('GET', `/fhir/${patient}`, { as: zhang })
  await ask('GET', `/fhir/${patient}/_history/1`, { as: zhang })
  for (const subtype of ['read', 'vread']) {
    const [event] = await eventsOf(`agent=Practitioner/no6-zhang&subtype=${subtype}`)
    t.ok(event, subtype)
    isRest(event!, { subtype, action: 'R', user: 'IRCP' })
    isAbout(event!, patient)
    t.equal(entities(event!, '2').length, 1)
  }
  await ask('GET', `/fhir/${patient}`, { as: tinglin })
  const [system] = await eventsOf(`agent=Organization/tinglin&subtype=read`)
  isRest(system!, { subtype: 'read', action: 'R' })
  t.match(agents(system!, '110152')[0], { requestor: true, policy: [/^urn:jti:/] })
})

t.test('a query, and what it found', async t => {
  await ask('GET', `/fhir/Observation?patient=${patient}&_count=3`, { as: zhang })
  const [event] = await eventsOf('agent=Practitioner/no6-zhang&subtype=search-type')
  isRest(event!, { subtype: 'search-type', action: 'E', user: 'IRCP' })
  const [query, ...others] = entities(event!, '2')
  t.match(query, { role: { code: '24' }, query: String })
  t.equal(query!.what, undefined)
  t.strictSame(others, [])
  t.equal(Buffer.from(query!.query!, 'base64').toString(), 'Observation?patient&_count')
  t.strictSame(
    named(event!, patient).map(({ role }) => role?.code),
    ['1'],
  )
  t.equal(entities(event!, 'Observation').length, 3)
})

t.test('writing', async t => {
  const id = 'tinglin-balp'
  const body = {
    ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
    subject: { reference: patient },
  }
  const path = `/fhir/Observation/${id}`
  t.equal((await ask('PUT', path, { as: tinglin, body })).status, 201)
  t.equal((await ask('PUT', path, { as: wu, body: { ...body, status: 'amended' } })).status, 200)
  t.equal((await ask('DELETE', path, { as: wu })).status, 204)
  for (const [subtype, action] of [
    ['update', 'U'],
    ['delete', 'D'],
  ] as const) {
    const [event] = await eventsOf(
      `entity=Observation/${id}&subtype=${subtype}&agent=Practitioner/tinglin-wu`,
    )
    isRest(event!, { subtype, action, user: 'AUT' })
    isAbout(event!, `Observation/${id}`)
  }
  const created = await ask('POST', '/fhir/Observation', {
    as: wu,
    body: { ...body, id: undefined },
  })
  const [event] = await eventsOf('subtype=create&agent=Practitioner/tinglin-wu')
  isRest(event!, { subtype: 'create', action: 'C', user: 'AUT' })
  isAbout(event!, `Observation/${created.json.id}`)
})

t.test('a consent that is written says its decision, and is among the grounds', async t => {
  const body = consentOf('tinglin-balp-c', patient)
  await ask('PUT', '/fhir/Consent/tinglin-balp-c', { as: tinglin, body })
  const [event] = await eventsOf('entity=Consent/tinglin-balp-c')
  t.match(event, { outcome: '0', outcomeDesc: /consent-active-permit/ })
  isRest(event!, { subtype: 'update', action: 'U' })
})

t.test('a denial', async t => {
  await ask('GET', '/fhir/Patient/tinglin-shanxin', { as: zhang })
  const [event] = await eventsOf('outcome=4&agent=Practitioner/no6-zhang')
  t.match(event, { type: { code: 'rest' }, outcome: '4', outcomeDesc: '404 not-found' })
  t.strictSame(named(event!, 'Patient/tinglin-shanxin').length, 1)
  t.equal(agents(event!, '110153').length + agents(event!, '110152').length, 2, 'both ends')
})

t.test('a sign-in', async t => {
  const registry = createRegistry(app.context.database)
  const { secret = '' } = await registry.clients.create({
    ...{ id: 'no6-balp', organization: 'no6', name: 'x', kind: 'people', scopes: ['user/*.rs'] },
    ...{ purposes: ['TREAT'], grantTypes: [sandboxPersonGrant] },
  })
  const { status } = await ask('POST', '/auth/token', {
    body: new URLSearchParams({ grant_type: sandboxPersonGrant, user: 'no6-zhang' }).toString(),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`no6-balp:${secret}`).toString('base64')}`,
    },
  })
  t.equal(status, 200)
  const [event] = (await eventsOf('subtype=login', sun)).filter(({ agent }) =>
    agent.some(({ who }) => who.identifier?.value === 'no6-balp'),
  )
  t.match(event, {
    ...{ type: { code: '110114' }, subtype: [{ code: '110122' }], action: 'E', outcome: '0' },
    agent: [{ who: { reference: 'Practitioner/no6-zhang' }, policy: [/^urn:jti:/] }],
  })
})

t.test('a broken glass, before anything is read by it', async t => {
  const parameter = [
    { name: 'reason', valueString: 'an emergency in the test' },
    { name: 'minutes', valueInteger: 5 },
    {
      name: 'purpose',
      valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'BTG' },
    },
  ]
  const opened = await ask('POST', '/fhir/Patient/tinglin-shanxin/$break-glass', {
    as: { ...zhang, amr: ['otp'] },
    body: { resourceType: 'Parameters', parameter },
  })
  t.equal(opened.status, 200)
  const [event] = (await eventsOf('patient=tinglin-shanxin')).filter(
    ({ purposeOfEvent }) => purposeOfEvent?.[0]?.coding[0]?.code === 'BTG',
  )
  isRest(event!, { subtype: 'operation', action: 'E', user: 'IRCP' })
  t.strictSame(
    named(event!, 'Patient/tinglin-shanxin')
      .map(({ role }) => role?.code)
      .sort(),
    ['1', '4'],
  )
})
