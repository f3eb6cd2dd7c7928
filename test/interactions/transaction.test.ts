/** FHIR transaction. @see https://hl7.org/fhir/R4/http.html#transaction */
import t from 'tap'
import { aServer, tinglin } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const post = (type: string, entry: unknown[], headers = {}) =>
  ask('POST', '/fhir', { as: tinglin, body: { resourceType: 'Bundle', type, entry }, headers })
const count = async (query: string) =>
  (await ask('GET', `/fhir/${query}&_summary=count`, { as: tinglin })).json.total as number

const urn = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a'
const mother = {
  fullUrl: urn,
  resource: { resourceType: 'Patient', name: [{ family: '司马', given: ['光'] }] },
  request: { method: 'POST', url: 'Patient' },
}
const observation = (reference: string) => ({
  resource: {
    resourceType: 'Observation',
    status: 'final',
    code: { text: '体温' },
    subject: { reference },
  },
  request: { method: 'POST', url: 'Observation' },
})

t.test('references by urn:uuid become references to the ids assigned', async t => {
  const { status, json } = await post('transaction', [observation(urn), mother])
  t.equal(status, 200)
  t.equal(json.type, 'transaction-response')
  t.strictSame(
    json.entry.map((entry: { response: { status: string } }) => entry.response.status),
    ['201 Created', '201 Created'],
  )
  const [first, second] = json.entry.map((entry: { response: { location: string } }) =>
    entry.response.location.replace(/\/_history\/1$/, ''),
  )
  const stored = await ask('GET', first, { as: tinglin })
  t.equal(`${baseUrl}/fhir/${stored.json.subject.reference}`, second)
})

t.test(
  'one bad entry and nothing is written; the refusal names its element in the bundle',
  async t => {
    const before = await count('Patient?family=司马')
    const { status, json } = await post('transaction', [
      mother,
      { ...observation(urn), resource: { resourceType: 'Observation', code: { text: 'x' } } },
    ])
    t.equal(status, 422)
    t.strictSame(json.issue[0].expression, ['Bundle.entry[1].resource.status'])
    t.equal(await count('Patient?family=司马'), before)
  },
)

t.test('a failing write in the database takes the others with it', async t => {
  const { status } = await post('transaction', [
    mother,
    {
      resource: { resourceType: 'Patient', id: '01890000-0000-7000-8000-000000000000' },
      request: { method: 'PUT', url: 'Patient/01890000-0000-7000-8000-000000000000' },
    },
  ])
  t.equal(status, 404)
  t.equal(await count('Patient?family=司马'), 1)
})

t.test(
  'a urn that names no entry, a doubled fullUrl and a doubled identity are refused with 400',
  async t => {
    const put = {
      resource: { resourceType: 'Patient', id: 'tinglin-twice' },
      request: { method: 'PUT', url: 'Patient/tinglin-twice' },
    }
    for (const [entries, code] of [
      [[observation('urn:uuid:00000000-0000-4000-8000-000000000000')], 'reference-unresolved'],
      [[mother, mother], 'bundle-duplicate-full-url'],
      [[put, put], 'bundle-duplicate-identity'],
      [[{ request: { method: 'POST' } }], 'bundle-entry-invalid'],
      [[{ resource: {}, request: { method: 'POST', url: 'Patient' } }], 'json-not-resource'],
    ] as const) {
      const { status, json } = await post('transaction', [...entries])
      t.equal(status, 400, code)
      t.equal(json.issue[0].details.coding[0].code, code)
    }
  },
)

t.test('a search in a transaction sees its writes', async t => {
  const { json } = await post('transaction', [
    {
      resource: { resourceType: 'Patient', id: 'tinglin-seen', name: [{ family: '上官' }] },
      request: { method: 'PUT', url: 'Patient/tinglin-seen' },
    },
    { request: { method: 'GET', url: 'Patient?family=上官' } },
  ])
  t.equal(json.entry[1].resource.total, 1)
})

t.test('return=representation shows what was stored', async t => {
  const { json } = await post('transaction', [mother], { prefer: 'return=representation' })
  t.equal(json.entry[0].resource.name[0].family, '司马')
})

t.test('a bundle of another type is refused with 400', async t => {
  t.equal((await post('collection', [])).status, 400)
})
