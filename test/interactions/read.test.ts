/** FHIR read. @see https://hl7.org/fhir/R4/http.html#read */
import t from 'tap'
import { aServer, no6, seenOf, tinglin } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const put = (name: string) =>
  ask('PUT', '/fhir/Patient/tinglin-r', {
    as: tinglin,
    body: { resourceType: 'Patient', id: 'tinglin-r', name: [{ text: name }] },
  })
await put('一')
await put('二')

t.test('read gives the current version with ETag, Last-Modified and Content-Location', async t => {
  const { status, headers, json } = await ask('GET', '/fhir/Patient/tinglin-r', { as: tinglin })
  t.equal(status, 200)
  t.equal(headers.etag, 'W/"2"')
  t.equal(headers['content-type'], 'application/fhir+json; charset=utf-8')
  t.equal(headers['content-location'], `${baseUrl}/fhir/Patient/tinglin-r/_history/2`)
  t.ok(Date.parse(String(headers['last-modified'])))
  t.equal(headers['cache-control'], 'private, no-store')
  t.equal(json.name[0].text, '二')
})

t.test('HEAD answers as GET, without a body', async t => {
  const { status, headers, text } = await ask('HEAD', '/fhir/Patient/tinglin-r', { as: tinglin })
  t.equal(status, 200)
  t.equal(headers.etag, 'W/"2"')
  t.equal(text, '')
})

t.test('an unknown id, and the id of another type, is 404', async t => {
  for (const path of ['Patient/nobody', 'Observation/tinglin-r', 'Patient/%20', 'Patient/a_b']) {
    const { status, headers, json } = await ask('GET', `/fhir/${path}`, { as: tinglin })
    t.equal(status, 404, path)
    t.equal(json.issue[0].details.coding[0].code, 'not-found', path)
    t.equal(headers.etag, undefined, path)
  }
})

t.test('a hidden resource answers byte for byte as an absent one', async t => {
  for (const method of ['GET', 'HEAD'])
    for (const form of ['', '?_format=xml', '?_summary=true']) {
      const hidden = await ask(method, `/fhir/Patient/tinglin-r${form}`, { as: no6 })
      const absent = await ask(method, `/fhir/Patient/tinglin-none${form}`, { as: no6 })
      t.equal(hidden.status, 404, `${method} ${form}`)
      t.strictSame(seenOf(hidden), seenOf(absent))
    }
})

t.test('a deleted resource is 410 to those who could read it, and 404 to others', async t => {
  await ask('DELETE', '/fhir/Patient/tinglin-r', { as: tinglin })
  for (const method of ['GET', 'HEAD']) {
    t.equal((await ask(method, '/fhir/Patient/tinglin-r', { as: tinglin })).status, 410, method)
    const hidden = await ask(method, '/fhir/Patient/tinglin-r', { as: no6 })
    const absent = await ask(method, '/fhir/Patient/tinglin-none', { as: no6 })
    t.strictSame(seenOf(hidden), seenOf(absent), method)
  }
  await put('三')
  const { status, headers } = await ask('GET', '/fhir/Patient/tinglin-r', { as: tinglin })
  t.strictSame([status, headers.etag], [200, 'W/"4"'], 'and it is read again when brought back')
})

t.test(
  'refusals without a token, with an unknown type, with a wrong method say what to do',
  async t => {
    const anonymous = await ask('GET', '/fhir/Patient/tinglin-r')
    t.equal(anonymous.status, 401)
    t.equal(anonymous.headers['www-authenticate'], 'Bearer realm="fhir"')
    const unknown = await ask('GET', '/fhir/Pateint/1', { as: tinglin })
    t.equal(unknown.status, 404)
    t.match(unknown.json.issue[0].details.text, /Patient/)
    const method = await ask('POST', '/fhir/Patient/tinglin-r', { as: tinglin, body: {} })
    t.equal(method.status, 405)
    t.equal(method.headers.allow, 'GET, HEAD, PUT, PATCH, DELETE')
    const turtle = await ask('GET', '/fhir/Patient/tinglin-r', {
      as: tinglin,
      headers: { accept: 'text/turtle' },
    })
    t.equal(turtle.status, 406)
  },
)

t.test(
  'a scope that does not cover the type is refused with 403, naming the scope needed',
  async t => {
    const scoped = await ask('GET', '/fhir/Patient/tinglin-r', {
      as: { client: 'tinglin-ehr', scope: 'system/Observation.rs' },
    })
    t.equal(scoped.status, 403)
    t.match(scoped.headers['www-authenticate'], /insufficient_scope.*system\/Patient\.r/)
  },
)
