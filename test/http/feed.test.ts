/** What was refused is kept for its sender, and for nobody else. */
import t from 'tap'
import { createFeedSeal } from '../../src/store/feed-seal.ts'
import { aServer, chen, no6, seenOf, tinglin, wu, zhang, zhujing, type Caller } from '../server.ts'

const { ask, app } = await aServer(t)
const { database, feed } = app.context
const json = { 'content-type': 'application/json' }

const refuse = (resource: object, as: Caller = tinglin) =>
  ask('POST', '/fhir/Patient', { as, body: { resourceType: 'Patient', ...resource } })
const list = async (query = '', as: Caller = tinglin) => {
  const answer = await ask('GET', `/feed${query}`, { as })
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  return answer.json.entries as { id: string; [member: string]: unknown }[]
}
const rowCount = async (): Promise<number> => {
  await feed.drained()
  const text = 'select count(*)::integer as count from feed_entry'
  const [row] = await database.query<{ count: number }>({ name: '', text, values: [] })
  return row!.count
}

t.test('what is refused stands beside what was said about it', async t => {
  const before = await rowCount()
  const body =
    '{"resourceType":"Patient","name":[{"text":"秘密姓名"}],"gender":"nonsense","x":1.10}'
  const refused = await ask('POST', '/fhir/Patient?_format=json', {
    ...{ as: tinglin, body },
    headers: {
      'if-none-exist': 'identifier=a|b',
      'x-request-id': 'feed-1',
      'accept-language': 'zh',
    },
  })
  t.equal(refused.status, 422)
  t.equal(await rowCount(), before + 1)
  const [entry] = await list('?_count=1')
  t.match(entry, {
    ...{ client: 'tinglin-ehr', method: 'POST', resourceType: 'Patient', status: 422 },
    ...{ requestId: 'feed-1', isBatchEntry: false, replayed: null, replayStatus: null },
    received: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  })
  const { status, json: opened, headers } = await ask('GET', `/feed/${entry!.id}`, { as: tinglin })
  t.equal(status, 200)
  t.equal(headers['cache-control'], 'private, no-store')
  t.equal(opened.request.payload, body, 'byte for byte')
  t.strictSame(opened.request.conditions, { ifNoneExist: 'identifier=a|b' })
  t.strictSame(opened.request.outcome, refused.json)
  t.strictSame(new Set(opened.codes), new Set(refused.json.issue.map(codeOf)))
})

const codeOf = (issue: { details: { coding: { code: string }[] } }) => issue.details.coding[0]!.code

t.test(
  'what does not parse, deletes and refused bundles are kept; reads and searches are not',
  async t => {
    const before = await rowCount()
    for (const [method, path, body] of [
      ['POST', '/fhir/Patient', '{"resourceType":"Patient",'],
      ['POST', '/fhir', { resourceType: 'Bundle', type: 'history' }],
      ['DELETE', '/fhir/Patient?nonsense=1', undefined],
      ['PUT', '/fhir/Patient/zhujing-1', { resourceType: 'Patient', id: 'zhujing-1' }],
      ['PATCH', '/fhir/Patient/tinglin-liuyang', { nonsense: true }],
    ] as const)
      t.ok((await ask(method, path, { as: tinglin, body })).status >= 400, `${method} ${path}`)
    t.equal(await rowCount(), before + 5)
    for (const [method, path, body] of [
      ['GET', '/fhir/Patient?nonsense=1', undefined],
      ['POST', '/fhir/Patient/_search?nonsense=1', undefined],
      ['POST', '/fhir/Patient/$validate', { resourceType: 'Patient', gender: 'x' }],
      ['GET', '/fhir/Patient/tinglin-nobody', undefined],
    ] as const)
      await ask(method, path, { as: tinglin, body })
    await ask('POST', '/fhir/Patient', { body: { resourceType: 'Patient', gender: 'x' } })
    t.equal(await rowCount(), before + 5)
  },
)

