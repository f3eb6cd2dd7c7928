/** FHIR batch. @see https://hl7.org/fhir/R4/http.html#transaction */
import t from 'tap'
import { aServer, no6, tinglin, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const send = (entry: readonly object[] | undefined, headers = {}, as: Caller = tinglin) =>
  ask('POST', '/fhir', { as, body: { resourceType: 'Bundle', type: 'batch', entry }, headers })
const to = (method: string, url: string, more = {}) => ({ request: { method, url, ...more } })
const patient = (family: string, more = {}) => ({
  ...{ resourceType: 'Patient', name: [{ family }], ...more },
})
const put = (family: string, id: string, more = {}) => ({
  resource: patient(family, { id }),
  ...to('PUT', `Patient/${id}`, more),
})
const read = (id: string) => ask('GET', `/fhir/Patient/${id}`, { as: tinglin })
interface Entry {
  readonly fullUrl?: string
  readonly resource?: { readonly resourceType: string; readonly name: { family: string }[] }
  readonly response: {
    readonly status: string
    readonly location?: string
    readonly etag?: string
    readonly outcome?: { readonly issue: readonly { readonly severity: string }[] }
  }
}
const entriesOf = ({ json }: { readonly json: { entry?: Entry[] } }): Entry[] => json.entry ?? []
const statuses = (answer: Parameters<typeof entriesOf>[0]): string[] =>
  entriesOf(answer).map(({ response }) => response.status.slice(0, 3))

t.test('every entry is answered on its own, in the order of the request', async t => {
  const answer = await send([
    to('GET', 'Patient/tinglin-liuyang'),
    to('GET', 'Patient/tinglin-nobody'),
    { resource: { resourceType: 'Observation' }, ...to('POST', 'Observation') },
    { resource: patient('欧阳'), ...to('POST', 'Patient') },
    to('GET', 'Patient?family=欧阳&_summary=count'),
    to('DELETE', 'Patient/tinglin-nobody'),
    to('BREW', 'Patient/tinglin-liuyang'),
    to('GET', 'Pateint/1'),
    to('POST', 'Patient'),
  ])
  t.equal(answer.status, 200, 'whatever becomes of the entries')
  t.match(answer.json, { resourceType: 'Bundle', type: 'batch-response' })
  t.strictSame(statuses(answer), ['200', '404', '422', '201', '200', '204', '405', '404', '400'])
  for (const { response, resource } of entriesOf(answer))
    if (response.status.startsWith('4')) {
      t.equal(response.outcome?.issue[0]?.severity, 'error', response.status)
      t.equal(resource, undefined)
    }
})

t.test('an entry says of what it did what a response of its own would say', async t => {
  const answer = await send([put('司徒', 'tinglin-b1'), to('GET', 'Patient/tinglin-b1')])
  const [written, found] = entriesOf(answer)
  const { headers, json } = await read('tinglin-b1')
  t.strictSame(written, {
    fullUrl: `${baseUrl}/fhir/Patient/tinglin-b1`,
    response: {
      status: '201 Created',
      location: `${baseUrl}/fhir/Patient/tinglin-b1/_history/1`,
      etag: headers.etag as string,
      lastModified: json.meta.lastUpdated,
    },
  })
  t.strictSame(found?.resource, json)
  t.equal(found?.response.etag, headers.etag)
})

t.test('conditions of entries hold for each', async t => {
  await send([put('东方', 'tinglin-b2')])
  const [hit] = entriesOf(await send([to('GET', 'Patient/tinglin-b2')]))
  const answer = await send([
    to('GET', 'Patient/tinglin-b2', { ifNoneMatch: hit!.response.etag }),
    put('西门', 'tinglin-b2', { ifMatch: 'W/"9"' }),
    put('东方朔', 'tinglin-b2', { ifMatch: 'W/"1"' }),
    put('西门', 'tinglin-b2', { ifNoneMatch: '*' }),
    { resource: patient('x'), ...to('POST', 'Patient', { ifNoneExist: '_id=tinglin-b2' }) },
  ])
  t.strictSame(statuses(answer), ['304', '412', '200', '412', '200'])
  t.equal(entriesOf(answer)[0]?.resource, undefined)
  t.match(entriesOf(answer)[4]?.response.location, /tinglin-b2/)
  t.equal((await read('tinglin-b2')).json.name[0].family, '东方朔')
})

t.test('entries on one resource are done in their order', async t => {
  const id = 'tinglin-steps'
  const families = ['赵', '钱', '孙', '李', '周', '吴', '郑', '王']
  const get = to('GET', `Patient/${id}`)
  const answer = await send(families.flatMap(family => [put(family, id), get]))
  t.strictSame(
    entriesOf(answer).flatMap(({ resource }) => resource?.name[0]?.family ?? []),
    families,
  )
  t.equal((await read(id)).json.meta.versionId, String(families.length))
})

t.test('a hidden and an absent resource are answered alike, entry by entry', async t => {
  const doors = (id: string) => [
    to('GET', `Patient/${id}`),
    to('HEAD', `Patient/${id}`),
    to('GET', `Patient/${id}/_history/1`),
    to('GET', `Patient/${id}/_history`),
    to('DELETE', `Patient/${id}`),
  ]
  const hidden = await send(doors('tinglin-b1'), {}, no6)
  const absent = await send(doors('tinglin-none'), {}, no6)
  t.strictSame(statuses(hidden), ['404', '404', '404', '404', '204'])
  t.equal(hidden.text, absent.text)
  t.equal((await read('tinglin-b1')).status, 200)
})

t.test('each entry needs its own scope', async t => {
  const caller: Caller = { ...tinglin, scope: 'system/Patient.r' }
  const answer = await send([to('GET', 'Patient/tinglin-b1'), put('x', 'tinglin-b1')], {}, caller)
  t.strictSame(statuses(answer), ['200', '403'])
  t.equal((await read('tinglin-b1')).json.name[0].family, '司徒')
})

t.test('a bundle in a bundle is refused where it stands, and the others are done', async t => {
  const inner = { resourceType: 'Bundle', type: 'batch', entry: [put('x', 'tinglin-b3')] }
  const answer = await send([{ resource: inner, ...to('POST', '') }, put('南宫', 'tinglin-b4')])
  t.strictSame(statuses(answer), ['400', '201'])
  t.equal((await read('tinglin-b3')).status, 404)
})

t.test('an entry may ask what this server does, in a transaction, too', async t => {
  const { json } = await ask('GET', '/fhir/metadata')
  const entry = [to('GET', 'metadata'), to('HEAD', 'metadata'), to('POST', 'metadata')]
  const [got, head, posted] = entriesOf(await send(entry))
  t.equal(got?.response.status, '200 OK')
  t.strictSame(got?.resource, json)
  t.equal(head?.response.status, '200 OK')
  t.equal(head?.resource, undefined)
  t.equal(posted?.response.status, '405')
  const body = { resourceType: 'Bundle', type: 'transaction', entry: entry.slice(0, 1) }
  const together = await ask('POST', '/fhir', { as: tinglin, body })
  t.strictSame(entriesOf(together)[0]?.resource, json)
})

t.test('a batch of nothing is answered with nothing', async t => {
  const { status, json } = await send(undefined)
  t.equal(status, 200)
  t.strictSame(json, { resourceType: 'Bundle', type: 'batch-response' })
})

t.test('a batch that is none, or with a condition on the whole, does nothing at all', async t => {
  const entry = [put('慕容', 'tinglin-b5')]
  const bundle = { resourceType: 'Bundle', type: 'batch', entry }
  for (const [body, headers] of [
    [{ ...bundle, type: 'collection' }, {}],
    [{ ...bundle, entry: [...entry, { resource: patient('x') }] }, {}],
    [{ ...bundle, entry: entry[0] }, {}],
    [patient('慕容'), {}],
    [bundle, { 'if-match': 'W/"1"' }],
    [bundle, { 'if-none-match': '*' }],
    [bundle, { 'if-none-exist': '_id=tinglin-b5' }],
  ] as const) {
    const { status, json } = await ask('POST', '/fhir', { as: tinglin, body, headers })
    t.equal(status, 400, JSON.stringify([body, headers]))
    t.equal(json.resourceType, 'OperationOutcome')
  }
  t.equal((await read('tinglin-b5')).status, 404)
})
