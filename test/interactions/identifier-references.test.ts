/** References to a Patient by identifier. @see https://hl7.org/fhir/R4/references.html#logical */
import t from 'tap'
import { aServer, tinglin, zhujing, type Caller } from '../server.ts'

const { app, ask } = await aServer(t)
const run = (text: string) => app.context.database.query({ name: '', text, values: [] })
await run(`update organization set resolve_identifiers = true, reference_policy = 'enforced'
  where id in ('tinglin', 'zhujing')`)
await run(`update client set stub_patients = true where id = 'zhujing-ehr'`)

const system = 'urn:mrn'
const by = (value: string, more = {}) => ({
  type: 'Patient',
  identifier: { system, value },
  ...more,
})
const observation = (subject: object, more = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: '体温' },
  subject,
  ...more,
})
const create = (body: unknown, as: Caller = tinglin) =>
  ask('POST', '/fhir/Observation', { as, body })
const patient = (id: string, value: string, more = {}) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system, value }],
  ...more,
})
const putPatient = (body: { id: string }, as = tinglin) =>
  ask('PUT', `/fhir/Patient/${body.id}`, { as, body })
const transaction = (entry: unknown[], as = tinglin) =>
  ask('POST', '/fhir', { as, body: { resourceType: 'Bundle', type: 'transaction', entry } })

t.test('the own Patient with the identifier is referred to, and found by search', async t => {
  await putPatient(patient('tinglin-i1', 'MRN-000001'))
  await putPatient(patient('zhujing-i1', 'MRN-000001'), zhujing)
  const { status, json } = await create(observation(by('MRN-000001', { display: '王' })))
  t.equal(status, 201)
  t.strictSame(json.subject, {
    ...by('MRN-000001', { display: '王' }),
    reference: 'Patient/tinglin-i1',
  })
  const found = await ask('GET', '/fhir/Observation?patient=tinglin-i1', { as: tinglin })
  t.equal(found.json.total, 1)
})

t.test('repeating such an update changes nothing', async t => {
  const body = { ...observation(by('MRN-000001')), id: 'tinglin-o1' }
  const put = () => ask('PUT', '/fhir/Observation/tinglin-o1', { as: tinglin, body })
  t.equal((await put()).status, 201)
  const again = await put()
  t.equal(again.status, 200)
  t.equal(again.json.meta.versionId, '1')
})

t.test(
  'an unknown patient is refused with 422 not-found, the identifier masked, alike where another hospital has it',
  async t => {
    await putPatient(patient('zhujing-i2', 'MRN-000002'), zhujing)
    const hidden = await create(observation(by('MRN-000002')))
    const unknown = await create(observation(by('XYZ-999902')))
    t.equal(hidden.status, 422)
    t.equal(hidden.json.issue[0].code, 'not-found')
    t.equal(hidden.json.issue[0].details.coding[0].code, 'identifier-reference-unknown')
    t.strictSame(hidden.json.issue[0].expression, ['Observation.subject'])
    t.match(hidden.json.issue[0].diagnostics, /\*\*\*\*02/)
    t.notMatch(hidden.text, /MRN-000002/)
    t.equal(hidden.text, unknown.text)
  },
)

t.test('an identifier of two own patients is refused with 412', async t => {
  await putPatient(patient('tinglin-i3', 'MRN-000003'))
  await putPatient(patient('tinglin-i4', 'MRN-000003'))
  const { status, json } = await create(observation(by('MRN-000003')))
  t.equal(status, 412)
  t.equal(json.issue[0].details.coding[0].code, 'identifier-reference-many')
  t.strictSame(json.issue[0].expression, ['Observation.subject'])
})

t.test('of a merged patient and the one that replaced it, the latter is meant', async t => {
  const link = [{ type: 'replaced-by', other: { reference: 'Patient/tinglin-i3' } }]
  await putPatient(patient('tinglin-i4', 'MRN-000003', { active: false, link }))
  const { status, json } = await create(observation(by('MRN-000003')))
  t.equal(status, 201)
  t.equal(json.subject.reference, 'Patient/tinglin-i3')
})

