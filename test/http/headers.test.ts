/** What HTTP carries around a resource. @see https://hl7.org/fhir/R4/http.html */
import { brotliDecompressSync, gunzipSync, gzipSync, createGzip } from 'node:zlib'
import t from 'tap'
import { limits } from '../../src/fhir/limits.ts'
import { aServer, no6, tinglin } from '../server.ts'

const { ask, server, tokenFor, baseUrl } = await aServer(t)
const path = '/fhir/Patient/tinglin-h'
const patient = (text: string) => ({ resourceType: 'Patient', id: 'tinglin-h', name: [{ text }] })
const put = (text: string, headers: Record<string, string> = {}) =>
  ask('PUT', path, { as: tinglin, body: patient(text), headers })
const get = (headers: Record<string, string>, address = path, as = tinglin) =>
  ask('GET', address, { as, headers })
await put('一')

t.test('a version the caller has is 304 with its ETag and no body', async t => {
  const whole = await get({})
  const modified = String(whole.headers['last-modified'])
  for (const headers of [
    { 'if-none-match': 'W/"1"' },
    { 'if-none-match': '"1"' },
    { 'if-none-match': 'W/"9", W/"1"' },
    { 'if-none-match': '*' },
    { 'if-modified-since': modified },
    { 'if-none-match': 'W/"1"', 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
  ])
    for (const address of [path, `${path}/_history/1`]) {
      const { status, headers: answered, text } = await get(headers, address)
      t.equal(status, 304, JSON.stringify(headers))
      t.equal(text, '')
      t.equal(answered.etag, 'W/"1"')
      t.equal(answered['cache-control'], 'private, no-store')
      t.equal(answered['content-location'], `${baseUrl}${path}/_history/1`)
      t.equal(answered['content-type'], undefined)
    }
  t.equal(
    (await ask('HEAD', path, { as: tinglin, headers: { 'if-none-match': 'W/"1"' } })).status,
    304,
  )
  for (const headers of [
    { 'if-none-match': 'W/"2"' },
    { 'if-none-match': '' },
    { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' },
    { 'if-modified-since': 'yesterday' },
    { 'if-none-match': 'W/"2"', 'if-modified-since': modified },
  ])
    t.equal((await get(headers)).status, 200, JSON.stringify(headers))
})

t.test('a hidden resource is 404 whatever version the caller claims to have', async t => {
  for (const headers of [{ 'if-none-match': '*' }, { 'if-none-match': 'W/"1"' }]) {
    const hidden = await get(headers, path, no6)
    const absent = await get(headers, '/fhir/Patient/tinglin-none', no6)
    t.equal(hidden.status, 404)
    t.equal(hidden.text, absent.text)
    const stable = { 'x-request-id': '', date: '' }
    t.strictSame({ ...hidden.headers, ...stable }, { ...absent.headers, ...stable })
  }
})

t.test('an entry of a batch is read conditionally, too', async t => {
  const { json } = await ask('POST', '/fhir', {
    as: tinglin,
    body: {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { request: { method: 'GET', url: 'Patient/tinglin-h', ifNoneMatch: 'W/"1"' } },
        { request: { method: 'GET', url: 'Patient/tinglin-h', ifNoneMatch: 'W/"8"' } },
      ],
    },
  })
  t.equal(json.entry[0].response.status, '304 Not Modified')
  t.equal(json.entry[0].resource, undefined)
  t.equal(json.entry[1].response.status, '200 OK')
  t.equal(json.entry[1].resource.id, 'tinglin-h')
})

t.test('a sane X-Request-Id comes back; any other is replaced', async t => {
  t.equal((await get({ 'x-request-id': 'abc-1.2_3' })).headers['x-request-id'], 'abc-1.2_3')
  t.equal((await get({ 'x-request-id': 'a'.repeat(64) })).headers['x-request-id'], 'a'.repeat(64))
  const own = new Set<string>()
  for (const bad of ['a'.repeat(65), 'a b', '张', 'a,b', '"a"', '', '../a']) {
    const id = String((await get({ 'x-request-id': bad })).headers['x-request-id'])
    t.match(id, /^[0-9a-f-]{36}[0-9a-z-]{0,28}$/, bad)
    own.add(id)
  }
  t.equal(own.size, 7, 'no two requests share one')
  const refused = await get({ 'x-request-id': 'mine' }, '/fhir/Nobody/1')
  t.equal(refused.headers['x-request-id'], 'mine')
})

t.test('every answer is private and names what it varies by', async t => {
  for (const answer of [
    await get({}),
    await get({}, '/fhir/Patient?_id=x'),
    await get({}, '/fhir/Patient/none'),
    await get({}, '/fhir/Nobody'),
    await ask('GET', path),
    await put('一'),
  ]) {
    t.equal(answer.headers['cache-control'], 'private, no-store')
    t.equal(answer.headers.vary, 'authorization, accept, accept-encoding, accept-language, prefer')
  }
})

t.test('HEAD works wherever GET does, with the same headers', async t => {
  for (const address of [
    path,
    `${path}/_history/1`,
    `${path}/_history`,
    '/fhir/Patient?_id=tinglin-h',
    '/fhir/Patient/none',
    '/fhir/metadata',
    '/fhir/.well-known/smart-configuration',
    '/',
    '/docs',
  ]) {
    const [one, other] = [
      await ask('GET', address, { as: tinglin }),
      await ask('HEAD', address, { as: tinglin }),
    ]
    t.equal(other.status, one.status, address)
    t.equal(other.text, '')
    t.equal(other.headers.etag, one.headers.etag)
    t.equal(other.headers['content-type'], one.headers['content-type'])
  }
})

t.test(
  'return=minimal, representation and OperationOutcome shape the answer to a write',
  async t => {
    let turn = 0
    const prefer = (value: string) => put(`人${++turn}`, { prefer: value })
    const minimal = await prefer('return=minimal')
    t.equal(minimal.status, 200)
    t.equal(minimal.text, '')
    t.equal(minimal.headers['content-type'], undefined)
    t.equal(minimal.headers['preference-applied'], 'return=minimal')
    t.match(minimal.headers.location, /\/_history\/\d+$/)
    const outcome = await prefer('respond-async; wait=10, return="OperationOutcome"')
    t.equal(outcome.json.resourceType, 'OperationOutcome')
    t.equal(outcome.json.issue[0].details.coding[0].code, 'updated')
    t.equal(outcome.headers['preference-applied'], 'return=OperationOutcome')
    t.match(outcome.headers.location, /\/_history\/\d+$/)
    for (const value of ['return=representation', 'RETURN=representation, return=minimal']) {
      const whole = await prefer(value)
      t.equal(whole.json.resourceType, 'Patient', value)
      t.equal(whole.headers['preference-applied'], 'return=representation')
    }
    const unknown = await prefer('return=everything')
    t.equal(unknown.json.resourceType, 'Patient')
    t.equal(unknown.headers['preference-applied'], undefined)
    const created = await ask('POST', '/fhir/Patient', {
      as: tinglin,
      body: { resourceType: 'Patient' },
      headers: { prefer: 'return=OperationOutcome' },
    })
    t.equal(created.status, 201)
    t.equal(created.json.issue[0].details.coding[0].code, 'created')
    const deleted = await ask(
      'DELETE',
      String(created.headers.location).replace(/\/_history.*/, ''),
      {
        as: tinglin,
        headers: { prefer: 'return=OperationOutcome', accept: 'application/fhir+xml' },
      },
    )
    t.equal(deleted.status, 200)
    t.match(deleted.text, '<OperationOutcome')
  },
)

t.test('preferences hold inside batches', async t => {
  const send = (prefer: string) =>
    ask('POST', '/fhir', {
      as: tinglin,
      headers: { prefer },
      body: {
        resourceType: 'Bundle',
        type: 'batch',
        entry: [
          { resource: { resourceType: 'Patient' }, request: { method: 'POST', url: 'Patient' } },
          { request: { method: 'GET', url: 'Patient?nonsense=1' } },
        ],
      },
    })
  const whole = await send('return=representation, handling=lenient')
  t.equal(whole.headers['preference-applied'], 'return=representation, handling=lenient')
  t.equal(whole.json.entry[0].resource.resourceType, 'Patient')
  t.equal(whole.json.entry[1].response.status, '200 OK')
  const outcome = await send('return=OperationOutcome')
  t.equal(outcome.json.entry[0].resource, undefined)
  t.equal(outcome.json.entry[0].response.outcome.resourceType, 'OperationOutcome')
  t.match(outcome.json.entry[1].response.status, '400')
  const minimal = await send('return=minimal')
  t.equal(minimal.json.entry[0].resource, undefined)
  t.equal(minimal.json.entry[0].response.outcome, undefined)
})

t.test('handling=lenient passes over what it does not know, strict refuses it', async t => {
  const search = (prefer?: string) =>
    get(prefer === undefined ? {} : { prefer }, '/fhir/Patient?nonsense=1&_count=1')
  const lenient = await search('handling=lenient')
  t.equal(lenient.status, 200)
  t.equal(lenient.headers['preference-applied'], 'handling=lenient')
  for (const prefer of ['handling=strict', 'handling=else', undefined])
    t.equal((await search(prefer)).status, 400, prefer ?? 'none')
  const strict = await get({ prefer: 'handling=strict' }, '/fhir/Patient?_count=1')
  t.equal(strict.headers['preference-applied'], 'handling=strict')
})

const raw = async (
  method: 'GET' | 'PUT' | 'POST',
  headers: Record<string, string>,
  payload?: Buffer,
  url = path,
) =>
  server.inject({
    method,
    url,
    headers: { authorization: `Bearer ${await tokenFor(tinglin)}`, ...headers },
    ...(payload === undefined ? {} : { payload }),
  })

t.test('large answers are compressed as the caller can read them, small ones are not', async t => {
  const large = '/fhir/metadata'
  const plain = await raw('GET', {}, undefined, large)
  t.equal(plain.headers['content-encoding'], undefined)
  t.ok(plain.rawPayload.length > 100_000)
  for (const [accept, encoding, decompress] of [
    ['gzip', 'gzip', gunzipSync],
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['br;q=0, gzip', 'gzip', gunzipSync],
  ] as const) {
    const packed = await raw('GET', { 'accept-encoding': accept }, undefined, large)
    t.equal(packed.headers['content-encoding'], encoding, accept)
    t.ok(packed.rawPayload.length < plain.rawPayload.length / 4)
    t.ok(decompress(packed.rawPayload).equals(plain.rawPayload))
    t.match(packed.headers.vary, 'accept-encoding')
  }
  const none = await raw('GET', { 'accept-encoding': 'identity' }, undefined, large)
  t.equal(none.headers['content-encoding'], undefined)
  const small = await raw('GET', { 'accept-encoding': 'gzip, br' })
  t.equal(small.headers['content-encoding'], undefined)
  t.equal(small.headers['content-length'], String(small.rawPayload.length))
})

const json = { 'content-type': 'application/fhir+json' }

t.test('a gzip body is read as what it holds', async t => {
  const body = gzipSync(JSON.stringify(patient('压缩')))
  const written = await raw('PUT', { ...json, 'content-encoding': 'gzip' }, body)
  t.equal(written.statusCode, 200)
  t.match((await get({})).json, { name: [{ text: '压缩' }] })
  for (const [encoding, payload, status, code] of [
    ['gzip', Buffer.from('{}'), 400, 'body-not-gzip'],
    ['gzip', body.subarray(0, 40), 400, 'body-not-gzip'],
    ['br', body, 415, 'encoding-unsupported'],
    ['gzip, gzip', body, 415, 'encoding-unsupported'],
    ['deflate', body, 415, 'encoding-unsupported'],
  ] as const) {
    const answer = await raw('PUT', { ...json, 'content-encoding': encoding }, payload)
    t.equal(answer.statusCode, status, encoding)
    t.match(answer.json(), { issue: [{ details: { coding: [{ code }] } }] })
  }
})

/** Zeros, so many that they must not be unpacked: about a thousandth of their size. */
const bomb = (bytes: number): Promise<Buffer> =>
  new Promise(resolve => {
    const parts: Buffer[] = []
    const zip = createGzip()
    zip.on('data', (part: Buffer) => parts.push(part))
    zip.on('end', () => resolve(Buffer.concat(parts)))
    const block = Buffer.alloc(1024 * 1024, ' ')
    for (let written = 0; written < bytes; written += block.length) zip.write(block)
    zip.end()
  })

t.test('a gzip bomb is 413 before it is unpacked', async t => {
  const packed = await bomb(8 * limits.bodyBytesMax)
  const heap = process.memoryUsage().rss
  const answer = await raw('PUT', { ...json, 'content-encoding': 'gzip' }, packed)
  t.equal(answer.statusCode, 413)
  t.equal(answer.json().issue[0].details.coding[0].code, 'body-too-large')
  t.ok(process.memoryUsage().rss - heap < 4 * limits.bodyBytesMax, 'and cheap')
  t.equal((await get({})).status, 200)
})

t.test('respond-async is passed over: the answer comes at once and does not claim it', async t => {
  const headers = { prefer: 'respond-async' }
  const transaction = { resourceType: 'Bundle', type: 'transaction', entry: [] }
  for (const answer of [
    await ask('GET', '/fhir/Patient?_count=1', { as: tinglin, headers }),
    await ask('GET', '/fhir/Patient/tinglin-liuyang/$everything', { as: tinglin, headers }),
    await ask('POST', '/fhir', { as: tinglin, headers, body: transaction }),
    await ask('POST', '/fhir', { as: tinglin, headers, body: { ...transaction, type: 'batch' } }),
  ]) {
    t.equal(answer.status, 200)
    t.equal(answer.json.resourceType, 'Bundle')
    t.equal(answer.headers['preference-applied'], undefined)
    t.equal(answer.headers['content-location'], undefined)
  }
})

t.test('a condition that is not served is refused with 400, and nothing is written', async t => {
  const body = { resourceType: 'Patient', id: 'tinglin-cond', active: true }
  const address = '/fhir/Patient/tinglin-cond'
  await ask('PUT', address, { as: tinglin, body })
  const since = { 'if-unmodified-since': 'Tue, 24 Nov 2026 00:00:00 GMT' }
  const json = { ...since, 'content-type': 'application/json-patch+json' }
  for (const [header, answer] of [
    [
      'If-Unmodified-Since',
      await ask('PUT', address, { as: tinglin, body: { ...body, active: false }, headers: since }),
    ],
    ['If-Unmodified-Since', await ask('PATCH', address, { as: tinglin, body: [], headers: json })],
    ['If-Unmodified-Since', await ask('DELETE', address, { as: tinglin, headers: since })],
    [
      'If-None-Match',
      await ask('DELETE', address, { as: tinglin, headers: { 'if-none-match': 'W/"1"' } }),
    ],
    [
      'If-None-Exist',
      await ask('PUT', address, {
        as: tinglin,
        body,
        headers: { 'if-none-exist': 'identifier=x' },
      }),
    ],
  ] as const) {
    t.equal(answer.status, 400)
    t.equal(answer.json.issue[0].details.coding[0].code, 'header-not-supported')
    t.match(answer.json.issue[0].diagnostics, header)
  }
  const read = await ask('GET', address, { as: tinglin, headers: since })
  t.equal(read.status, 200)
  t.match(read.json, { active: true, meta: { versionId: '1' } })
})
