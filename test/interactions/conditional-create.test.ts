/** FHIR conditional create. @see https://hl7.org/fhir/R4/http.html#ccreate */
import t from 'tap'
import { aServer, no6, tinglin, zhujing, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const system = 'urn:oid:1.2.156.1'
const patient = (value: string, text = '王芳') => ({
  resourceType: 'Patient',
  identifier: [{ system, value }],
  name: [{ text }],
})
const post = (ifNoneExist: string, body: unknown, as: Caller = tinglin, headers = {}) =>
  ask('POST', '/fhir/Patient', { as, body, headers: { 'if-none-exist': ifNoneExist, ...headers } })
const count = async (query: string, as = tinglin) =>
  (await ask('GET', `/fhir/${query}&_summary=count`, { as })).json.total as number
const code = (answer: { json: { issue: { details: { coding: { code: string }[] } }[] } }) =>
  answer.json.issue[0]!.details.coding[0]!.code

t.test('without a match the resource is created with 201', async t => {
  const { status, headers, json } = await post(`identifier=${system}|A1`, patient('A1'))
  t.equal(status, 201)
  t.equal(headers.location, `${baseUrl}/fhir/Patient/${json.id}/_history/1`)
  t.equal(headers.etag, 'W/"1"')
})

t.test(
  'one match is answered with 200, its Location, ETag and content, and stays as it is',
  async t => {
    const first = await ask('GET', `/fhir/Patient?identifier=${system}|A1`, { as: tinglin })
    const { id } = first.json.entry[0].resource
    const { status, headers, json } = await post(`identifier=${system}|A1`, patient('A1', '李四'))
    t.equal(status, 200)
    t.equal(headers.location, `${baseUrl}/fhir/Patient/${id}/_history/1`)
    t.equal(headers.etag, 'W/"1"')
    t.match(json, { id, name: [{ text: '王芳' }], meta: { versionId: '1' } })
    t.equal(await count(`Patient?identifier=${system}|A1`), 1)
  },
)

t.test('several matches are refused with 412 that repeats nothing of the criteria', async t => {
  await ask('POST', '/fhir/Patient', { as: tinglin, body: patient('A2') })
  await ask('POST', '/fhir/Patient', { as: tinglin, body: patient('A2') })
  const answer = await post(`identifier=${system}|A2`, patient('A2'))
  t.equal(answer.status, 412)
  t.equal(answer.json.issue[0].code, 'multiple-matches')
  t.equal(code(answer), 'criteria-many')
  t.notMatch(answer.text, 'A2')
  t.equal(await count(`Patient?identifier=${system}|A2`), 2)
})

t.test("another hospital's records are not counted, whether one or many match", async t => {
  const one = await post(`identifier=${system}|A1`, patient('A1'), zhujing)
  t.equal(one.status, 201, 'a match of another hospital')
  const many = await post(`identifier=${system}|A2`, patient('A2'), no6)
  t.equal(many.status, 201, 'two matches of another hospital')
  t.equal(await count(`Patient?identifier=${system}|A1`, zhujing), 1)
})

t.test(
  "another hospital's entry of the shared directory does not stand in for an own one",
  async t => {
    const body = { resourceType: 'Practitioner', identifier: [{ system, value: 'P1' }] }
    const headers = { 'if-none-exist': `identifier=${system}|P1` }
    t.equal((await ask('POST', '/fhir/Practitioner', { as: zhujing, body, headers })).status, 201)
    t.equal((await ask('POST', '/fhir/Practitioner', { as: tinglin, body, headers })).status, 201)
    t.equal((await ask('POST', '/fhir/Practitioner', { as: tinglin, body, headers })).status, 200)
  },
)

t.test('a deleted match counts no more', async t => {
  const made = await post(`identifier=${system}|A3`, patient('A3'))
  await ask('DELETE', `/fhir/Patient/${made.json.id}`, { as: tinglin })
  const again = await post(`identifier=${system}|A3`, patient('A3'))
  t.equal(again.status, 201)
  t.not(again.json.id, made.json.id)
})

t.test(
  'criteria may stand with a question mark or the type, in UTF-8, and need not be an identifier',
  async t => {
    t.equal((await post(`Patient?identifier=${system}|A1`, patient('A1'))).status, 200)
    t.equal((await post(`?identifier=${system}|A1`, patient('A1'))).status, 200)
    t.equal(
      (await post(`identifier=${encodeURIComponent(`${system}|A1`)}`, patient('A1'))).status,
      200,
    )
    const raw = Buffer.from(`identifier=${system}|住院7`, 'utf8').toString('latin1')
    t.equal((await post(raw, patient('住院7'))).status, 201)
    t.equal((await post(raw, patient('住院7'))).status, 200)
    const byName = { ...patient('A4', '独孤求败'), birthDate: '1960-01-01' }
    t.equal((await post('name=独孤求败&birthdate=1960-01-01', byName)).status, 201)
    t.equal((await post('birthdate=1960-01-01&name=独孤求败', byName)).status, 200)
  },
)

t.test('empty, unknown, foreign and result-shaping criteria are refused with 400', async t => {
  const before = await count('Patient?_lastUpdated=gt2000-01-01')
  for (const [criteria, expected] of [
    ['', 'criteria-missing'],
    ['_format=json', 'criteria-missing'],
    ['identifier=', 'search-value-empty'],
    ['identifer=x', 'search-parameter-unknown'],
    ['Observation?identifier=x', 'criteria-other-type'],
    ['identifier=x&_count=1', 'criteria-result-parameter'],
    ['identifier=x&_include=Patient:general-practitioner', 'criteria-result-parameter'],
  ] as const) {
    const answer = await post(criteria, patient('A9'), tinglin, { prefer: 'handling=lenient' })
    t.equal(answer.status, 400, criteria)
    t.equal(code(answer), expected, criteria)
  }
  t.equal(await count('Patient?_lastUpdated=gt2000-01-01'), before)
})

t.test('the create and the search scope are needed, whatever exists', async t => {
  for (const scope of ['system/Patient.s', 'system/Patient.c', 'system/Observation.cruds']) {
    const found = await post(`identifier=${system}|A1`, patient('A1'), { ...tinglin, scope })
    const absent = await post(`identifier=${system}|none`, patient('A1'), { ...tinglin, scope })
    t.equal(found.status, 403, scope)
    t.equal(found.text, absent.text, scope)
  }
})

t.test('the header is refused where it would change nothing', async t => {
  const answer = await ask('PUT', '/fhir/Patient/tinglin-c1', {
    ...{ as: tinglin, body: { ...patient('C1'), id: 'tinglin-c1' } },
    headers: { 'if-none-exist': 'identifier=x' },
  })
  t.equal(answer.status, 400)
  t.equal(code(answer), 'header-not-supported')
})

t.test('Prefer: return=minimal and OperationOutcome hold for a match, too', async t => {
  const criteria = `identifier=${system}|A1`
  const minimal = await post(criteria, patient('A1'), tinglin, { prefer: 'return=minimal' })
  t.equal(minimal.status, 200)
  t.equal(minimal.text, '')
  t.ok(minimal.headers.location)
  const outcome = await post(criteria, patient('A1'), tinglin, {
    prefer: 'return=OperationOutcome',
  })
  t.equal(outcome.json.issue[0].details.coding[0].code, 'matched')
})

t.test('an invalid resource without a match is refused with 422 and not stored', async t => {
  const answer = await post(`identifier=${system}|A8`, { ...patient('A8'), gender: 'x' })
  t.equal(answer.status, 422)
  t.equal(await count(`Patient?identifier=${system}|A8`), 0)
})
