/** FHIR conditional update. @see https://hl7.org/fhir/R4/http.html#cond-update */
import t from 'tap'
import { aServer, no6, tinglin, zhujing, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const system = 'urn:oid:1.2.156.2'
const observation = (value: string, result = 5.1) => ({
  resourceType: 'Observation',
  identifier: [{ system, value }],
  status: 'final',
  code: { text: '血糖' },
  valueQuantity: { value: result, unit: 'mmol/L' },
})
const put = (value: string, body: unknown, as: Caller = tinglin, headers = {}) =>
  ask('PUT', `/fhir/Observation?identifier=${encodeURIComponent(`${system}|${value}`)}`, {
    ...{ as, body, headers },
  })
const count = async (value: string, as = tinglin) =>
  (await ask('GET', `/fhir/Observation?identifier=${system}|${value}&_summary=count`, { as })).json
    .total as number
const code = (answer: { json: { issue: { details: { coding: { code: string }[] } }[] } }) =>
  answer.json.issue[0]!.details.coding[0]!.code

t.test('without a match one is created with 201, under an id of the server', async t => {
  const { status, headers, json } = await put('R1', observation('R1'))
  t.equal(status, 201)
  t.match(json.id, /^[0-9a-f-]{36}$/)
  t.equal(headers.location, `${baseUrl}/fhir/Observation/${json.id}/_history/1`)
})

t.test('the same content again is 200 and makes no new version', async t => {
  const { status, headers, json } = await put('R1', observation('R1'))
  t.equal(status, 200)
  t.equal(headers.etag, 'W/"1"')
  t.equal(json.meta.versionId, '1')
})

t.test('other content makes the next version, with 200', async t => {
  const { status, headers, json } = await put('R1', observation('R1', 5.2))
  t.equal(status, 200)
  t.equal(headers.etag, 'W/"2"')
  const read = await ask('GET', `/fhir/Observation/${json.id}`, { as: tinglin })
  t.equal(read.json.valueQuantity.value, 5.2)
  t.equal(await count('R1'), 1)
})

t.test(
  'the own id of the match may stand in the body; another one is refused with 400',
  async t => {
    const { json } = await put('R1', observation('R1', 5.2))
    t.equal((await put('R1', { ...observation('R1', 5.3), id: json.id })).status, 200)
    const answer = await put('R1', { ...observation('R1', 5.4), id: 'tinglin-other' })
    t.equal(answer.status, 400)
    t.equal(code(answer), 'criteria-id-mismatch')
    t.strictSame(answer.json.issue[0].expression, ['Observation.id'])
  },
)

t.test('without a match an id in the body follows the rules of ids', async t => {
  const made = await put('R2', { ...observation('R2'), id: 'tinglin-r2' })
  t.equal(made.status, 201)
  t.equal(made.json.id, 'tinglin-r2')
  const taken = await put('R3', { ...observation('R3'), id: 'tinglin-r2' })
  t.equal(taken.status, 409)
  t.equal(code(taken), 'criteria-id-taken')
  t.equal((await put('R3', { ...observation('R3'), id: 'zhujing-r3' })).status, 403)
  t.equal((await put('R3', { ...observation('R3'), id: 'free' })).status, 404)
  t.equal((await put('R3', { ...observation('R3'), id: '0 0' })).status, 400)
  t.equal(await count('R3'), 0)
})

t.test('an id whose resource was deleted is used again', async t => {
  await put('R4', { ...observation('R4'), id: 'tinglin-r4' })
  await ask('DELETE', '/fhir/Observation/tinglin-r4', { as: tinglin })
  const again = await put('R4', { ...observation('R4'), id: 'tinglin-r4' })
  t.ok(again.status === 200 || again.status === 201)
  t.equal(again.json.meta.versionId, '3')
})

t.test('several matches are refused with 412 and none is changed', async t => {
  for (const result of [1, 2])
    await ask('POST', '/fhir/Observation', { as: tinglin, body: observation('R5', result) })
  const answer = await put('R5', observation('R5', 3))
  t.equal(answer.status, 412)
  t.equal(code(answer), 'criteria-many')
  t.equal(await count('R5'), 2)
})

t.test("another hospital's matches are neither counted nor changed", async t => {
  t.equal((await put('R1', observation('R1', 9), zhujing)).status, 201)
  t.equal((await put('R5', observation('R5', 9), no6)).status, 201)
  t.equal(await count('R1'), 1)
})

t.test('If-Match holds for what is met, and refuses a creation', async t => {
  const { headers } = await put('R1', observation('R1', 6))
  const right = { 'if-match': headers.etag }
  t.equal((await put('R1', observation('R1', 6.1), tinglin, right)).status, 200)
  t.equal((await put('R1', observation('R1', 6.2), tinglin, right)).status, 412)
  t.equal((await put('R1', observation('R1', 6.1), tinglin, right)).status, 412, 'also unchanged')
  t.equal((await put('R6', observation('R6'), tinglin, right)).status, 412)
  const withoutMatch = {
    resource: observation('R6'),
    request: {
      ...{ method: 'PUT', url: `Observation?identifier=${system}|R6` },
      ifMatch: headers.etag,
    },
  }
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [withoutMatch] }
  const answer = await ask('POST', '/fhir', { as: tinglin, body: bundle })
  t.equal(answer.status, 412, 'in a transaction')
  t.equal(await count('R6'), 0)
})

t.test('criteria are needed, known, and mean nothing beyond themselves', async t => {
  for (const [query, expected] of [
    ['', 'criteria-missing'],
    ['?', 'criteria-missing'],
    ['?identifer=x', 'search-parameter-unknown'],
    ['?identifier=x&_sort=date', 'criteria-result-parameter'],
  ] as const) {
    const answer = await ask('PUT', `/fhir/Observation${query}`, {
      ...{ as: tinglin, body: observation('R9') },
      headers: { prefer: 'handling=lenient' },
    })
    t.equal(answer.status, 400, query)
    t.equal(code(answer), expected, query)
  }
})

t.test('the update and the search scope are needed', async t => {
  for (const scope of ['system/Observation.s', 'system/Observation.u'])
    t.equal((await put('R1', observation('R1'), { ...tinglin, scope })).status, 403, scope)
})

t.test('decimals are compared by their digits', async t => {
  const body = (value: string) => JSON.stringify(observation('R7')).replace('5.1', value)
  await put('R7', body('5.10'))
  t.equal((await put('R7', body('5.10'))).json.meta.versionId, '1')
  t.equal((await put('R7', body('5.1'))).json.meta.versionId, '2')
})
