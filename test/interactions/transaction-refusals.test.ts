/** A transaction that is refused says which entry is at fault, and where in it. @see https://hl7.org/fhir/R4/http.html#transaction */
import t from 'tap'
import { aServer, tinglin } from '../server.ts'

const { ask } = await aServer(t)
const good = {
  resource: { resourceType: 'Practitioner' },
  request: { method: 'POST', url: 'Practitioner' },
}
const refusal = async (entry: unknown) => {
  const { status, json } = await ask('POST', '/fhir', {
    as: tinglin,
    body: { resourceType: 'Bundle', type: 'transaction', entry: [good, entry] },
  })
  return [status, json.issue?.[0].details.coding[0].code, json.issue?.[0].expression]
}
const id = 'tinglin-r1'
const patient = { resourceType: 'Patient', id }
const put = (resource: object, more = {}) => ({
  resource,
  request: { method: 'PUT', url: `Patient/${id}`, ...more },
})
await ask('PUT', `/fhir/Patient/${id}`, { as: tinglin, body: patient })
const patch = (resource: object) => ({
  resource,
  request: { method: 'PATCH', url: `Patient/${id}` },
})
const jsonPatch = (...operations: object[]) =>
  patch({
    ...{ resourceType: 'Binary', contentType: 'application/json-patch+json' },
    data: Buffer.from(JSON.stringify(operations)).toString('base64'),
  })
const at = (place = '') => [`Bundle.entry[1]${place}`]

t.test('faults of a body stand at its elements', async t => {
  const post = (resource: unknown) => ({ resource, request: { method: 'POST', url: 'Patient' } })
  for (const [entry, ...expected] of [
    [post({ resourceType: 'Person' }), 400, 'resource-type-mismatch', at('.resource.resourceType')],
    [post({}), 400, 'json-not-resource', at('.resource.resourceType')],
    [post([]), 400, 'json-not-resource', at('.resource')],
    [put({ resourceType: 'Patient' }), 400, 'id-mismatch', at('.resource.id')],
    [put({ ...patient, gender: 'x' }), 422, 'code-not-bound', at('.resource.gender')],
  ])
    t.strictSame(await refusal(entry), expected)
})

t.test(
  'faults of a patch name the entry, and the place in the patch or in what it makes',
  async t => {
    const fhirPath = (name: string) =>
      patch({
        resourceType: 'Parameters',
        parameter: [{ name: 'operation', part: [{ name: 'type', valueCode: name }] }],
      })
    for (const [entry, ...expected] of [
      [fhirPath('zap'), 400, 'patch-malformed', at('.resource.parameter[0]')],
      [jsonPatch({ op: 'zap' }), 400, 'patch-malformed', [...at(), '$[0].op']],
      [
        jsonPatch({ op: 'remove', path: '/none' }),
        ...[422, 'patch-path-unresolved', [...at(), '$[0]']],
      ],
      [
        jsonPatch({ op: 'add', path: '/gender', value: 'x' }),
        ...[422, 'code-not-bound', [...at(), 'Patient.gender']],
      ],
    ])
      t.strictSame(await refusal(entry), expected)
  },
)

t.test('conditions and questions are named as entries', async t => {
  const get = (url: string) => ({ request: { method: 'GET', url } })
  for (const [entry, ...expected] of [
    [put(patient, { ifMatch: 'W/"77"' }), 412, 'version-mismatch', at()],
    [put(patient, { ifMatch: 'zap' }), 400, 'if-match-invalid', at()],
    [put(patient, { ifNoneMatch: '*' }), 412, 'already-there', at()],
    [get('Patient?zap=1'), 400, 'search-parameter-unknown', at()],
    [get(`Patient/${id}/$zap`), 404, 'operation-unknown', at('.request')],
    [get('Patient/tinglin-none'), 404, 'not-found', at()],
    [{ request: { method: 'ZAP', url: 'Patient' } }, 405, 'method-not-allowed', at('.request')],
  ])
    t.strictSame(await refusal(entry), expected)
})

t.test('of none of them anything was stored', async t => {
  const { json } = await ask('GET', `/fhir/Patient/${id}`, { as: tinglin })
  t.equal(json.meta.versionId, '1')
  const practitioners = '/fhir/Practitioner/_history?_since=2020-01-01T00:00:00Z'
  const { text } = await ask('GET', practitioners, { as: tinglin })
  t.notMatch(text, /"method":"POST"/)
})
