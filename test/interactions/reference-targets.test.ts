/** Referential integrity on write. @see https://hl7.org/fhir/R4/http.html#integrity */
import t, { type Test } from 'tap'
import { aServer, no6, tinglin, zhujing } from '../server.ts'

const { app, ask, baseUrl } = await aServer(t)
await app.context.database.query({
  name: '',
  text: `update organization set reference_policy = 'enforced' where id in ('tinglin', 'no6')`,
  values: [],
})

const observation = (subject: object, more = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: '体温' },
  subject,
  ...more,
})
const create = (body: unknown, as = tinglin) => ask('POST', '/fhir/Observation', { as, body })
const transaction = (entry: unknown[]) =>
  ask('POST', '/fhir', {
    as: tinglin,
    body: { resourceType: 'Bundle', type: 'transaction', entry },
  })
const liuyang = { reference: 'Patient/tinglin-liuyang' }

t.test('a reference to what is there is stored; also absolute and with a version', async t => {
  for (const reference of [
    'Patient/tinglin-liuyang',
    `${baseUrl}/fhir/Patient/tinglin-liuyang`,
    'Patient/tinglin-liuyang/_history/1',
  ])
    t.equal((await create(observation({ reference }))).status, 201, reference)
})

t.test('a hidden target and an unknown one get the same 422 naming the element', async t => {
  const hidden = await create(observation({ reference: 'Patient/zhujing-ouyang' }))
  const unknown = await create(observation({ reference: 'Patient/zhujing-nobody' }))
  t.equal(hidden.status, 422)
  t.equal(hidden.json.issue[0].code, 'not-found')
  t.equal(hidden.json.issue[0].details.coding[0].code, 'reference-target-unknown')
  t.strictSame(hidden.json.issue[0].expression, ['Observation.subject.reference'])
  t.equal(hidden.text, unknown.text)
  t.notMatch(hidden.text, /ouyang/)
})

t.test('every reference that leads nowhere is named', async t => {
  const { status, json } = await create(
    observation(liuyang, {
      performer: [{ reference: 'Practitioner/none' }, { reference: 'Organization/tinglin' }],
      hasMember: [{ reference: 'Observation/none' }, { reference: 'urn:oid:1.2.3' }],
    }),
  )
  t.equal(status, 422)
  t.strictSame(
    json.issue.map((issue: { expression: string[] }) => issue.expression[0]),
    [
      'Observation.performer[0].reference',
      'Observation.hasMember[0].reference',
      'Observation.hasMember[1].reference',
    ],
  )
})

t.test('what is visible by consent and consultation may be referred to', async t => {
  t.equal((await create(observation(liuyang), no6)).status, 201)
  t.equal((await create(observation({ reference: 'Patient/tinglin-shanxin' }), no6)).status, 422)
})

t.test('contained resources, other servers and logical references are not looked at', async t => {
  const body = observation(
    { reference: '#p' },
    {
      contained: [{ resourceType: 'Patient', id: 'p' }],
      performer: [
        { reference: 'https://elsewhere.example/fhir/Practitioner/1' },
        { type: 'Practitioner', identifier: { system: 'urn:x', value: '1' } },
      ],
    },
  )
  t.equal((await create(body)).status, 201)
})

t.test('in a transaction what it writes itself counts, and what it deletes does not', async t => {
  const urn = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0b'
  const made = await transaction([
    {
      resource: observation({ reference: urn }),
      request: { method: 'POST', url: 'Observation' },
    },
    {
      fullUrl: urn,
      resource: { resourceType: 'Patient', id: 'tinglin-rt' },
      request: { method: 'PUT', url: 'Patient/tinglin-rt' },
    },
  ])
  t.equal(made.status, 200)
  const gone = await transaction([
    { request: { method: 'DELETE', url: 'Patient/tinglin-rt' } },
    {
      resource: observation({ reference: 'Patient/tinglin-rt' }),
      request: { method: 'POST', url: 'Observation' },
    },
  ])
  t.equal(gone.status, 422)
  t.strictSame(gone.json.issue[0].expression, ['Bundle.entry[1].resource.subject.reference'])
  t.equal((await ask('GET', '/fhir/Patient/tinglin-rt', { as: tinglin })).status, 200)
})

