/** FHIR delete. @see https://hl7.org/fhir/R4/http.html#delete */
import t from 'tap'
import { aServer, no6, seenOf, tinglin, zhujing } from '../server.ts'

const { ask } = await aServer(t)
const patient = { resourceType: 'Patient', name: [{ text: '高山' }] }
const made = async (): Promise<string> =>
  (await ask('POST', '/fhir/Patient', { as: tinglin, body: patient })).json.id
const absentId = '01890000-0000-7000-8000-000000000000'
const remove = (id: string, headers = {}, as = tinglin) =>
  ask('DELETE', `/fhir/Patient/${id}`, { as, headers })
const statusOf = async (path: string): Promise<number> =>
  (await ask('GET', `/fhir/Patient/${path}`, { as: tinglin })).status

t.test('a deletion is 204 with its version; then read is 410 and the versions stay', async t => {
  const id = await made()
  const { status, headers, text } = await remove(id)
  t.equal(status, 204)
  t.equal(text, '')
  t.equal(headers.etag, 'W/"2"')
  t.ok(Date.parse(String(headers['last-modified'])))
  t.equal(headers['content-type'], undefined)
  t.strictSame([await statusOf(id), await statusOf(`${id}/_history/1`)], [410, 200])
  const { json } = await ask('GET', `/fhir/Patient/${id}/_history`, { as: tinglin })
  t.equal(json.total, 2)
  t.match(json.entry[0].request, { method: 'DELETE', url: `Patient/${id}` })
  t.notOk('resource' in json.entry[0])
})

t.test('deleting it again is 204 and makes no further version', async t => {
  const id = await made()
  await remove(id)
  t.equal((await remove(id)).status, 204)
  const { json } = await ask('GET', `/fhir/Patient/${id}/_history`, { as: tinglin })
  t.equal(json.total, 2)
})

t.test('a deleted resource is brought back under the next version, with 201', async t => {
  const body = { ...patient, id: 'tinglin-d1' }
  const put = () => ask('PUT', '/fhir/Patient/tinglin-d1', { as: tinglin, body })
  await put()
  await remove('tinglin-d1')
  const { status, headers, json } = await put()
  t.equal(status, 201)
  t.match(headers.location, /\/Patient\/tinglin-d1\/_history\/3$/)
  t.equal(json.meta.versionId, '3')
})

t.test('If-Match holds the deletion to the version that was seen', async t => {
  const id = await made()
  const stale = await remove(id, { 'if-match': 'W/"2"' })
  t.equal(stale.status, 412)
  t.equal(stale.json.issue[0].details.coding[0].code, 'version-mismatch')
  t.equal((await remove(id, { 'if-match': 'x' })).status, 400)
  t.equal(await statusOf(id), 200)
  t.equal((await remove(id, { 'if-match': '"1"' })).status, 204)
  t.equal(await statusOf(id), 410)
})

t.test('the delete scope is needed, whatever exists', async t => {
  const id = await made()
  const as = { ...tinglin, scope: 'system/Patient.crus' }
  const [found, absent] = [await remove(id, {}, as), await remove(absentId, {}, as)]
  t.equal(found.status, 403)
  t.match(found.headers['www-authenticate'], /insufficient_scope.*system\/Patient\.d/)
  t.strictSame(seenOf(found), seenOf(absent))
  t.equal(await statusOf(id), 200)
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
  t.strictSame(seenOf(hidden), seenOf(absent))
  const mine = await ask('GET', `/fhir/Patient/${id}`, { as: tinglin })
  t.equal(mine.status, 200)
  t.equal(mine.json.meta.versionId, '1')
})

t.test('with If-Match both are 404: no version of it was seen', async t => {
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
