/** How strictly what is written is taken: per hospital and per client, from the next request on. */
import t from 'tap'
import { keyOf } from '../../src/search/hash.ts'
import { readOriginal } from '../../src/store/originals.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { aServer, tinglin, zhujing, type Caller } from '../server.ts'

const { app, ask } = await aServer(t)
const { database } = app.context
/** As another process changes it: this one hears of it with the next request. */
const { organizations, clients } = createRegistry(database)

interface Issue {
  readonly severity: string
  readonly details: { readonly coding: readonly { readonly code: string }[] }
  readonly expression?: readonly string[]
}
const issuesOf = (json: { readonly issue: readonly Issue[] }): string[] =>
  json.issue.map(({ severity, details, expression = [] }) =>
    [severity, details.coding[0]!.code, ...expression].join(' '),
  )
const narrative = {
  status: 'generated',
  div: '<div xmlns="http://www.w3.org/1999/xhtml">血钾</div>',
}
const observation = {
  ...{ resourceType: 'Observation', text: narrative, status: 'final', code: { text: '血钾' } },
  valueQuantity: { value: 4.1 },
}
const unknown = {
  ...observation,
  sampleNo: 'S-1',
  valueQuantity: { value: 4.1, precision: 2 },
  _status: { comment: 'x', extension: [{ url: 'urn:x', valueString: 'y' }] },
}
const leftOut = (path = 'Observation') =>
  ['valueQuantity.precision', 'sampleNo', 'status.comment'].map(
    name => `warning element-left-out ${path}.${name}`,
  )
const told = { prefer: 'return=OperationOutcome' }
const send = (
  body: object,
  { as = tinglin, headers = {} }: { as?: Caller; headers?: object } = {},
) => ask('POST', '/fhir/Observation', { as, body, headers: { ...headers } })

t.test('strict, as everybody begins, refuses what R4 does not know', async t => {
  t.match(await organizations.byId('tinglin'), { validation: 'strict' })
  const { status, json } = await send(unknown)
  t.equal(status, 422)
  t.equal(issuesOf(json).filter(found => found.startsWith('error element-unknown')).length, 3)
})

t.test('lenient leaves it out with warnings, and keeps what was sent', async t => {
  t.ok(await organizations.setValidation('tinglin', 'lenient'))
  const { status, json, headers } = await send(unknown, { headers: told })
  t.equal(status, 201)
  t.same(issuesOf(json), ['information created', ...leftOut()])
  const [, id = ''] = /Observation\/([^/]+)\/_history\/1$/.exec(String(headers['location'])) ?? []
  const stored = await ask('GET', `/fhir/Observation/${id}`, { as: tinglin })
  t.notOk('sampleNo' in stored.json)
  t.same(stored.json.valueQuantity, { value: 4.1 })
  t.same(stored.json._status, { extension: unknown._status.extension })
  const original = await readOriginal(database, keyOf('Observation', id), undefined)
  t.equal(original?.version, 1)
  t.same(JSON.parse(String(original?.json)), unknown)
  const plain = await send(observation)
  t.equal(plain.status, 201)
  t.equal(await readOriginal(database, keyOf('Observation', plain.json.id), undefined), undefined)
})

t.test('each version keeps its own; entries of a transaction are taken alike', async t => {
  const put = (body: object) =>
    ask('PUT', '/fhir/Observation/tinglin-l1', {
      ...{ as: tinglin, headers: told },
      body: { ...body, id: 'tinglin-l1' },
    })
  t.equal((await put(observation)).status, 201)
  t.same(issuesOf((await put({ ...unknown, issued: '2026-01-01T00:00:00Z' })).json), [
    'information updated',
    ...leftOut(),
  ])
  const key = keyOf('Observation', 'tinglin-l1')
  t.equal(await readOriginal(database, key, 1), undefined)
  t.equal((await readOriginal(database, key, 2))?.version, 2)
  const entry = [
    { resource: unknown, request: { method: 'POST', url: 'Observation' } },
    { resource: observation, request: { method: 'POST', url: 'Observation' } },
  ]
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
  const { status, json } = await ask('POST', '/fhir', { as: tinglin, body: bundle, headers: told })
  t.equal(status, 200)
  t.same(issuesOf(json.entry[0].response.outcome), [
    'information created',
    ...leftOut('Bundle.entry[0].resource'),
  ])
  t.same(issuesOf(json.entry[1].response.outcome), ['information created'])
})