t.test('of a batch the refused entries are kept, each as a request of its own', async t => {
  const entry = (url: string, resource: object, method = 'PUT') => ({
    request: { method, url },
    resource: { resourceType: 'Patient', ...resource },
  })
  const { json: answer } = await ask('POST', '/fhir', {
    as: tinglin,
    body: {
      ...{ resourceType: 'Bundle', type: 'batch' },
      entry: [
        entry('Patient/tinglin-feed-a', { id: 'tinglin-feed-a' }),
        entry('Patient/tinglin-feed-b', { id: 'tinglin-feed-b', gender: 'x' }),
        entry('Patient/tinglin-feed-c', { id: 'tinglin-feed-other' }),
        { request: { method: 'GET', url: 'Patient/tinglin-nobody' } },
      ],
    },
  })
  const statuses = answer.entry.map((one: { response: { status: string } }) => one.response.status)
  t.strictSame(
    statuses.map((text: string) => text.slice(0, 3)),
    ['201', '422', '400', '404'],
  )
  const entries = await list('?_count=2')
  t.strictSame(entries.map(({ status, isBatchEntry }) => [status, isBatchEntry]).sort(), [
    [400, true],
    [422, true],
  ])
  const of422 = entries.find(({ status }) => status === 422)!
  const opened = await ask('GET', `/feed/${of422.id}`, { as: tinglin })
  t.match(opened.json.request, { method: 'PUT', url: 'Patient/tinglin-feed-b' })
  t.match(JSON.parse(opened.json.request.payload), { id: 'tinglin-feed-b', gender: 'x' })
})

t.test('filters and pages find what they say', async t => {
  for (let turn = 0; turn < 3; turn++) await refuse({ birthDate: 'never' })
  const all = await list('?_count=500')
  t.ok(all.length >= 10)
  t.strictSame(
    all.map(({ id }) => id),
    all
      .map(({ id }) => id)
      .toSorted()
      .toReversed(),
  )
  const seen: string[] = []
  let path = '/feed?_count=4'
  for (;;) {
    const { json: page } = await ask('GET', path, { as: tinglin })
    seen.push(...page.entries.map(({ id }: { id: string }) => id))
    if (page.next === undefined) break
    path = page.next
  }
  t.strictSame(
    seen,
    all.map(({ id }) => id),
  )
  for (const [query, member, value] of [
    ['type=Bundle', 'resourceType', 'Bundle'],
    ['client=tinglin-ehr', 'client', 'tinglin-ehr'],
  ] as const) {
    const some = await list(`?${query}&_count=500`)
    t.ok(some.length > 0, query)
    t.ok(
      some.every(one => one[member] === value),
      query,
    )
  }
  const code = String((all[0]!['codes'] as string[])[0])
  t.ok((await list(`?code=${code}`)).every(one => (one['codes'] as string[]).includes(code)))
  t.strictSame(await list('?client=tinglin-other'), [])
  t.strictSame(await list('?day=2020-01-01'), [])
  for (const query of ['day=2026-02-30', 'day=yesterday', 'nonsense=1', '_count=0', 'open=maybe']) {
    const answer = await ask('GET', `/feed?${query}`, { as: tinglin })
    t.equal(answer.status, 400, query)
    t.equal(codeOf(answer.json.issue[0]), 'feed-filter-invalid')
  }
})

t.test('after a fix it is sent again, as its client, with the rights of the moment', async t => {
  const reference = { reference: 'Patient/tinglin-feed-late' }
  const run = (text: string) => database.query({ name: '', text, values: [] })
  await run(`update organization set reference_policy = 'enforced' where id = 'tinglin'`)
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
  const refused = await ask('POST', '/fhir/Observation', {
    ...{ as: tinglin, body: { ...observation, subject: reference } },
  })
  t.equal(refused.status, 422)
  const [entry] = await list('?_count=1')
  const again = await ask('POST', `/feed/${entry!.id}/replay`, { as: chen })
  t.match(again, { status: 200, json: { id: entry!.id, status: 422 } })
  t.equal(again.json.outcome.resourceType, 'OperationOutcome')
  const late = { resourceType: 'Patient', id: 'tinglin-feed-late' }
  await ask('PUT', '/fhir/Patient/tinglin-feed-late', { as: tinglin, body: late })
  const before = await rowCount()
  const done = await ask('POST', `/feed/${entry!.id}/replay`, { as: chen })
  t.match(done, {
    status: 200,
    json: { status: 201, location: /\/fhir\/Observation\/[^/]+\/_history\/1$/ },
  })
  t.equal(await rowCount(), before, 'no second entry')
  t.match((await ask('GET', done.json.location, { as: tinglin })).json, { subject: reference })
  t.notOk((await list('?open=true&_count=500')).some(({ id }) => id === entry!.id))
  t.match((await list('?_count=1'))[0], { replayStatus: 201, replayed: String })
  await run(`update organization set reference_policy = 'open' where id = 'tinglin'`)
})

