/** Leaks by what is sent to break the server, CONSENT.md 4, each by its number. */
import t from 'tap'
import { aServer, tinglin, zhang, type Caller } from '../server.ts'

const { app, ask } = await aServer(t)
const get = (path: string, as: Caller = zhang) => ask('GET', `/fhir/${path}`, { as })
/** Words of the records that No.6 may not see. */
const hidden = /shanxin|ouyang|单欣|欧阳|310199197511020022|310199195908230037/
const injections = [
  "x' or '1'='1",
  "x') or true --",
  "x'; delete from consent_rule; --",
  '$1',
  "\\'; select pg_sleep(0) --",
  'x" or ""="',
  '{x,y}',
  '{"a":1}',
  "array['x']",
]
const wildcards = ['%', '_', '%%', 'tinglin-s%', '.*', '^', '[a-z]+', '\\', '*', '?', '(?=.)']

const rows = async (): Promise<unknown> => {
  const counts = ['consent_rule', 'resource', 'organization'].map(
    table => `(select count(*)::int from ${table}) as ${table}`,
  )
  return (
    await app.context.database.query<object>({
      name: '',
      text: `select ${counts.join()}`,
      values: [],
    })
  )[0]
}

t.test('L72 nothing that is sent becomes part of a statement', async t => {
  const before = await rows()
  const { json } = await get('Patient?_total=accurate')
  const visible: number = json.total
  const places = (text: string): readonly string[] => [
    ...[`Patient?name=${text}`, `Patient?name:exact=${text}`, `Patient?name:contains=${text}`],
    ...[`Patient?identifier=${text}`, `Patient?identifier=${text}|${text}`, `Patient?_id=${text}`],
    ...[`Patient?${text}=x`, `Patient?name:${text}=x`, `Patient?_sort=${text}`],
    ...[`Patient?_elements=${text}`, `Patient?_include=${text}`, `Patient?_summary=${text}`],
    ...[`Patient?_has:Observation:${text}:code=x`, `Patient?_has:${text}:patient:code=x`],
    ...[`Observation?subject:${text}.name=x`, `Observation?subject.${text}=x`],
    ...[`Observation?code=${text}`, `Observation?date=${text}`, `Observation?patient=${text}`],
    ...[`Observation?value-quantity=${text}`, `Patient?_lastUpdated=${text}`, `?_type=${text}`],
    ...[`Patient?_count=${text}`, `Patient?_tag=${text}`, `Patient?_security:not=${text}`],
    ...[`Patient/${text}`, `Patient/${text}/_history/${text}`, `Patient/_history?_since=${text}`],
  ]
  for (const text of [...injections, ...wildcards])
    for (const path of places(encodeURIComponent(text))) {
      const { status, text: said, json } = await get(path)
      t.ok(status < 500, `${path}: ${status}`)
      t.notMatch(said.replaceAll(/"url":"[^"]*"/g, ''), hidden, path)
      if (status === 200 && path.startsWith('Patient?'))
        t.ok((json.total ?? 0) <= visible, `${path}: ${json.total}`)
    }
  t.strictSame(await rows(), before)
})

t.test('L72 wildcards stand for themselves', async t => {
  for (const sign of ['%', '_', '.*', '*'])
    for (const parameter of ['name', 'name:exact', 'name:contains', '_id', 'identifier']) {
      const { status, json } = await get(
        `Patient?${parameter}=${encodeURIComponent(sign)}`,
        tinglin,
      )
      t.ok(status === 400 || json.total === 0, `${parameter}=${sign}: ${status} ${json.total}`)
    }
})

t.test('L72 a scope is no statement either', async t => {
  for (const text of injections) {
    const scope = `user/Observation.rs?category=${encodeURIComponent(text)}`
    for (const scopes of [scope, `user/Observation.rs?${encodeURIComponent(text)}=x`]) {
      const answer = await get('Observation?_total=accurate', { ...zhang, scope: scopes })
      t.ok(answer.status < 500, `${scopes}: ${answer.status}`)
      t.ok(answer.status >= 400 || answer.json.total === 0, scopes)
    }
  }
})

t.test('L72 zero bytes and endless lists are refused or find nothing', async t => {
  for (const path of ['Patient?name=%00', 'Patient?na%00me=x', 'Patient/%00', 'Patient?_id=a%00'])
    for (const as of [zhang, tinglin]) {
      const { status } = await get(path, as)
      t.ok(status >= 400 && status < 500, `${path}: ${status}`)
    }
  const list = (length: number) => Array.from({ length }, (_, at) => `x${at}`).join()
  for (const parameter of ['_id', 'name', 'identifier', 'patient', '_elements', '_sort']) {
    const type = parameter === 'patient' ? 'Observation' : 'Patient'
    for (const length of [100, 10_000]) {
      const answer = await ask('POST', `/fhir/${type}/_search`, {
        as: zhang,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `${parameter}=${list(length)}`,
      })
      t.ok(answer.status < 500, `${parameter} ${length}: ${answer.status}`)
      t.ok(answer.status >= 400 || answer.json.total === 0, `${parameter} ${length}`)
    }
  }
})

const own = { resourceType: 'Basic', code: { text: 'x' } }
const post = (body: unknown, path = 'Basic', headers: Record<string, string> = {}) =>
  ask('POST', `/fhir/${path}`, { as: tinglin, body, headers })

t.test('L73 no member of a body reaches what all objects share', async t => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])
    for (const value of ['{"polluted":true}', '{"prototype":{"polluted":true}}', 'null', '"x"']) {
      const bodies = [
        `{"resourceType":"Basic","${name}":${value}}`,
        `{"resourceType":"Basic","code":{"text":"x","${name}":${value}}}`,
        `{"resourceType":"Bundle","type":"batch","entry":[{"${name}":${value}}]}`,
        `{"resourceType":"${name}"}`,
      ]
      for (const body of bodies) {
        const { status } = await post(body, body.includes('Bundle') ? '' : 'Basic')
        t.ok(status === 200 || (status >= 400 && status < 500), `${body}: ${status}`)
      }
    }
  const { json } = await post(own)
  for (const path of ['/__proto__/polluted', '/code/__proto__/polluted', '/constructor/polluted']) {
    const { status } = await ask('PATCH', `/fhir/Basic/${json.id}`, {
      as: tinglin,
      headers: { 'content-type': 'application/json-patch+json' },
      body: [{ op: 'add', path, value: true }],
    })
    t.ok(status >= 400 && status < 500, `${path}: ${status}`)
  }
  t.notOk('polluted' in {}, 'objects are as they were')
  t.equal((await get(`Basic/${json.id}`, tinglin)).json.meta.versionId, '1')
})

t.test('L73 no depth of a body brings the server down', async t => {
  for (const depth of [200, 5_000, 100_000])
    for (const [open, close] of [
      ['[', ']'],
      ['{"extension":[', ']}'],
      ['{"contained":[', ']}'],
    ] as const) {
      const deep = open.repeat(depth) + close.repeat(depth)
      for (const body of [deep, `{"resourceType":"Basic","extension":${deep}}`]) {
        const { status } = await post(body)
        t.ok(status >= 400 && status < 500, `${open} ${depth}: ${status}`)
      }
    }
  t.equal((await post(own)).status, 201, 'it still serves')
})