t.test(
  'lenient refuses everything else, unknown modifiers and a refused transaction whole',
  async t => {
    t.equal((await send({ ...unknown, status: 'x' })).status, 422)
    t.equal((await send({ ...unknown, code: undefined })).status, 422)
    const modifierExtension = [{ url: 'urn:x:not', valueBoolean: true }]
    t.equal((await send({ ...unknown, modifierExtension })).status, 422)
    const count = 'select count(*)::int as count from received_original'
    const counted = () => database.query<{ count: number }>({ name: '', text: count, values: [] })
    const [before] = await counted()
    const entry = [
      { resource: unknown, request: { method: 'POST', url: 'Observation' } },
      {
        resource: unknown,
        request: { method: 'PUT', url: 'Observation/tinglin-l1', ifMatch: 'W/"9"' },
      },
    ]
    for (const one of entry) Object.assign(one, { resource: { ...unknown, id: 'tinglin-l1' } })
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry }
    t.equal((await ask('POST', '/fhir', { as: tinglin, body: bundle })).status, 412)
    t.same(await counted(), [before])
  },
)

t.test(
  '$validate says what strict would: the mode changes what is taken, not what is right',
  async t => {
    const { json } = await ask('POST', '/fhir/Observation/$validate', {
      as: tinglin,
      body: unknown,
    })
    t.ok(issuesOf(json).includes('error element-unknown Observation.sampleNo'))
  },
)

t.test(
  'report-only takes what is missing or meets no profile, and warns; the rest is refused',
  async t => {
    t.ok(await organizations.setValidation('tinglin', 'report-only'))
    const profile = ['urn:huizhen:StructureDefinition:laboratory-observation']
    const claiming = { ...observation, meta: { profile } }
    const { status, json } = await send(claiming, { headers: told })
    t.equal(status, 201)
    const warnings = issuesOf(json).slice(1)
    t.ok(warnings.length > 3)
    for (const found of warnings) t.match(found, /^warning (?:profile|slice)-/)
    const bare = { resourceType: 'Observation', status: 'final' }
    t.same(issuesOf((await send(bare, { headers: told })).json), [
      'information created',
      'warning element-required Observation.code',
    ])
    for (const wrong of [
      { ...observation, status: 'x' },
      { ...observation, issued: 'yesterday' },
      { ...observation, subject: 'Patient/x' },
      { ...observation, subject: { reference: 'Device/x/y z' } },
    ])
      t.equal((await send(wrong)).status, 422)
    const path = '/fhir/Observation/tinglin-l2'
    const put = await ask('PUT', path, { as: tinglin, body: { ...bare, id: 'tinglin-l2' } })
    t.equal(put.status, 201)
    const patched = await ask('PATCH', path, {
      as: tinglin,
      headers: { 'content-type': 'application/json-patch+json' },
      body: [{ op: 'replace', path: '/status', value: 'amended' }],
    })
    t.equal(patched.status, 200, 'what is missing is still missing')
    const found = await ask('GET', '/fhir/Observation?status=amended', { as: tinglin })
    t.equal(found.json.total, 1)
  },
)

t.test('what decides about access, and definitions, stay exact', async t => {
  for (const resource of [
    { resourceType: 'Consent', status: 'active' },
    { resourceType: 'ServiceRequest', status: 'active' },
    { resourceType: 'CodeSystem', status: 'active' },
    { resourceType: 'SearchParameter', status: 'active' },
  ]) {
    const { resourceType } = resource
    const { status } = await ask('POST', `/fhir/${resourceType}`, { as: tinglin, body: resource })
    t.equal(status, 422, resourceType)
  }
})

t.test('a client may have a mode of its own, and others are as they were', async t => {
  t.ok(await clients.setValidation('tinglin-ehr', 'strict'))
  t.equal((await send(unknown)).status, 422)
  t.ok(await clients.setValidation('tinglin-ehr', null))
  t.equal((await send(unknown)).status, 201)
  t.equal((await send(unknown, { as: zhujing })).status, 422)
  t.ok(await organizations.setValidation('tinglin', 'strict'))
  t.equal((await send(unknown)).status, 422)
  t.notOk(await organizations.setValidation('nobody', 'strict'))
  t.notOk(await clients.setValidation('nobody', null))
})