t.test('a deleted target is an unknown one, on create, update and patch', async t => {
  await ask('PUT', '/fhir/Patient/tinglin-rt2', {
    as: tinglin,
    body: { resourceType: 'Patient', id: 'tinglin-rt2' },
  })
  const subject = { reference: 'Patient/tinglin-rt2' }
  const { json } = await create(observation(liuyang))
  await ask('DELETE', '/fhir/Patient/tinglin-rt2', { as: tinglin })
  t.equal((await create(observation(subject))).status, 422)
  const at = `/fhir/Observation/${json.id}`
  const update = { ...json, meta: undefined, subject }
  t.equal((await ask('PUT', at, { as: tinglin, body: update })).status, 422)
  const patched = await ask('PATCH', at, {
    as: tinglin,
    headers: { 'content-type': 'application/json-patch+json' },
    body: [{ op: 'replace', path: '/subject/reference', value: 'Patient/tinglin-rt2' }],
  })
  t.equal(patched.status, 422)
  t.equal(patched.json.issue[0].details.coding[0].code, 'reference-target-unknown')
})

t.test(
  'what refers to something deleted since can still be corrected, but not led further astray',
  async t => {
    await ask('PUT', '/fhir/Patient/tinglin-rt3', {
      as: tinglin,
      body: { resourceType: 'Patient', id: 'tinglin-rt3' },
    })
    const { json } = await create(observation({ reference: 'Patient/tinglin-rt3' }))
    await ask('DELETE', '/fhir/Patient/tinglin-rt3', { as: tinglin })
    const at = `/fhir/Observation/${json.id}`
    const wrong = { ...json, meta: undefined, status: 'entered-in-error' }
    const corrected = await ask('PUT', at, { as: tinglin, body: wrong })
    t.equal(corrected.status, 200)
    t.equal(corrected.json.meta.versionId, '2')
    const further = { ...wrong, performer: [{ reference: 'Practitioner/none' }] }
    const refused = await ask('PUT', at, { as: tinglin, body: further })
    t.equal(refused.status, 422)
    t.strictSame(
      refused.json.issue.map(({ expression }: { expression: string[] }) => expression[0]),
      ['Observation.performer[0].reference'],
    )
    await ask('DELETE', at, { as: tinglin })
    t.equal((await ask('PUT', at, { as: tinglin, body: wrong })).status, 422, 'made anew')
  },
)

/** The first words of the names of the statements sent until the test ends. */
const statementsOf = (t: Test): string[] => {
  const { database } = app.context
  const statements: string[] = []
  const query = database.query.bind(database)
  database.query = statement => {
    statements.push(statement.name.split('-')[0]!)
    return query(statement)
  }
  t.teardown(() => void (database.query = query))
  return statements
}

t.test('one statement answers for all references of a write', async t => {
  const statements = statementsOf(t)
  const members = Array.from({ length: 50 }, (_, n) => ({ reference: `Observation/none${n}` }))
  const { json } = await create(observation(liuyang, { hasMember: members }))
  t.equal(json.issue.length, 50)
  t.equal(statements.filter(name => name === 'targets').length, 1)
})

t.test('with the policy open a plain create is one statement, with enforced one more', async t => {
  const statements = statementsOf(t)
  const sent = async (as: typeof tinglin) => {
    statements.length = 0
    t.equal((await create(observation(liuyang), as)).status, 201)
    return statements.filter(name => name !== 'audit' && name !== 'registry')
  }
  t.strictSame(await sent(zhujing), ['write'])
  t.strictSame(await sent(tinglin), ['targets', 'write'])
})

t.test('a hospital with the policy open may refer to what is not there yet', async t => {
  const { status } = await create(observation({ reference: 'Patient/zhujing-later' }), zhujing)
  t.equal(status, 201)
})
