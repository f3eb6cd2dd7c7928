/** FHIR vread. @see https://hl7.org/fhir/R4/http.html#vread */
import t from 'tap'
import { aServer, no6, seenOf, tinglin, type Answer, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const address = 'Patient/tinglin-v1'
const get = (path: string, headers = {}, as: Caller = tinglin, method = 'GET') =>
  ask(method, `/fhir/${path}`, { as, headers })
const put = (text: string) =>
  ask('PUT', `/fhir/${address}`, {
    as: tinglin,
    body: { resourceType: 'Patient', id: 'tinglin-v1', name: [{ text }] },
  })
const codeOf = ({ json }: Answer): string => json.issue[0].details.coding[0].code
const first = await put('一')
await put('二')

t.test('a version comes as it was written, with its own ETag and Last-Modified', async t => {
  const { status, headers, json, text } = await get(`${address}/_history/1`)
  t.equal(status, 200)
  t.equal(text, first.text, 'byte for byte')
  t.equal(json.name[0].text, '一')
  t.equal(headers.etag, 'W/"1"')
  t.equal(headers['last-modified'], first.headers['last-modified'])
  t.equal(headers['content-location'], `${baseUrl}/fhir/${address}/_history/1`)
  t.equal(headers.location, undefined)
})

t.test('the current version is read as itself, and as the resource', async t => {
  const [version, resource] = [await get(`${address}/_history/2`), await get(address)]
  t.equal(version.headers.etag, 'W/"2"')
  t.strictSame(seenOf(version), seenOf(resource))
})

t.test('HEAD says of a version what GET says, without a body', async t => {
  const [head, whole] = [
    await get(`${address}/_history/1`, {}, tinglin, 'HEAD'),
    await get(`${address}/_history/1`),
  ]
  t.equal(head.text, '')
  t.strictSame(seenOf(head), { ...seenOf(whole), text: '' })
})

t.test('a version the caller has is 304: no later one makes it another', async t => {
  const { status, text, headers } = await get(`${address}/_history/1`, {
    'if-none-match': 'W/"1"',
  })
  t.equal(status, 304)
  t.equal(text, '')
  t.equal(headers.etag, 'W/"1"')
  t.equal((await get(`${address}/_history/1`, { 'if-none-match': 'W/"2"' })).status, 200)
})

t.test('parts and XML of a version are given as of a resource', async t => {
  const part = await get(`${address}/_history/1?_elements=birthDate`)
  t.equal(part.json.name, undefined)
  t.match(part.json, { meta: { versionId: '1', tag: [{ code: 'SUBSETTED' }] } })
  const xml = await get(`${address}/_history/1?_format=xml`)
  t.equal(xml.headers['content-type'], 'application/fhir+xml; charset=utf-8')
  t.match(xml.text, '<versionId value="1"/>')
})

t.test('what is no version of it is 404, in whatever form it is asked for', async t => {
  for (const version of ['3', '0', '-1', '01', '1.0', '1e0', 'x', '%31%20', '9'.repeat(64)]) {
    const answer = await get(`${address}/_history/${version}`)
    t.equal(answer.status, 404, version)
    t.equal(codeOf(answer), 'not-found', version)
  }
  t.equal((await get('Patient/tinglin-none/_history/1')).status, 404)
  t.equal((await get('Observation/tinglin-v1/_history/1')).status, 404, 'of another type')
  t.equal((await get('Pateint/tinglin-v1/_history/1')).status, 404, 'of no type')
})

t.test('a hidden version answers as an absent one, whatever the caller claims to have', async t => {
  for (const method of ['GET', 'HEAD'])
    for (const headers of [{}, { 'if-none-match': 'W/"1"' }, { 'if-none-match': '*' }]) {
      const hidden = await get(`${address}/_history/1`, headers, no6, method)
      const absent = await get('Patient/tinglin-none/_history/1', headers, no6, method)
      t.equal(hidden.status, 404)
      t.strictSame(seenOf(hidden), seenOf(absent))
    }
})

t.test('the read scope of the type is needed, whatever exists', async t => {
  const caller: Caller = { ...tinglin, scope: 'system/Patient.cuds' }
  for (const path of [`${address}/_history/1`, 'Patient/tinglin-none/_history/1']) {
    const { status, headers } = await get(path, {}, caller)
    t.equal(status, 403)
    t.match(headers['www-authenticate'], /insufficient_scope.*system\/Patient\.r/)
  }
})

t.test('a version is only read: any other method is 405 with Allow', async t => {
  for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
    const body = method === 'DELETE' ? {} : { body: { resourceType: 'Patient' } }
    const answer = await ask(method, `/fhir/${address}/_history/1`, { as: tinglin, ...body })
    t.equal(answer.status, 405, method)
    t.equal(answer.headers.allow, 'GET, HEAD', method)
  }
  t.equal((await get(`${address}/_history/1`)).text, first.text, 'and nothing has changed')
})

t.test('of a deleted resource its versions stay, and the deletion itself is 410', async t => {
  const deleted = await ask('DELETE', `/fhir/${address}`, { as: tinglin })
  t.equal(deleted.headers.etag, 'W/"3"')
  t.equal((await get(`${address}/_history/1`)).text, first.text)
  const gone = await get(`${address}/_history/3`)
  t.equal(gone.status, 410)
  t.equal(codeOf(gone), 'deleted')
  t.equal((await get(`${address}/_history/4`)).status, 404)
  t.equal((await get(`${address}/_history/3`, {}, no6)).status, 404, 'hidden, not gone')
})
