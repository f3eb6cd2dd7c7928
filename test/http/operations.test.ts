/** What operators ask a server for. @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { connect } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { aListeningServer } from '../story/listening.ts'
import { no6, tinglin, zhang } from '../server.ts'

const { app, server, baseUrl, ask, tokenFor } = await aListeningServer(t)
const operator = { client: 'no6-operator' } as const

/** A scrape through a proxy, with or without a token. */
const scraped = (authorization?: string) =>
  server.inject({
    url: '/metrics',
    headers: {
      'x-forwarded-for': '192.0.2.1',
      ...(authorization === undefined ? {} : { authorization }),
    },
  })

const valueOf = (text: string, line: string): number =>
  Number(
    text
      .split('\n')
      .find(one => one.startsWith(`${line} `))
      ?.slice(line.length + 1),
  )

t.test('live and ready answer with names of checks and nothing else', async t => {
  const live = await ask('GET', '/health/live')
  t.match(live, { status: 200, json: { status: 'live' } })
  const ready = await ask('GET', '/health/ready')
  t.equal(ready.status, 200)
  const checks = { database: true, migrations: true, definitions: true, disk: true }
  t.strictSame(ready.json, { status: 'ready', checks })
})

t.test('a database that lacks a migration makes it not ready', async t => {
  const { database } = app.context
  const run = (text: string) => database.query({ name: '', text, values: [] })
  await run(`update migration set name = name || '.gone' where name like '0001-%'`)
  await new Promise(resolve => setTimeout(resolve, 1100))
  const { status, json } = await ask('GET', '/health/ready')
  t.equal(status, 503)
  t.match(json, { status: 'not ready', checks: { database: true, migrations: false, disk: true } })
  await run(`update migration set name = replace(name, '.gone', '')`)
  await new Promise(resolve => setTimeout(resolve, 1100))
  t.equal((await ask('GET', '/health/ready')).status, 200)
})

t.test('metrics count interactions by phase, refusals by code, and what waits', async t => {
  const before = (await ask('GET', '/metrics')).text
  for (let turn = 0; turn < 3; turn++) await ask('GET', '/fhir/Patient?_count=1', { as: tinglin })
  await ask('GET', '/fhir/Patient?nonsense=1', { as: tinglin })
  await ask('GET', '/fhir/Patient/tinglin-nobody', { as: tinglin })
  const answer = await ask('GET', '/metrics')
  t.equal(answer.status, 200)
  t.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.equal(answer.headers['cache-control'], 'no-store')
  const grown = (line: string) => valueOf(answer.text, line) - (valueOf(before, line) || 0)
  for (const [line, by] of [
    ['huizhen_interaction_duration_seconds_count{interaction="search-type",phase="perform"}', 3],
    ['huizhen_interaction_duration_seconds_count{interaction="search-type",phase="read"}', 4],
    ['huizhen_refusals_total{code="search-parameter-unknown"}', 1],
    ['huizhen_refusals_total{code="not-found"}', 1],
    ['huizhen_http_request_duration_seconds_count{method="GET",status="404"}', 1],
  ] as const)
    t.equal(grown(line), by, line)
  for (const gauge of [
    ...['database_connections_open', 'database_connections_idle', 'database_connections_awaited'],
    ...['requests_running', 'requests_waiting', 'audit_records_waiting', 'audit_unsealed_seconds'],
    ...['reindex_jobs_open', 'disk_free_bytes'],
  ])
    t.ok(valueOf(answer.text, `huizhen_${gauge}`) >= 0, gauge)
  t.ok(valueOf(answer.text, 'process_resident_memory_bytes') > 0)
  t.notMatch(answer.text, /tinglin|nonsense/, 'nothing a caller wrote')
})

t.test('buckets add up to the count, as Prometheus reads them', async t => {
  const { text } = await ask('GET', '/metrics')
  const series = new Map<string, number[]>()
  for (const [, labels, count] of text.matchAll(
    /^huizhen_interaction_duration_seconds_bucket\{(.*),le="[^"]+"\} (\d+)$/gm,
  ))
    series.set(labels!, [...(series.get(labels!) ?? []), Number(count)])
  t.ok(series.size >= 4, 'the test sees series')
  for (const [labels, counts] of series) {
    t.strictSame(
      counts,
      counts.toSorted((one, other) => one - other),
      labels,
    )
    t.equal(
      counts.at(-1),
      valueOf(text, `huizhen_interaction_duration_seconds_count{${labels}}`),
      labels,
    )
  }
})

t.test('through a proxy metrics are for operators alone', async t => {
  t.equal((await scraped()).statusCode, 401)
  t.equal((await scraped('Bearer nonsense')).statusCode, 401)
  for (const as of [tinglin, zhang]) {
    const refused = await scraped(`Bearer ${await tokenFor(as)}`)
    t.equal(refused.statusCode, 403)
    t.equal(refused.json().issue[0].details.coding[0].code, 'metrics-operator-only')
  }
  const { database } = app.context
  await database.query({
    name: '',
    text: `insert into client (id, organization, name, kind, scopes, purposes, grant_types, auth_method, secret_hash, operator)
      select 'no6-operator', organization, 'op', kind, scopes, purposes, grant_types, auth_method, secret_hash, true
      from client where id = 'no6-system'`,
    values: [],
  })
  t.equal((await scraped(`Bearer ${await tokenFor(operator)}`)).statusCode, 200)
  t.equal((await scraped(`Bearer ${await tokenFor(no6)}`)).statusCode, 403)
})

t.test('every answer forbids browsers what they need not do', async t => {
  for (const path of [
    '/',
    '/docs',
    '/fhir/metadata',
    '/fhir/Patient/x',
    '/nowhere',
    '/health/live',
  ]) {
    const { headers } = await ask('GET', path, { as: tinglin })
    t.equal(headers['x-content-type-options'], 'nosniff', path)
    t.equal(headers['referrer-policy'], 'no-referrer', path)
    t.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, path)
    t.equal(headers['strict-transport-security'], undefined, 'not without TLS')
  }
})

t.test('a client that takes nothing of its answer loses its connection', async t => {
  t.equal(server.server.timeout, 180_000)
  t.equal(server.server.headersTimeout, 20_000)
  t.equal(server.server.requestTimeout, 120_000)
  t.ok(server.server.maxConnections > 0)
  server.server.timeout = 300
  t.teardown(() => (server.server.timeout = 180_000))
  const { port } = new URL(baseUrl)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.pause()
  // More than the buffers of both sides hold.
  socket.write('GET /fhir/metadata HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(60))
  const connections = () =>
    new Promise<number>(resolve => server.server.getConnections((_, count) => resolve(count)))
  t.ok((await connections()) > 0)
  const deadline = performance.now() + 20_000
  while ((await connections()) > 0 && performance.now() < deadline)
    await new Promise(resolve => setTimeout(resolve, 50))
  t.equal(await connections(), 0)
  socket.destroy()
})
