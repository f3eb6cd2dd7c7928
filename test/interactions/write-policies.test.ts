/** What an organization has agreed on: conditional deletes of several, and changes that need If-Match. */
import t from 'tap'
import { aServer, tinglin, zhujing, type Caller } from '../server.ts'

const { app, ask } = await aServer(t)
await app.context.database.query({
  name: '',
  text: `update organization set
    conditional_delete_max = case id when 'tinglin' then 5 else 1 end, require_if_match = (id = 'zhujing')`,
  values: [],
})

const system = 'urn:lis'
const observation = (value: string, more = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: '血钾' },
  identifier: [{ system, value }],
  ...more,
})
const make = async (value: string, count: number, as: Caller = tinglin) => {
  for (let n = 0; n < count; n++)
    await ask('POST', '/fhir/Observation', { as, body: observation(value) })
}
const url = (value: string) => `/fhir/Observation?identifier=${system}|${value}`
const count = async (value: string, as = tinglin) =>
  (await ask('GET', `${url(value)}&_summary=count`, { as })).json.total as number
const remove = (value: string, headers = {}, as = tinglin) =>
  ask('DELETE', url(value), { as, headers })
const code = (json: { issue: { details: { coding: { code: string }[] } }[] }) =>
  json.issue[0]!.details.coding[0]!.code

t.test('as many as the policy allows are deleted at once, with 204 and a history each', async t => {
  await make('d1', 5)
  await make('d1', 1, zhujing)
  const { json } = await ask('GET', url('d1'), { as: tinglin })
  const { status, text } = await remove('d1')
  t.equal(status, 204)
  t.equal(text, '')
  t.equal(await count('d1'), 0)
  t.equal(await count('d1', zhujing), 1)
  for (const { resource } of json.entry) {
    const read = await ask('GET', `/fhir/Observation/${resource.id}`, { as: tinglin })
    t.equal(read.status, 410)
  }
  t.equal((await remove('d1')).status, 204, 'again')
})

t.test('one more than that, and 412 says how many; nothing is deleted', async t => {
  await make('d2', 6)
  const { status, json } = await remove('d2')
  t.equal(status, 412)
  t.equal(json.issue[0].code, 'multiple-matches')
  t.equal(code(json), 'criteria-beyond-policy')
  t.match(json.issue[0].diagnostics, /may remove 5/)
  t.equal(await count('d2'), 6)
})

t.test('with If-Match one is meant, and without the policy one is', async t => {
  await make('d3', 2)
  t.equal((await remove('d3', { 'if-match': 'W/"1"' })).status, 412)
  t.equal(await count('d3'), 2)
  await make('d4', 2, zhujing)
  const { status, json } = await remove('d4', {}, zhujing)
  t.equal(status, 412)
  t.equal(code(json), 'criteria-many')
  t.equal(await count('d4', zhujing), 2)
})

const transaction = (entry: readonly object[], as = tinglin) =>
  ask('POST', '/fhir', { as, body: { resourceType: 'Bundle', type: 'transaction', entry } })
const deletion = (value: string, more = {}) => ({
  request: { method: 'DELETE', url: `Observation?identifier=${system}|${value}`, ...more },
})

t.test('in a transaction as many are deleted, and what comes after them finds none', async t => {
  await make('d6', 5)
  await make('d6', 1, zhujing)
  const found = (await ask('GET', url('d6'), { as: tinglin })).json.entry
  const request = {
    ...{ method: 'POST', url: 'Observation' },
    ifNoneExist: `identifier=${system}|d6`,
  }
  const { status, json, headers } = await transaction([
    { request, resource: observation('d6', { note: [{ text: '重做' }] }) },
    deletion('d6'),
    deletion('d6'),
  ])
  t.equal(status, 200)
  t.strictSame(
    json.entry.map((entry: { response: { status: string } }) => entry.response.status),
    ['201 Created', '204 No Content', '204 No Content'],
  )
  t.equal(await count('d6'), 1)
  t.equal(await count('d6', zhujing), 1, 'of another hospital nothing')
  await app.context.auditTrail.drained()
  const [row] = await app.context.database.query<{ entities: string[] }>({
    ...{ name: '', text: 'select entities from audit_event where request_id = $1' },
    values: [headers['x-request-id']],
  })
  for (const { resource } of found) {
    t.ok(row!.entities.includes(`Observation/${resource.id}`))
    const read = await ask('GET', `/fhir/Observation/${resource.id}`, { as: tinglin })
    t.equal(read.status, 410)
  }
})

