/** FHIR conditional delete. @see https://hl7.org/fhir/R4/http.html#3.1.0.7.1 */
import t from 'tap'
import { aServer, no6, seenOf, tinglin, zhujing, type Answer, type Caller } from '../server.ts'

const { ask } = await aServer(t)
const system = 'urn:oid:1.2.156.7'
const make = async (value: string, as: Caller = tinglin): Promise<string> => {
  const body = {
    resourceType: 'Observation',
    identifier: [{ system, value }],
    ...{ status: 'final', code: { text: '血钠' } },
  }
  return (await ask('POST', '/fhir/Observation', { as, body })).json.id
}
const remove = (criteria: string, headers = {}, as: Caller = tinglin) =>
  ask('DELETE', `/fhir/Observation${criteria}`, { as, headers })
const by = (value: string) => `?identifier=${system}|${value}`
const statusOf = async (id: string, as: Caller = tinglin): Promise<number> =>
  (await ask('GET', `/fhir/Observation/${id}`, { as })).status
const codeOf = ({ json }: Answer): string => json.issue[0].details.coding[0].code

t.test('the one match is deleted: 204 with the version of the deletion', async t => {
  const id = await make('A1')
  const other = await make('A2')
  const { status, headers, text } = await remove(by('A1'))
  t.equal(status, 204)
  t.equal(text, '')
  t.equal(headers.etag, 'W/"2"')
  t.equal(headers.location, undefined)
  t.equal(await statusOf(id), 410)
  t.equal(await statusOf(other), 200, 'and nothing else')
  const { json } = await ask('GET', `/fhir/Observation/${id}/_history`, { as: tinglin })
  t.match(json.entry[0].request, { method: 'DELETE', url: `Observation/${id}` })
})

t.test('without a match there is nothing to do: 204, also when it is repeated', async t => {
  const never = await remove(by('never'))
  t.equal(never.status, 204)
  t.equal(never.headers.etag, undefined)
  t.strictSame(seenOf(await remove(by('A1'))), seenOf(never), 'what is deleted already')
})

t.test("another hospital's match is neither deleted nor told from none", async t => {
  const id = await make('B1')
  const ids = [await make('B2'), await make('B2')]
  const absent = seenOf(await remove(by('never'), {}, zhujing))
  t.equal(absent.status, 204)
  for (const value of ['B1', 'B2']) {
    t.strictSame(seenOf(await remove(by(value), {}, zhujing)), absent, value)
    t.strictSame(seenOf(await remove(by(value), {}, no6)), absent, value)
  }
  for (const one of [id, ...ids]) t.equal(await statusOf(one), 200)
})

t.test('beside matches of other hospitals the own one is the one match', async t => {
  const theirs = await make('B1', zhujing)
  t.equal((await remove(by('B1'), {}, zhujing)).status, 204)
  t.equal(await statusOf(theirs, zhujing), 410)
  t.equal((await ask('GET', `/fhir/Observation${by('B1')}`, { as: tinglin })).json.total, 1)
})

t.test('several matches are refused with 412, none is deleted, nothing repeated', async t => {
  const ids = [await make('C1'), await make('C1')]
  const answer = await remove(by('C1'))
  t.equal(answer.status, 412)
  t.equal(answer.json.issue[0].code, 'multiple-matches')
  t.equal(codeOf(answer), 'criteria-many')
  t.notMatch(answer.text, /C1|1\.2\.156/)
  for (const id of ids) t.equal(await statusOf(id), 200)
})

t.test('If-Match holds the delete to the version that was seen', async t => {
  const id = await make('D1')
  t.equal((await remove(by('D1'), { 'if-match': 'W/"2"' })).status, 412)
  t.equal((await remove(by('D1'), { 'if-match': 'one' })).status, 400)
  t.equal(await statusOf(id), 200)
  t.equal((await remove(by('D1'), { 'if-match': 'W/"1"' })).status, 204)
  const again = await remove(by('D1'), { 'if-match': 'W/"1"' })
  t.equal(again.status, 412, 'what is not there has no version')
  t.equal(codeOf(again), 'if-match-none')
  t.strictSame(seenOf(await remove(by('never'), { 'if-match': 'W/"1"' })), seenOf(again))
  t.equal((await remove(by('D1'))).status, 204)
  t.equal(await statusOf(id), 410)
})

t.test(
  'criteria that say nothing, or not what they seem to, are 400 even to the lenient',
  async t => {
    const id = await make('E1')
    for (const [criteria, code] of [
      ['', 'criteria-missing'],
      ['?', 'criteria-missing'],
      ['?_format=json', 'criteria-missing'],
      ['?identifier=', 'search-value-empty'],
      ['?identifer=E1', 'search-parameter-unknown'],
      [`${by('E1')}&_count=1`, 'criteria-result-parameter'],
      [`${by('E1')}&date=someday`, 'search-date-malformed'],
    ] as const) {
      const answer = await remove(criteria, { prefer: 'handling=lenient' })
      t.equal(answer.status, 400, criteria)
      t.equal(codeOf(answer), code, criteria)
    }
    t.equal(await statusOf(id), 200)
  },
)

t.test('the delete and the search scope are needed, whatever exists', async t => {
  const id = await make('F1')
  for (const scope of ['system/Observation.d', 'system/Observation.s', 'system/Patient.cruds']) {
    const found = await remove(by('F1'), {}, { ...tinglin, scope })
    const absent = await remove(by('never'), {}, { ...tinglin, scope })
    t.equal(found.status, 403, scope)
    t.strictSame(seenOf(found), seenOf(absent), scope)
  }
  t.equal(await statusOf(id), 200)
  const enough = { ...tinglin, scope: 'system/Observation.ds' }
  t.equal((await remove(by('F1'), {}, enough)).status, 204)
  t.equal(await statusOf(id), 410)
})

t.test('Prefer: return=OperationOutcome tells of the delete what was done', async t => {
  await make('G1')
  const { status, json } = await remove(by('G1'), { prefer: 'return=OperationOutcome' })
  t.equal(status, 200)
  t.equal(json.issue[0].details.coding[0].code, 'deleted')
})

t.test('of 16 deletes at once by one criterion all succeed and one makes a version', async t => {
  const id = await make('H1')
  const answers = await Promise.all(Array.from({ length: 16 }, () => remove(by('H1'))))
  t.ok(answers.every(({ status }) => status === 204))
  t.equal(answers.filter(({ headers }) => headers.etag === 'W/"2"').length, 1)
  const { json } = await ask('GET', `/fhir/Observation/${id}/_history`, { as: tinglin })
  t.equal(json.total, 2)
})

t.test('in a batch each criterion is met on its own', async t => {
  const [first, second] = [await make('I1'), await make('I2')]
  const entry = [by('I1'), by('never'), by('C1'), by('I2')].map(criteria => ({
    request: { method: 'DELETE', url: `Observation${criteria}` },
  }))
  const body = { resourceType: 'Bundle', type: 'batch', entry }
  const { json } = await ask('POST', '/fhir', { as: tinglin, body })
  t.strictSame(
    json.entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3)),
    ['204', '204', '412', '204'],
  )
  t.strictSame([await statusOf(first!), await statusOf(second!)], [410, 410])
})