t.test('a corrected payload can be sent in its place, and several at once', async t => {
  await refuse({ id: 'x', gender: 'wrong' })
  const [entry] = await list('?_count=1')
  const corrected = await ask('POST', `/feed/${entry!.id}/replay`, {
    ...{ as: tinglin, body: { resourceType: 'Patient', gender: 'female' } },
  })
  t.match(corrected, { status: 200, json: { status: 201 } })
  const ids = (await list('?_count=3')).map(({ id }) => id)
  const many = await ask('POST', '/feed/replay', {
    ...{
      as: tinglin,
      headers: json,
      body: { ids: [...ids, '00000000-0000-7000-8000-000000000000'] },
    },
  })
  t.equal(many.status, 200)
  t.strictSame(many.json.replays.map(({ id }: { id: string }) => id).slice(0, 3), ids)
  t.equal(many.json.replays[3].status, 404)
  for (const body of [{}, { ids: 'x' }, { ids: Array.from({ length: 101 }, (_, at) => `${at}`) }])
    t.ok([400, 413].includes((await ask('POST', '/feed/replay', { as: tinglin, body })).status))
})

t.test('a client that was switched off is not stood in for', async t => {
  await refuse({ gender: 'x' }, zhujing)
  const [entry] = await list('?_count=1', zhujing)
  const token = { as: zhujing }
  t.equal((await ask('POST', `/feed/${entry!.id}/replay`, token)).json.status, 422)
  const { principalOfClient } = app.context
  const owner = (await app.context.organizationById('zhujing'))!.number
  t.match(await principalOfClient('zhujing-ehr', owner), { clientId: 'zhujing-ehr' })
  t.equal(await principalOfClient('tinglin-ehr', owner), undefined, 'of another hospital')
  t.equal(await principalOfClient('no6-app', owner), undefined)
  const text = `update client set active = false where id = 'zhujing-ehr'`
  await database.query({ name: '', text, values: [] })
  t.equal(await principalOfClient('zhujing-ehr', owner), undefined)
  await database.query({ name: '', text: text.replace('false', 'true'), values: [] })
})

t.test('nobody sees the desk of another hospital, nor that there is something', async t => {
  await refuse({ gender: 'x' })
  const [entry] = await list('?_count=1')
  for (const as of [zhujing, no6]) {
    const foreign = new Set((await list('?_count=500', as)).map(({ id }) => id))
    for (const { id } of await list('?_count=500')) t.notOk(foreign.has(id))
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/replay'],
    ] as const) {
      const asked = { as, headers: { 'x-request-id': 'same' } }
      const there = await ask(method, `/feed/${entry!.id}${path}`, asked)
      const absent = await ask(method, `/feed/00000000-0000-7000-8000-000000000000${path}`, asked)
      t.equal(there.status, 404)
      t.strictSame(seenOf(there), seenOf(absent))
    }
    t.strictSame(await list('?client=tinglin-ehr', as), [])
    t.notMatch((await ask('GET', '/feed/summary', { as })).text, 'tinglin')
    t.notMatch((await ask('GET', '/feed/export', { as })).text, 'tinglin')
  }
  t.ok((await list('?_count=1', chen)).length > 0, 'the engineers of the hospital do')
  for (const as of [wu, zhang, { ...chen, patient: 'tinglin-liuyang' }]) {
    const answer = await ask('GET', '/feed', { as })
    t.equal(answer.status, 403)
    t.equal(codeOf(answer.json.issue[0]), 'feed-forbidden')
  }
  t.equal((await ask('GET', '/feed')).status, 401)
  t.equal((await ask('POST', `/feed/${entry!.id}/replay`)).status, 401)
})