t.test('one more than that refuses the whole transaction, at the entry', async t => {
  await make('d7', 6)
  const made = { request: { method: 'POST', url: 'Observation' }, resource: observation('d8') }
  const { status, json } = await transaction([made, deletion('d7')])
  t.equal(status, 412)
  t.equal(code(json), 'criteria-beyond-policy')
  t.strictSame(json.issue[0].expression, ['Bundle.entry[1]'])
  t.equal(await count('d7'), 6)
  t.equal(await count('d8'), 0)
  await make('d9', 2)
  const matched = await transaction([deletion('d9', { ifMatch: 'W/"1"' })])
  t.equal(code(matched.json), 'criteria-many', 'with If-Match one is meant')
  t.equal(await count('d9'), 2)
  await make('d9', 2, zhujing)
  t.equal(code((await transaction([deletion('d9')], zhujing)).json), 'criteria-many')
  t.equal(await count('d9', zhujing), 2)
})

t.test('what was deleted at once stands in the audit trail, each', async t => {
  await make('d5', 3)
  const { json } = await ask('GET', url('d5'), { as: tinglin })
  const { headers } = await remove('d5')
  await app.context.auditTrail.drained()
  const rows = await app.context.database.query<{ entities: string[] }>({
    name: '',
    text: 'select entities from audit_event where request_id = $1',
    values: [headers['x-request-id']],
  })
  t.strictSame(
    [...rows[0]!.entities].sort(),
    json.entry
      .map((entry: { resource: { id: string } }) => `Observation/${entry.resource.id}`)
      .sort(),
  )
})

const put = (id: string, body: object, headers = {}, as = zhujing) =>
  ask('PUT', `/fhir/Observation/${id}`, { as, body: { ...body, id }, headers })

t.test('where If-Match is agreed on, a change without it is 428 and changes nothing', async t => {
  const id = 'zhujing-m1'
  t.equal((await put(id, observation('m1'))).status, 201, 'what is new needs none')
  t.equal((await put(id, observation('m1'))).status, 200, 'nor does what changes nothing')
  const changed = observation('m1', { note: [{ text: 'x' }] })
  const patch = {
    as: zhujing,
    headers: { 'content-type': 'application/json-patch+json' },
    body: [{ op: 'replace', path: '/status', value: 'amended' }],
  }
  for (const { status, json } of [
    await put(id, changed),
    await ask('PATCH', `/fhir/Observation/${id}`, patch),
    await ask('DELETE', `/fhir/Observation/${id}`, { as: zhujing }),
  ]) {
    t.equal(status, 428)
    t.equal(code(json), 'if-match-required')
  }
  const { json } = await ask('GET', `/fhir/Observation/${id}`, { as: zhujing })
  t.equal(json.meta.versionId, '1')
  const matched = await put(id, changed, { 'if-match': 'W/"1"' })
  t.equal(matched.status, 200)
  t.equal((await put(id, changed, { 'if-match': 'W/"1"' })).status, 412)
})

t.test(
  'criteria say what is meant as If-Match does; entries of a transaction are asked, too',
  async t => {
    await make('m2', 1, zhujing)
    const body = observation('m2', { note: [{ text: 'x' }] })
    t.equal((await ask('PUT', url('m2'), { as: zhujing, body })).status, 200)
    await put('zhujing-m3', observation('m3'))
    const transaction = (request: object) =>
      ask('POST', '/fhir', {
        as: zhujing,
        body: {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [
            {
              resource: { ...observation('m3', { status: 'amended' }), id: 'zhujing-m3' },
              request: { method: 'PUT', url: 'Observation/zhujing-m3', ...request },
            },
          ],
        },
      })
    const refused = await transaction({})
    t.equal(refused.status, 428)
    t.strictSame(refused.json.issue[0].expression, ['Bundle.entry[0]'])
    t.equal((await transaction({ ifMatch: 'W/"1"' })).status, 200)
  },
)

t.test('a hidden and an absent resource answer alike there, with and without If-Match', async t => {
  await ask('PUT', '/fhir/Observation/tinglin-hidden', {
    as: tinglin,
    body: { ...observation('h'), id: 'tinglin-hidden' },
  })
  const uuid = (await ask('POST', '/fhir/Observation', { as: tinglin, body: observation('h') }))
    .json.id
  const absent = '01890000-0000-7000-8000-000000000000'
  for (const headers of [{}, { 'if-match': 'W/"1"' }, { 'if-match': 'W/"9"' }]) {
    const hidden = await put(uuid, observation('h'), headers)
    t.equal(hidden.status, 404)
    t.equal(hidden.text, (await put(absent, observation('h'), headers)).text)
    for (const [there, not] of [
      [uuid, absent],
      ['tinglin-hidden', 'tinglin-none'],
    ] as const) {
      const one = await ask('DELETE', `/fhir/Observation/${there}`, { as: zhujing, headers })
      t.equal(one.status, 'if-match' in headers ? 404 : 204)
      const other = await ask('DELETE', `/fhir/Observation/${not}`, { as: zhujing, headers })
      t.equal(one.text, other.text)
    }
  }
})
