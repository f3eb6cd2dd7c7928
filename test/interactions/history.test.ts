/** FHIR history of a resource, a type and the system. @see https://hl7.org/fhir/R4/http.html#history */
import t from 'tap'
import {
  aServer,
  no6,
  seenOf,
  tinglin,
  zhang,
  zhujing,
  type Answer,
  type Caller,
} from '../server.ts'

const { ask, baseUrl, app } = await aServer(t)
const get = (path: string, as: Caller = tinglin, headers = {}) =>
  ask('GET', path.startsWith('http') ? path : `/fhir/${path}`, { as, headers })
const put = (id: string, text: string, as: Caller = tinglin) =>
  ask('PUT', `/fhir/Patient/${id}`, {
    as,
    body: { resourceType: 'Patient', id, name: [{ text }] },
  })
const remove = (path: string, as: Caller = tinglin) => ask('DELETE', `/fhir/${path}`, { as })

interface Shown {
  readonly fullUrl: string
  readonly request: { readonly method: string; readonly url: string }
  readonly response: {
    readonly status: string
    readonly etag: string
    readonly lastModified: string
  }
  readonly resource?: unknown
}
const entriesOf = ({ json }: Answer): Shown[] => json.entry ?? []
const versions = (answer: Answer): string[] =>
  entriesOf(answer).map(
    ({ fullUrl, response }) => `${fullUrl.slice(`${baseUrl}/fhir/`.length)} ${response.etag}`,
  )
const nextOf = ({ json }: Answer): string | undefined =>
  json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url
/** Every entry of every page. */
const walk = async (path: string, as: Caller = tinglin): Promise<string[]> => {
  const seen: string[] = []
  for (let url: string | undefined = path; url !== undefined;) {
    const page = await get(url, as)
    if (page.status !== 200) t.fail(`${path}: ${page.text}`)
    seen.push(...versions(page))
    url = nextOf(page)
  }
  return seen
}
/** A moment that is later than everything before and earlier than everything after. */
const moment = async (): Promise<string> => {
  await new Promise(resolve => setTimeout(resolve, 5))
  const now = new Date().toISOString()
  await new Promise(resolve => setTimeout(resolve, 5))
  return now
}

const began = await moment()
const made = await ask('POST', '/fhir/Patient', { as: tinglin, body: { resourceType: 'Patient' } })
const madeId = made.json.id as string
await put('tinglin-h1', '一')
const afterFirst = await moment()
await put('tinglin-h1', '二')
await ask('PATCH', '/fhir/Patient/tinglin-h1', {
  as: tinglin,
  body: [{ op: 'add', path: '/active', value: true }],
  headers: { 'content-type': 'application/json-patch+json' },
})
const beforeDelete = await moment()
await remove('Patient/tinglin-h1')

t.test('each entry says by which request its version came', async t => {
  const answer = await get('Patient/tinglin-h1/_history')
  t.equal(answer.status, 200)
  t.equal(answer.json.type, 'history')
  t.equal(answer.json.total, 4)
  t.strictSame(
    entriesOf(answer).map(({ request, response }) => [
      request.method,
      request.url,
      response.status,
      response.etag,
    ]),
    [
      ['DELETE', 'Patient/tinglin-h1', '204 No Content', 'W/"4"'],
      ['PATCH', 'Patient/tinglin-h1', '200 OK', 'W/"3"'],
      ['PUT', 'Patient/tinglin-h1', '200 OK', 'W/"2"'],
      ['PUT', 'Patient/tinglin-h1', '201 Created', 'W/"1"'],
    ],
  )
  t.equal(entriesOf(answer)[0]!.resource, undefined, 'a deletion has no resource')
  t.match(entriesOf(answer)[3]!.resource, { name: [{ text: '一' }] })
  const [created] = entriesOf(await get(`Patient/${madeId}/_history`))
  t.match(created, { request: { method: 'POST', url: 'Patient' } })
})

t.test('_since and _at choose by time, _sort the order, _count the page', async t => {
  const path = 'Patient/tinglin-h1/_history'
  const versionsOf = async (query: string) =>
    versions(await get(`${path}?${query}`)).map(text => text.slice(-2, -1))
  t.strictSame(await versionsOf(`_since=${began}`), ['4', '3', '2', '1'])
  t.strictSame(await versionsOf(`_since=${afterFirst}`), ['4', '3', '2'])
  t.strictSame(await versionsOf(`_since=${beforeDelete}`), ['4'])
  t.strictSame(await versionsOf(`_at=${afterFirst}`), ['1'], 'what was current then')
  t.strictSame(await versionsOf(`_at=${beforeDelete}`), ['3'])
  t.strictSame(await versionsOf(`_at=${began}`), [], 'nothing was there yet')
  t.strictSame(await versionsOf('_at=2020'), [])
  t.strictSame(await versionsOf(`_at=${began.slice(0, 4)}`), ['4', '3', '2', '1'], 'at some moment')
  t.strictSame(await versionsOf('_sort=_lastUpdated'), ['1', '2', '3', '4'])
  t.strictSame(await versionsOf('_sort=-_lastUpdated&_count=1'), ['4'])
  const none = await get(`${path}?_at=2020`)
  t.equal(none.json.total, 0)
  const total = await get(`${path}?_count=0`)
  t.equal(total.json.total, 4)
  t.equal(total.json.entry, undefined)
  t.equal((await get(`${path}?_count=0&_total=none`)).json.total, 4)
  t.equal((await get(`${path}?_total=none`)).json.total, undefined)
  const local = `${new Date(Date.parse(afterFirst) + 8 * 3600_000).toISOString().slice(0, -1)}+08:00`
  t.strictSame(await versionsOf(`_since=${local}`), ['4', '3', '2'], 'a bare plus sign')
})

