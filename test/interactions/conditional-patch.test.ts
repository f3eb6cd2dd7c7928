/** FHIR conditional patch. @see https://hl7.org/fhir/R4/http.html#patch */
import t from 'tap'
import { aServer, no6, seenOf, tinglin, zhujing, type Answer, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const system = 'urn:oid:1.2.156.8'
const by = (value: string) => `?identifier=${system}|${value}`
const make = async (value: string, as: Caller = tinglin): Promise<string> => {
  const body = { resourceType: 'Patient', identifier: [{ system, value }], name: [{ text: '沈' }] }
  return (await ask('POST', '/fhir/Patient', { as, body })).json.id
}
const rename = (value: string) => [{ op: 'replace', path: '/name/0/text', value }]
const patch = (criteria: string, body: unknown, headers = {}, as: Caller = tinglin) =>
  ask('PATCH', `/fhir/Patient${criteria}`, {
    ...{ as, body },
    headers: { 'content-type': 'application/json-patch+json', ...headers },
  })
const read = (id: string, as: Caller = tinglin) => ask('GET', `/fhir/Patient/${id}`, { as })
const codeOf = ({ json }: Answer): string => json.issue[0].details.coding[0].code

t.test('the one match gets its next version: 200, ETag, Content-Location, content', async t => {
  const id = await make('A1')
  const { status, headers, json, text } = await patch(by('A1'), rename('沈括'))
  t.equal(status, 200)
  t.equal(headers.etag, 'W/"2"')
  t.equal(headers['content-location'], `${baseUrl}/fhir/Patient/${id}/_history/2`)
  t.equal(headers['last-modified'], new Date(json.meta.lastUpdated).toUTCString())
  t.match(json, { id, meta: { versionId: '2' }, name: [{ text: '沈括' }] })
  t.equal((await read(id)).text, text)
})

t.test('a FHIRPath Patch meets by criteria, too', async t => {
  const id = await make('A2')
  const part = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: 'Patient.name[0].text' },
    { name: 'value', valueString: '沈约' },
  ]
  const body = { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] }
  const { status, json } = await ask('PATCH', `/fhir/Patient${by('A2')}`, { as: tinglin, body })
  t.equal(status, 200)
  t.match(json, { id, name: [{ text: '沈约' }] })
})

t.test('a patch that changes nothing makes no version', async t => {
  await make('A3')
  const { status, headers } = await patch(by('A3'), rename('沈'), { prefer: 'return=minimal' })
  t.equal(status, 200)
  t.equal(headers.etag, 'W/"1"')
})

t.test('without a match it is 404 and nothing is made', async t => {
  const answer = await patch(by('never'), rename('x'))
  t.equal(answer.status, 404)
  t.equal(codeOf(answer), 'patch-criteria-none')
  const { json } = await ask('GET', `/fhir/Patient${by('never')}`, { as: tinglin })
  t.equal(json.total, 0)
})

t.test("another hospital's match, one or many, answers as none, whatever the patch", async t => {
  const id = await make('B1')
  await make('B2')
  await make('B2')
  for (const as of [zhujing, no6])
    for (const body of [rename('x'), [{ op: 'remove', path: '/nothing' }], []])
      for (const headers of [{}, { 'if-match': 'W/"1"' }]) {
        const absent = await patch(by('never'), body, headers, as)
        t.equal(absent.status, 404)
        for (const value of ['B1', 'B2'])
          t.strictSame(seenOf(await patch(by(value), body, headers, as)), seenOf(absent), value)
      }
  t.equal((await read(id)).headers.etag, 'W/"1"')
})

t.test('several matches are refused with 412, none is changed, nothing repeated', async t => {
  const ids = [await make('C1'), await make('C1')]
  const answer = await patch(by('C1'), rename('x'))
  t.equal(answer.status, 412)
  t.equal(answer.json.issue[0].code, 'multiple-matches')
  t.notMatch(answer.text, /C1|1\.2\.156/)
  for (const id of ids) t.equal((await read(id)).headers.etag, 'W/"1"')
})

t.test('a deleted match is none', async t => {
  const id = await make('D1')
  await ask('DELETE', `/fhir/Patient/${id}`, { as: tinglin })
  t.equal((await patch(by('D1'), rename('x'))).status, 404)
})

t.test('If-Match holds the patch to the version that was seen', async t => {
  const id = await make('E1')
  const stale = await patch(by('E1'), rename('x'), { 'if-match': 'W/"9"' })
  t.equal(stale.status, 412)
  t.equal(codeOf(stale), 'version-mismatch')
  t.equal((await read(id)).json.name[0].text, '沈')
  t.equal((await patch(by('E1'), rename('沈周'), { 'if-match': 'W/"1"' })).status, 200)
})

t.test('refusals of the patch, its result and its criteria leave the match as it is', async t => {
  const id = await make('F1')
  const remove = [{ op: 'remove', path: '/id' }]
  for (const [status, criteria, body, headers] of [
    [400, '', rename('x'), {}],
    [400, '?identifier=', rename('x'), {}],
    [400, '?identifer=F1', rename('x'), { prefer: 'handling=lenient' }],
    [400, `${by('F1')}&_count=1`, rename('x'), {}],
    [400, by('F1'), '[{"op":', {}],
    [415, by('F1'), rename('x'), { 'content-type': 'application/merge-patch+json' }],
    [422, by('F1'), [{ op: 'test', path: '/name/0/text', value: 'y' }], {}],
    [422, by('F1'), [{ op: 'add', path: '/gender', value: 'unclear' }], {}],
    [422, by('F1'), remove, {}],
  ] as const) {
    const answer = await patch(criteria, body, headers)
    t.equal(answer.status, status, `${criteria} ${JSON.stringify(body)}`)
    t.equal(answer.headers['accept-patch'] !== undefined, status === 415)
  }
  t.equal((await read(id)).headers.etag, 'W/"1"')
})

t.test('the update and the search scope are needed, whatever exists', async t => {
  for (const scope of ['system/Patient.u', 'system/Patient.s', 'system/Group.cruds']) {
    const found = await patch(by('A1'), rename('x'), {}, { ...tinglin, scope })
    t.equal(found.status, 403, scope)
    const absent = await patch(by('never'), rename('x'), {}, { ...tinglin, scope })
    t.strictSame(seenOf(found), seenOf(absent), scope)
  }
  const enough = { ...tinglin, scope: 'system/Patient.us' }
  t.equal((await patch(by('A1'), rename('沈'), {}, enough)).status, 200)
})
