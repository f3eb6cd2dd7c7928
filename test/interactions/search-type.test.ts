/** FHIR search of one type, by GET and POST. @see https://hl7.org/fhir/R4/http.html#search */
import t from 'tap'
import { aServer, no6, seenOf, tinglin, type Answer, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const get = (path: string, headers = {}, as: Caller = tinglin, method = 'GET') =>
  ask(method, path.startsWith('http') ? path : `/fhir/${path}`, { as, headers })
const form = 'application/x-www-form-urlencoded'
const post = (path: string, body: string, type = form, as: Caller = tinglin) =>
  ask('POST', `/fhir/${path}`, { as, body, headers: { 'content-type': type } })
const ids = ({ json }: Answer): string[] =>
  (json.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id)
const linkOf = ({ json }: Answer, relation: string): string | undefined =>
  json.link.find((link: { relation: string }) => link.relation === relation)?.url
const codeOf = (issue: { details: { coding: { code: string }[] } }): string =>
  issue.details.coding[0]!.code

const subject = { reference: 'Patient/tinglin-s' }
const put = (type: string, id: string, more: object) =>
  ask('PUT', `/fhir/${type}/${id}`, { as: tinglin, body: { resourceType: type, id, ...more } })
await put('Patient', 'tinglin-s', { name: [{ text: '苏 轼' }] })
for (const [at, value] of ['A & B', 'A+B', '血 糖'].entries())
  await put('Observation', `tinglin-s${at + 1}`, {
    ...{ status: 'final', code: { text: 'K' }, identifier: [{ value }], subject },
  })
const all = 'Observation?patient=tinglin-s&_sort=_id'

t.test('what matches comes as a searchset with total, links, fullUrl and mode', async t => {
  const answer = await get(all)
  t.equal(answer.status, 200)
  t.equal(answer.headers.etag, undefined, 'a list has no version')
  t.match(answer.json, { resourceType: 'Bundle', type: 'searchset', total: 3 })
  t.strictSame(ids(answer), ['tinglin-s1', 'tinglin-s2', 'tinglin-s3'])
  const read = await get('Observation/tinglin-s1')
  t.strictSame(answer.json.entry[0], {
    fullUrl: `${baseUrl}/fhir/Observation/tinglin-s1`,
    search: { mode: 'match' },
    resource: read.json,
  })
})

t.test('the self link asks for the same again, as it was understood', async t => {
  for (const path of [
    all,
    'Observation?identifier=A%20%26%20B',
    'Patient?name=%E8%8B%8F+%E8%BD%BC',
  ]) {
    const answer = await get(path)
    const self = linkOf(answer, 'self')!
    t.ok(self.startsWith(`${baseUrl}/fhir/`), self)
    t.ok(answer.json.total > 0, path)
    t.strictSame(seenOf(await get(self)), seenOf(answer), path)
  }
})

t.test(
  'a search by POST is the same search, its parameters in the body, the URL or both',
  async t => {
    const wanted = seenOf(await get(all))
    for (const [path, body] of [
      ['Observation/_search', 'patient=tinglin-s&_sort=_id'],
      ['Observation/_search?patient=tinglin-s', '_sort=_id'],
      ['Observation/_search?patient=tinglin-s&_sort=_id', ''],
    ] as const)
      for (const type of [form, `${form}; charset=UTF-8`])
        t.strictSame(seenOf(await post(path, body, type)), wanted, `${path} ${body} ${type}`)
    const escaped = await post(
      'Observation/_search',
      'identifier=A+%26+B&patient=Patient%2Ftinglin-s',
    )
    t.strictSame(ids(escaped), ['tinglin-s1'])
  },
)

t.test('pages of a search by POST go on by GET', async t => {
  const first = await post('Observation/_search', 'patient=tinglin-s&_sort=_id&_count=2')
  t.strictSame(ids(first), ['tinglin-s1', 'tinglin-s2'])
  const second = await get(linkOf(first, 'next')!)
  t.strictSame([second.json.total, ids(second)], [3, ['tinglin-s3']])
  t.equal(linkOf(second, 'next'), undefined)
})

t.test('HEAD says what GET says, without a body', async t => {
  const head = await get(all, {}, tinglin, 'HEAD')
  t.strictSame(seenOf(head), { ...seenOf(await get(all)), text: '' })
})

t.test(
  'nothing found is 200 with total 0 and no entry; _count=0 gives the total alone',
  async t => {
    const none = await get('Observation?patient=tinglin-none')
    t.equal(none.status, 200)
    t.equal(none.json.total, 0)
    t.notOk('entry' in none.json, 'FHIR has no empty lists')
    const count = await get(`${all}&_count=0`)
    t.equal(count.json.total, 3)
    t.notOk('entry' in count.json)
  },
)

t.test('what is deleted is found no more', async t => {
  await put('Patient', 'tinglin-s9', {})
  t.equal((await get('Patient?_id=tinglin-s9')).json.total, 1)
  await ask('DELETE', '/fhir/Patient/tinglin-s9', { as: tinglin })
  t.equal((await get('Patient?_id=tinglin-s9')).json.total, 0)
})

t.test('what is hidden is not found, not counted and not told from what is absent', async t => {
  const body = ({ json }: Answer) => ({ ...json, link: undefined })
  for (const [hidden, absent] of [
    ['Observation?patient=tinglin-s', 'Observation?patient=tinglin-none'],
    ['Observation?_id=tinglin-s1', 'Observation?_id=tinglin-none'],
    ['Observation?subject:Patient.name=苏', 'Observation?subject:Patient.name=無'],
    ['Patient/tinglin-s/Observation', 'Patient/tinglin-none/Observation'],
  ] as const) {
    const one = await get(hidden, {}, no6)
    const other = await get(absent, {}, no6)
    t.equal(one.status, 200, hidden)
    t.strictSame(body(one), body(other), hidden)
    t.equal(one.json.total, 0)
  }
})

t.test('faults are 400, all at once; to the lenient what is unknown is an outcome', async t => {
  const query = 'Observation?nonsense=1&date=someday&_count=many'
  const strict = await get(query)
  t.equal(strict.status, 400)
  const codes = strict.json.issue.map(codeOf)
  t.equal(codes.length, 3)
  t.ok(codes.includes('search-parameter-unknown'))
  const posted = await post('Observation/_search', query.slice('Observation?'.length))
  t.strictSame([posted.status, posted.text], [400, strict.text])
  const lenient = await get(`${all}&nonsense=1`, { prefer: 'handling=lenient' })
  t.equal(lenient.json.total, 3)
  t.match(lenient.json.entry[3], { search: { mode: 'outcome' } })
  t.notMatch(linkOf(lenient, 'self'), 'nonsense', 'as it was not used')
})

t.test('addresses, methods, formats and scopes that do not fit are refused', async t => {
  t.equal((await get('Observatoin?code=x')).status, 404)
  const { status, headers } = await get('Observation/_search?code=x')
  t.strictSame([status, headers.allow], [405, 'POST'])
  t.equal((await get(all, { accept: 'text/turtle' })).status, 406)
  t.equal((await post('Observation/_search', 'code=x', 'text/plain')).status, 415)
  for (const path of [all, 'Observation?_id=tinglin-none']) {
    const refused = await get(path, {}, { ...tinglin, scope: 'system/Observation.cud' })
    t.equal(refused.status, 403)
    t.match(refused.headers['www-authenticate'], /insufficient_scope.*system\/Observation\.s/)
  }
})