t.test('unusable parameters are refused all at once, in both languages', async t => {
  const bad = '_count=x&_since=soon&_at=ge2020&_sort=name&_total=some&what=1'
  for (const path of ['Patient/tinglin-h1/_history', 'Patient/_history', '_history']) {
    const { status, json } = await get(`${path}?${bad}`, tinglin, { 'accept-language': 'zh-CN' })
    t.equal(status, 400, path)
    t.equal(json.issue.length, 6)
    t.match(json.issue[0].details.text, /[一-鿿]/)
  }
  const lenient = await get('Patient/_history?what=1', tinglin, { prefer: 'handling=lenient' })
  t.equal(lenient.status, 200)
})

t.test('pages of a history neither repeat nor leave out, in both orders', async t => {
  for (const path of ['Patient/tinglin-h1/_history', 'Patient/_history', '_history'])
    for (const sort of ['_lastUpdated', '-_lastUpdated']) {
      const whole = versions(await get(`${path}?_sort=${sort}&_count=1000`))
      const { json } = await get(`${path}?_sort=${sort}&_count=3`)
      t.equal(json.total, whole.length, `${path} ${sort}`)
      t.strictSame(await walk(`${path}?_sort=${sort}&_count=3`), whole)
    }
})

t.test('a page link opens for nobody else, and for no other history', async t => {
  const next = nextOf(await get('Patient/_history?_count=1'))!
  t.equal((await get(next)).status, 200)
  t.equal((await get(next, zhujing)).status, 400)
  const cursor = next.slice(next.indexOf('?'))
  for (const path of ['_history', 'Observation/_history', 'Patient/tinglin-h1/_history', 'Patient'])
    t.equal((await get(path + cursor)).status, 400, path)
})

t.test('a parameter beside a page link is refused, as it would be passed over', async t => {
  for (const path of ['_history', 'Patient/_history', 'Patient/tinglin-h1/_history']) {
    const next = nextOf(await get(`${path}?_count=1`))!
    const refused = await get(`${next}&_since=2030-01-01`)
    t.equal(refused.status, 400, path)
    t.match(refused.json.issue[0], {
      details: { coding: [{ code: 'search-cursor-not-alone' }], text: /_since/ },
    })
    t.equal((await get(`${next}&_cursor=x`)).status, 400, path)
    t.equal((await get(`${next}&_pretty=true`)).status, 200, `${path}: the form of the answer may`)
  }
})

t.test('the history of a type has all versions of its resources and of no other', async t => {
  const all = await walk('Patient/_history')
  t.ok(all.every(text => text.startsWith('Patient/')))
  for (const version of [1, 2, 3, 4]) t.ok(all.includes(`Patient/tinglin-h1 W/"${version}"`))
  t.ok(all.includes(`Patient/${madeId} W/"1"`))
  const since = versions(await get(`Patient/_history?_since=${beforeDelete}`))
  t.strictSame(since, ['Patient/tinglin-h1 W/"4"'])
  const system = versions(await get(`_history?_since=${began}`))
  t.strictSame(system.toSorted(), all.filter(text => /tinglin-h1|-7/.test(text)).toSorted())
})

t.test('what another hospital may not see is in no history and in no total', async t => {
  for (const [as, name] of [
    [no6, 'no6'],
    [zhang, 'zhang'],
    [zhujing, 'zhujing'],
  ] as const) {
    for (const path of ['Patient/_history', '_history']) {
      const seen = await walk(`${path}?_count=7`, as)
      t.notOk(
        seen.some(text => /tinglin-h1|tinglin-shanxin/.test(text) || text.includes(madeId)),
        `${name} ${path}`,
      )
      t.equal((await get(`${path}?_count=0`, as)).json.total, seen.length)
    }
    for (const method of ['GET', 'HEAD']) {
      const hidden = await ask(method, '/fhir/Patient/tinglin-h1/_history', { as })
      const absent = await ask(method, '/fhir/Patient/tinglin-none/_history', { as })
      t.equal(hidden.status, 404, `${method} ${name}`)
      t.strictSame(seenOf(hidden), seenOf(absent), `${method} ${name}`)
    }
  }
})