t.test('a Patient of the same transaction is met', async t => {
  const { status } = await transaction(
    [
      {
        resource: observation(by('MRN-000005')),
        request: { method: 'PUT', url: 'Observation/tinglin-o5' },
      },
      {
        resource: patient('tinglin-i5', 'MRN-000005'),
        request: { method: 'PUT', url: 'Patient/tinglin-i5' },
      },
    ].map(entry =>
      entry.request.url.startsWith('Obs')
        ? { ...entry, resource: { ...entry.resource, id: 'tinglin-o5' } }
        : entry,
    ),
  )
  t.equal(status, 200)
  const { json } = await ask('GET', '/fhir/Observation/tinglin-o5', { as: tinglin })
  t.equal(json.subject.reference, 'Patient/tinglin-i5')
})

t.test('a Patient that the same transaction patches is met, and one it deletes is not', async t => {
  await putPatient(patient('tinglin-i6', 'MRN-000016'))
  const entry = (change: object) => [
    change,
    { resource: observation(by('MRN-000016')), request: { method: 'POST', url: 'Observation' } },
  ]
  const patch = {
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from('[{"op":"add","path":"/active","value":true}]').toString('base64'),
  }
  const request = (method: string) => ({ method, url: 'Patient/tinglin-i6' })
  const patched = await transaction(entry({ resource: patch, request: request('PATCH') }))
  t.equal(patched.status, 200)
  const deleted = await transaction(entry({ request: request('DELETE') }))
  t.equal(deleted.status, 422)
  t.strictSame(deleted.json.issue[0].expression, ['Bundle.entry[1].resource.subject'])
})

t.test(
  'for a client registered for it the unknown patient is made, tagged incomplete, in the same write',
  async t => {
    const { status, json } = await create(observation(by('MRN-000006')), zhujing)
    t.equal(status, 201)
    const stub = await ask('GET', `/fhir/${json.subject.reference}`, { as: zhujing })
    t.equal(stub.status, 200)
    t.match(stub.json.meta.tag, [{ system: 'urn:huizhen:tag', code: 'incomplete' }])
    await app.context.auditTrail.drained()
    const [recorded] = await app.context.database.query<{ entities: string[] }>({
      name: '',
      text: `select entities from audit_event where interaction = 'create' and client = 'zhujing-ehr'
        and resource_type = 'Observation' order by number desc limit 1`,
      values: [],
    })
    t.strictSame(recorded?.entities, [`Observation/${json.id}`, json.subject.reference])
    t.match(stub.json.identifier, [{ system, value: 'MRN-000006' }])
    const complete = await ask('PUT', `/fhir/Patient?identifier=${system}|MRN-000006`, {
      as: zhujing,
      body: { resourceType: 'Patient', identifier: [{ system, value: 'MRN-000006' }] },
    })
    t.equal(complete.json.id, stub.json.id)
    t.notOk(complete.json.meta.tag)
  },
)

t.test('a write that fails leaves no stub behind', async t => {
  const { status } = await create(
    observation(by('MRN-000007'), { hasMember: [{ reference: 'Observation/none' }] }),
    zhujing,
  )
  t.equal(status, 422)
  const { json } = await ask('GET', `/fhir/Patient?identifier=${system}|MRN-000007`, {
    as: zhujing,
  })
  t.equal(json.total, 0)
})

t.test('without the right to create Patients none is made', async t => {
  const as = {
    ...zhujing,
    scope: 'system/Observation.cruds system/Patient.rs',
  }
  t.equal((await create(observation(by('MRN-000008')), as)).status, 422)
})

t.test('24 parallel results of one unknown patient make one Patient', async t => {
  const answers = await Promise.all(
    Array.from({ length: 24 }, () => create(observation(by('MRN-000009')), zhujing)),
  )
  t.strictSame([...new Set(answers.map(({ status }) => status))], [201])
  t.equal(new Set(answers.map(({ json }) => json.subject.reference)).size, 1)
})
