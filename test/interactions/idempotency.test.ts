/** Idempotency-Key: a request that is sent again is done once. */
import t from 'tap'
import { aServer, no6, tinglin, zhujing, type Caller } from '../server.ts'

const { app, ask } = await aServer(t)
const patient = (text: string) => ({ resourceType: 'Patient', name: [{ text }] })
const post = (key: string, body: unknown, path = 'Patient', as: Caller = tinglin) =>
  ask('POST', `/fhir/${path}`, { as, body, headers: { 'idempotency-key': key } })
const count = async (name: string) =>
  (await ask('GET', `/fhir/Patient?name:exact=${name}&_summary=count`, { as: tinglin })).json
    .total as number
const bundle = (type: string, ...entry: unknown[]) => ({ resourceType: 'Bundle', type, entry })
const creating = (resource: unknown) => ({ resource, request: { method: 'POST', url: 'Patient' } })
const code = (answer: { json: { issue: { details: { coding: { code: string }[] } }[] } }) =>
  answer.json.issue[0]!.details.coding[0]!.code

t.test(
  'a repeated create gets the first answer again, header by header, and stores nothing',
  async t => {
    const first = await post('k1', patient('甲'))
    const again = await post('k1', patient('甲'))
    t.equal(first.status, 201)
    t.equal(again.status, 201)
    t.equal(again.text, first.text)
    for (const name of ['location', 'etag', 'last-modified', 'content-type'])
      t.equal(again.headers[name], first.headers[name], name)
    t.equal(await count('甲'), 1)
  },
)

t.test('the same key for another body or address is refused with 409', async t => {
  for (const answer of [
    await post('k1', patient('乙')),
    await post('k1', patient('甲'), 'Patient?x=1'),
    await post('k1', bundle('batch'), ''),
  ]) {
    t.equal(answer.status, 409)
    t.equal(code(answer), 'idempotency-key-reused')
  }
  t.equal(await count('乙'), 0)
})

t.test('keys of different clients have nothing to do with each other', async t => {
  const other = await post('k1', patient('甲'), 'Patient', zhujing)
  t.equal(other.status, 201)
  t.equal((await post('k1', patient('丙'), 'Patient', no6)).status, 201)
})

t.test('a transaction and a batch are repeated whole, with the refusals of a batch', async t => {
  for (const type of ['transaction', 'batch']) {
    const entries = [creating(patient(`${type}甲`)), creating(patient(`${type}乙`))]
    const body = bundle(
      type,
      ...entries,
      ...(type === 'batch' ? [creating({ resourceType: 'Patient', gender: 'x' })] : []),
      creating(patient(`${type}丙`)),
    )
    const first = await post(`key-${type}`, body, '')
    const again = await post(`key-${type}`, body, '')
    t.equal(first.status, 200)
    t.equal(again.text, first.text)
    for (const name of ['甲', '乙', '丙']) t.equal(await count(type + name), 1)
    if (type === 'batch')
      t.strictSame(
        first.json.entry.map((one: { response: { status: string } }) =>
          one.response.status.slice(0, 3),
        ),
        ['201', '201', '422', '201'],
      )
  }
})

t.test('32 parallel requests with one key store one resource and get one answer', async t => {
  const answers = await Promise.all(Array.from({ length: 32 }, () => post('k32', patient('并发'))))
  t.equal(new Set(answers.map(({ text }) => text)).size, 1)
  t.ok(answers.every(({ status }) => status === 201))
  t.equal(await count('并发'), 1)
})

t.test('a refused request may be corrected under the same key', async t => {
  t.equal((await post('k2', { ...patient('丁'), gender: 'x' })).status, 422)
  t.equal((await post('k2', patient('丁'))).status, 201)
})

t.test('after seven days the key is free again', async t => {
  await post('k3', patient('戊'))
  await app.context.database.query({
    ...{ name: '', values: [] },
    text: `update idempotency_key set answered = answered - interval '7 days 1 minute'`,
  })
  t.equal((await post('k3', patient('己'))).status, 201)
  const [row] = await app.context.database.query<{ n: bigint }>({
    ...{ name: '', values: [] },
    text: 'select count(*) n from idempotency_key',
  })
  t.equal(row!.n, 1n, 'what is past its time is removed')
})

t.test('a key that is none, and a bundle that reads, are refused with 400', async t => {
  for (const key of ['', 'a b', 'x'.repeat(256)]) {
    const answer = await post(key, patient('庚'))
    t.equal(answer.status, 400)
    t.equal(code(answer), 'idempotency-key-invalid')
  }
  for (const request of [
    { method: 'GET', url: 'Patient/tinglin-liuyang' },
    { method: 'HEAD', url: 'Patient/tinglin-liuyang' },
    { method: 'POST', url: 'Patient/_search' },
  ]) {
    const answer = await post('k4', bundle('batch', { request }), '')
    t.equal(answer.status, 400)
    t.equal(code(answer), 'idempotency-key-reads')
    t.strictSame(answer.json.issue[0].expression, ['Bundle.entry[0].request'])
  }
  t.equal((await post('k5', bundle('batch', null, 3, {}), '')).status, 400)
})

t.test('a conditional create under a key is repeated, too', async t => {
  const body = { ...patient('辛'), identifier: [{ system: 'urn:x', value: '1' }] }
  const send = () =>
    ask('POST', '/fhir/Patient', {
      ...{ as: tinglin, body },
      headers: { 'idempotency-key': 'k6', 'if-none-exist': 'identifier=urn:x|1' },
    })
  t.equal((await send()).status, 201)
  t.equal((await send()).status, 201, 'the first answer, not the match')
})
