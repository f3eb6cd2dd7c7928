/** FHIR read, vread, delete and history of one resource. @see https://hl7.org/fhir/R4/http.html#read */
import t from 'tap'
import { aServer, no6, tinglin } from '../server.ts'

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

t.test('vread gives an old version', async t => {
  const { status, json } = await ask('GET', '/fhir/Patient/tinglin-r/_history/1', { as: tinglin })
  t.equal(status, 200)
  t.equal(json.name[0].text, '一')
})

t.test('an unknown version, id or form of version is 404', async t => {
  for (const path of [
    'Patient/tinglin-r/_history/9',
    'Patient/tinglin-r/_history/x',
    'Patient/nobody',
  ])
    t.equal((await ask('GET', `/fhir/${path}`, { as: tinglin })).status, 404, path)
})

t.test('a hidden resource answers byte for byte as an absent one, on every door', async t => {
  for (const [hidden, absent] of [
    ['Patient/tinglin-r', 'Patient/tinglin-none'],
    ['Patient/tinglin-r/_history/1', 'Patient/tinglin-none/_history/1'],
    ['Patient/tinglin-r/_history', 'Patient/tinglin-none/_history'],
  ] as const)
    for (const method of ['GET', 'HEAD']) {
      const [one, other] = [
        await ask(method, `/fhir/${hidden}`, { as: no6 }),
        await ask(method, `/fhir/${absent}`, { as: no6 }),
      ]
      t.equal(one.status, 404, `${method} ${hidden}`)
      t.equal(one.text, other.text)
      const headersOf = ({ 'x-request-id': _, date: __, ...rest }: typeof one.headers) => rest
      t.strictSame(headersOf(one.headers), headersOf(other.headers))
    }
})

t.test(
  'delete answers 204, then read is 410, the old version stays, history shows all',
  async t => {
    const gone = await ask('DELETE', '/fhir/Patient/tinglin-r', { as: tinglin })
    t.equal(gone.status, 204)
    t.equal(gone.headers.etag, 'W/"3"')
    t.equal((await ask('GET', '/fhir/Patient/tinglin-r', { as: tinglin })).status, 410)
    t.equal((await ask('GET', '/fhir/Patient/tinglin-r/_history/1', { as: tinglin })).status, 200)
    const history = await ask('GET', '/fhir/Patient/tinglin-r/_history', { as: tinglin })
    t.equal(history.json.type, 'history')
    t.equal(history.json.total, 3)
    t.strictSame(
      history.json.entry.map((entry: { request: { method: string } }) => entry.request.method),
      ['DELETE', 'PUT', 'PUT'],
    )
    t.equal(
      (await ask('GET', '/fhir/Patient/tinglin-r', { as: no6 })).status,
      404,
      'hidden, not gone',
    )
    t.equal((await ask('DELETE', '/fhir/Patient/tinglin-r', { as: tinglin })).status, 204, 'again')
  },
)

t.test('a deleted resource is brought back under the next version, with 201', async t => {
  const { status, headers, json } = await put('三')
  t.equal(status, 201)
  t.match(headers.location, /\/Patient\/tinglin-r\/_history\/4$/)
  t.equal(json.meta.versionId, '4')
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
