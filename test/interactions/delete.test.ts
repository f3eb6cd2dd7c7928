/** FHIR delete. @see https://hl7.org/fhir/R4/http.html#delete */
import t from 'tap'
import { aServer, no6, tinglin, zhujing } from '../server.ts'

const { ask } = await aServer(t)
const patient = { resourceType: 'Patient', name: [{ text: '高山' }] }
const made = async (): Promise<string> =>
  (await ask('POST', '/fhir/Patient', { as: tinglin, body: patient })).json.id
const absentId = '01890000-0000-7000-8000-000000000000'
const noContent = ({ status, headers, text }: Awaited<ReturnType<typeof ask>>) => ({
  status,
  text,
  etag: headers.etag,
  names: Object.keys(headers).sort(),
})

t.test('deleting what does not exist is done already: 204 without a version', async t => {
  const { status, headers, text } = await ask('DELETE', '/fhir/Patient/tinglin-no', { as: tinglin })
  t.equal(status, 204)
  t.equal(text, '')
  t.equal(headers.etag, undefined)
  const read = await ask('GET', '/fhir/Patient/tinglin-no', { as: tinglin })
  t.equal(read.status, 404, 'not gone, as it never was')
})

t.test("another hospital's hidden record and an absent one answer alike, and it stays", async t => {
  const id = await made()
  const hidden = await ask('DELETE', `/fhir/Patient/${id}`, { as: no6 })
  const absent = await ask('DELETE', `/fhir/Patient/${absentId}`, { as: no6 })
  t.equal(hidden.status, 204)
  t.strictSame(noContent(hidden), noContent(absent))
  const mine = await ask('GET', `/fhir/Patient/${id}`, { as: tinglin })
  t.equal(mine.status, 200)
  t.equal(mine.json.meta.versionId, '1')
})

t.test('With If-Match both are 404: no version of it was seen', async t => {
  const id = await made()
  const headers = { 'if-match': 'W/"1"' }
  const hidden = await ask('DELETE', `/fhir/Patient/${id}`, { as: no6, headers })
  const absent = await ask('DELETE', `/fhir/Patient/${absentId}`, { as: no6, headers })
  t.equal(hidden.status, 404)
  t.equal(absent.status, 404)
  t.equal(hidden.text, absent.text)
})

t.test('in a batch and a transaction it is the same 204, and the others are done', async t => {
  for (const type of ['batch', 'transaction']) {
    const id = await made()
    const entry = [
      { request: { method: 'DELETE', url: `Patient/${id}` } },
      { request: { method: 'DELETE', url: `Patient/${absentId}` } },
      { resource: patient, request: { method: 'POST', url: 'Patient' } },
    ]
    const body = { resourceType: 'Bundle', type, entry }
    const { status, json } = await ask('POST', '/fhir', { as: zhujing, body })
    t.equal(status, 200)
    const responses = json.entry.map((one: { response: object }) => one.response)
    t.match(responses[2], { status: '201 Created' })
    t.strictSame(responses[0], { status: '204 No Content' })
    t.strictSame(responses[1], { status: '204 No Content' })
    t.equal((await ask('GET', `/fhir/Patient/${id}`, { as: tinglin })).status, 200)
  }
})