t.test('the reconciliation counts what was accepted, ignored as old, and refused', async t => {
  const counts = async () => {
    const { json: summary } = await ask('GET', '/feed/summary', { as: tinglin })
    const found = summary.counts.filter(
      (one: { resourceType: string }) => one.resourceType === 'Basic',
    )
    return found[0] ?? { accepted: 0, warned: 0, refused: 0 }
  }
  const basic = (more: object = {}) => ({ resourceType: 'Basic', code: { text: 'x' }, ...more })
  const entry = (resource: object) => ({ request: { method: 'POST', url: 'Basic' }, resource })
  t.match(await counts(), { accepted: 0, refused: 0 })
  await ask('POST', '/fhir/Basic', { as: tinglin, body: basic() })
  await ask('POST', '/fhir/Basic', { as: tinglin, body: basic({ nonsense: 1 }) })
  for (const type of ['batch', 'transaction'])
    for (const entries of [
      [entry(basic()), entry(basic())],
      [entry(basic()), entry(basic({ x: 1 }))],
    ])
      await ask('POST', '/fhir', {
        as: tinglin,
        body: { resourceType: 'Bundle', type, entry: entries },
      })
  // 1 + 2 + 1 + 2 accepted; 1 + 1 + 2 (all or nothing) refused.
  t.match(await counts(), { client: 'tinglin-ehr', accepted: 6, warned: 0, refused: 4 })
  const { json: summary } = await ask('GET', '/feed/summary?silence=1', { as: chen })
  t.match(
    summary.clients.find((one: { client: string }) => one.client === 'tinglin-ehr'),
    {
      ...{ isSilent: false, lastSeen: /Z$/, silentHours: 0 },
    },
  )
  await database.query({
    name: '',
    text: `update feed_count set last_seen = now() - interval '30 hours' where client = 'tinglin-ehr'`,
    values: [],
  })
  const { json: later } = await ask('GET', '/feed/summary', { as: chen })
  const silent = later.clients.find((one: { client: string }) => one.client === 'tinglin-ehr')
  t.equal(silent.isSilent, true)
  t.ok(silent.silentHours >= 30)
  for (const days of ['from=2026-02-01&to=2026-01-01', 'from=2020-01-01&to=2026-01-01'])
    t.equal((await ask('GET', `/feed/summary?${days}`, { as: chen })).status, 400, days)
})

t.test('the export has a line for each, with its payload', async t => {
  const answer = await ask('GET', '/feed/export?type=Patient', { as: tinglin })
  t.equal(answer.status, 200)
  t.match(answer.headers['content-type'], /^application\/x-ndjson/)
  const lines = answer.text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.equal(lines.length, (await list('?type=Patient&_count=500')).length)
  t.ok(lines.every(({ request }) => request.outcome.resourceType === 'OperationOutcome'))
})

t.test('the rows hold nothing readable, and open for nobody else', async t => {
  await refuse({ name: [{ text: '秘密姓名' }], gender: 'x' })
  await feed.drained()
  const rows = await database.query<Record<string, unknown> & { sealed: Buffer; id: string }>({
    name: '',
    text: 'select *, organization as owner from feed_entry order by id desc limit 1',
    values: [],
  })
  const [row] = rows
  const text = JSON.stringify({ ...row, sealed: row!.sealed.toString('latin1') })
  t.notMatch(text, '秘密')
  t.notOk(row!.sealed.includes(Buffer.from('秘密姓名')))
  const own = { organization: Number(row!['owner']), id: row!.id }
  t.ok(app.context.feedSeal.open(row!.sealed, own))
  t.equal(app.context.feedSeal.open(row!.sealed, { ...own, organization: 99 }), undefined)
  t.equal(app.context.feedSeal.open(row!.sealed, { ...own, id: 'other' }), undefined)
  t.equal(createFeedSeal(Buffer.alloc(32)).open(row!.sealed, own), undefined, 'with another key')
  const changed = Buffer.from(row!.sealed)
  changed[changed.length - 1]! ^= 1
  t.equal(app.context.feedSeal.open(changed, own), undefined, 'changed')
})

t.test('that somebody looked is in the audit trail', async t => {
  const [entry] = await list('?_count=1')
  await ask('GET', `/feed/${entry!.id}`, { as: chen })
  await app.context.auditTrail.drained()
  const { json: found } = await ask('GET', '/fhir/AuditEvent?_sort=-date&_count=20', { as: wu })
  const event = found.entry
    .map(({ resource }: { resource: { subtype: { display?: string }[] } }) => resource)
    .find((one: { subtype: { display?: string }[] }) => one.subtype[0]?.display === '$feed-read')
  t.match(JSON.stringify(event), 'tinglin-chen')
})

t.test('what is too old is neither shown nor kept', async t => {
  await refuse({ gender: 'old' })
  await feed.drained()
  await database.query({
    name: '',
    text: `update feed_entry set received = received - interval '31 days'`,
    values: [],
  })
  t.strictSame(await list(), [])
  await refuse({ gender: 'new' })
  t.equal((await list()).length, 1)
  const { number } = (await app.context.organizationById('tinglin'))!
  const [row] = await database.query<{ count: number }>({
    name: '',
    text: `select count(*)::integer as count from feed_entry where organization = ${number}`,
    values: [],
  })
  t.equal(row!.count, 1, 'the old ones of this hospital are gone')
})
