/** FHIR create. @see https://hl7.org/fhir/R4/http.html#create */
import t from 'tap'
import { aServer, no6, tinglin, zhujing, type Answer, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const post = (body: unknown, headers = {}, as: Caller = tinglin, type = 'Patient') =>
  ask('POST', `/fhir/${type}`, { as, body, headers })
const get = (path: string, as: Caller = tinglin) => ask('GET', `/fhir/${path}`, { as })
const codeOf = ({ json }: Answer): string => json.issue[0].details.coding[0].code
const named = (family: string) => ({ resourceType: 'Patient', name: [{ family }] })
const count = async (family: string): Promise<number> =>
  (await get(`Patient?family:exact=${family}&_summary=count`)).json.total

t.test('what is created is 201 with Location, ETag, Last-Modified and the resource', async t => {
  const { status, headers, json, text } = await post(named('诸葛'))
  t.equal(status, 201)
  t.match(json.id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/, 'the id is of the server')
  t.equal(headers.location, `${baseUrl}/fhir/Patient/${json.id}/_history/1`)
  t.equal(headers['content-location'], undefined)
  t.equal(headers.etag, 'W/"1"')
  t.equal(json.meta.versionId, '1')
  const updated = Date.parse(json.meta.lastUpdated)
  t.equal(headers['last-modified'], new Date(updated).toUTCString())
  const read = await get(`Patient/${json.id}`)
  t.equal(read.text, text, 'it is read as it was answered')
  t.equal(read.headers['last-modified'], headers['last-modified'])
  t.equal((await ask('GET', String(headers.location), { as: tinglin })).text, text)
  t.equal(await count('诸葛'), 1, 'and it is found at once')
})

t.test('id, version and time in the body are passed over, the rest of meta is kept', async t => {
  const profile = ['http://example.org/StructureDefinition/x']
  const tag = [{ system: 'http://example.org/tags', code: 'a' }]
  const body = {
    ...{ ...named('端木'), id: 'tinglin-mine' },
    meta: { versionId: '7', lastUpdated: '2001-01-01T00:00:00Z', profile, tag },
  }
  const { status, json } = await post(body)
  t.equal(status, 201)
  t.not(json.id, 'tinglin-mine')
  t.match(json.meta, { versionId: '1', profile, tag })
  t.ok(Date.parse(json.meta.lastUpdated) > Date.parse('2001-01-02'))
  t.equal((await get('Patient/tinglin-mine')).status, 404)
})

t.test('an id that another hospital holds is no hindrance, and tells nothing', async t => {
  const theirs = await post(named('公孙'), {}, zhujing)
  const hidden = await post({ ...named('公孙'), id: theirs.json.id })
  const absent = await post({ ...named('公孙'), id: 'zhujing-none' })
  t.strictSame([hidden.status, absent.status], [201, 201])
  t.strictSame(Object.keys(hidden.headers).sort(), Object.keys(absent.headers).sort())
  t.not(hidden.json.id, theirs.json.id)
  const kept = await get(`Patient/${theirs.json.id}`, zhujing)
  t.equal(kept.text, theirs.text)
})

t.test('the same create again makes another resource', async t => {
  const [one, other] = await Promise.all([post(named('夏侯')), post(named('夏侯'))])
  t.strictSame([one.status, other.status], [201, 201])
  t.not(one.json.id, other.json.id)
  t.equal(await count('夏侯'), 2)
})

t.test('what was created is hidden from hospitals that nobody let see it', async t => {
  const { json } = await post(named('令狐'))
  const hidden = await get(`Patient/${json.id}`, no6)
  t.equal(hidden.status, 404)
  t.equal(hidden.text, (await get('Patient/tinglin-none', no6)).text)
})

t.test('a body that is no such resource is refused, and nothing is stored', async t => {
  for (const [status, body, headers] of [
    [400, '{"resourceType":"Patient"', {}],
    [400, '', {}],
    [400, '[]', {}],
    [400, { name: [{ family: '尉迟' }] }, {}],
    [400, { resourceType: 'Group', name: '尉迟' }, {}],
    [422, { ...named('尉迟'), gender: 'unclear' }, {}],
    [422, { ...named('尉迟'), nickname: '尉迟' }, {}],
    [415, named('尉迟'), { 'content-type': 'text/plain' }],
    [415, '[]', { 'content-type': 'application/json-patch+json' }],
    [406, named('尉迟'), { accept: 'text/turtle' }],
    [400, named('尉迟'), { 'if-match': 'W/"1"' }],
    [400, named('尉迟'), { 'if-none-match': 'W/"1"' }],
    [400, named('尉迟'), { 'if-unmodified-since': 'Tue, 24 Nov 2026 00:00:00 GMT' }],
  ] as const) {
    const answer = await post(body, headers)
    const title = `${status} ${JSON.stringify(body)} ${JSON.stringify(headers)}`
    t.equal(answer.status, status, title)
    t.equal(answer.json.resourceType, 'OperationOutcome', title)
    t.equal(answer.headers.location, undefined, title)
  }
  t.equal(await count('尉迟'), 0)
})

t.test('a fault of the body is named at its element', async t => {
  const { json } = await post({ ...named('尉迟'), gender: 'unclear' })
  t.strictSame(json.issue[0].expression, ['Patient.gender'])
  t.equal(json.issue[0].severity, 'error')
})

t.test('an unknown type is 404, a create of an address with an id is 405', async t => {
  const unknown = await post({ resourceType: 'Pateint' }, {}, tinglin, 'Pateint')
  t.equal(unknown.status, 404)
  t.equal(codeOf(unknown), 'resource-type-unknown')
  const withId = await post(named('尉迟'), {}, tinglin, 'Patient/tinglin-mine')
  t.equal(withId.status, 405)
  t.equal(withId.headers.allow, 'GET, HEAD, PUT, PATCH, DELETE')
})

t.test('the create scope is needed, and is enough', async t => {
  const refused = await post(named('尉迟'), {}, { ...tinglin, scope: 'system/Patient.ruds' })
  t.equal(refused.status, 403)
  t.match(refused.headers['www-authenticate'], /insufficient_scope.*system\/Patient\.c/)
  const made = await post(named('宇文'), {}, { ...tinglin, scope: 'system/Patient.c' })
  t.equal(made.status, 201)
  t.equal(made.json.name[0].family, '宇文')
})