t.test('a consultation shows the history of what it opens, and withdrawal closes it', async t => {
  const id = 'tinglin-h-obs'
  const body = {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: '血糖' },
    subject: { reference: 'Patient/tinglin-liuyang' },
  }
  const write = (more: object) =>
    ask('PUT', `/fhir/Observation/${id}`, { as: tinglin, body: { ...body, ...more } })
  await write({})
  await write({ note: [{ text: 'a' }] })
  const seen = async (path: string) =>
    (await walk(path, zhang)).filter(text => text.includes(id)).length
  for (const path of ['Observation/_history', '_history']) t.equal(await seen(path), 2, path)
  await write({ subject: { reference: 'Patient/tinglin-shanxin' } })
  for (const path of ['Observation/_history', '_history'])
    t.equal(await seen(path), 0, `${path}: the current version is of another patient`)
  await write({})
  for (const path of ['Observation/_history', '_history'])
    t.equal(await seen(path), 3, `${path}: but never the version about the other one`)
  await remove(`Observation/${id}`)
  for (const path of ['Observation/_history', '_history'])
    t.equal(await seen(path), 4, `${path}: the tombstone, as the last live version was visible`)
  const consents = await get('Consent?patient=tinglin-liuyang')
  for (const { resource } of consents.json.entry)
    await ask('PUT', `/fhir/Consent/${resource.id}`, {
      as: tinglin,
      body: { ...resource, status: 'inactive' },
    })
  for (const path of ['Observation/_history', '_history']) t.equal(await seen(path), 0, path)
  t.equal((await get(`Observation/${id}/_history`, zhang)).status, 404)
})

t.test('a history of a type or the system needs the search scope, of a resource read', async t => {
  const scoped = (scope: string): Caller => ({ client: 'tinglin-ehr', scope })
  const r = scoped('system/Patient.r')
  const s = scoped('system/Patient.s')
  t.equal((await get('Patient/tinglin-h1/_history', r)).status, 200)
  t.equal((await get('Patient/tinglin-h1/_history', s)).status, 403)
  t.equal((await get('Patient/_history', r)).status, 403)
  t.equal((await get('Patient/_history', s)).status, 200)
  const none = await get('_history', r)
  t.equal(none.status, 403)
  t.match(none.headers['www-authenticate'], /system\/\*\.s/)
  const some = await walk('_history', s)
  t.ok(some.length > 0 && some.every(text => text.startsWith('Patient/')), 'covered types alone')
})

t.test('histories are served in bundles', async t => {
  const { status, json } = await ask('POST', '/fhir', {
    as: tinglin,
    body: {
      resourceType: 'Bundle',
      type: 'batch',
      entry: ['_history?_count=2', 'Patient/_history', 'Patient/tinglin-h1/_history'].map(url => ({
        request: { method: 'GET', url },
      })),
    },
  })
  t.equal(status, 200)
  for (const { resource } of json.entry) t.equal(resource.type, 'history')
})

t.test('a resource that was brought back has been created again', async t => {
  const url = '/fhir/Observation/tinglin-back'
  const body = {
    resourceType: 'Observation',
    id: 'tinglin-back',
    status: 'final',
    code: { text: 'x' },
  }
  for (const [method, status] of [
    ['PUT', 201],
    ['DELETE', 204],
    ['PUT', 201],
  ] as const)
    t.equal(
      (await ask(method, url, { as: tinglin, ...(method === 'PUT' ? { body } : {}) })).status,
      status,
    )
  const answer = await get('Observation/tinglin-back/_history')
  t.strictSame(
    entriesOf(answer).map(({ response }) => response.status),
    ['201 Created', '204 No Content', '201 Created'],
  )
})

t.test('a clock that is put back does not put versions out of their order', async t => {
  const path = 'Patient/tinglin-clock'
  const real = app.context.now
  const clock = { now: () => new Date(real().getTime() + 3_600_000) }
  Object.assign(app.context, clock)
  await put('tinglin-clock', '一')
  await put('tinglin-clock', '二')
  Object.assign(app.context, { now: real })
  const updated = await put('tinglin-clock', '三')
  t.equal(updated.status, 200)
  await remove(path)
  const { json } = await get(`${path}/_history`)
  const shown = json.entry.map(
    ({ response }: { response: { etag: string; lastModified: string } }) => response,
  )
  t.strictSame(
    shown.map(({ etag }: { etag: string }) => etag),
    ['W/"4"', 'W/"3"', 'W/"2"', 'W/"1"'],
  )
  const times = shown.map(({ lastModified }: { lastModified: string }) => lastModified)
  t.strictSame(times, times.toSorted().toReversed(), 'no version is older than the one before it')
})
