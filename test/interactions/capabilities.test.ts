/** FHIR capabilities. @see https://hl7.org/fhir/R4/http.html#capabilities */
import t from 'tap'
import { aServer, tinglin } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const metadata = await ask('GET', '/fhir/metadata')
const [rest] = metadata.json.rest
interface Promised {
  readonly type: string
  readonly interaction: readonly { readonly code: string }[]
  readonly searchParam: readonly { readonly name: string; readonly type: string }[]
  readonly searchInclude: readonly string[]
  readonly supportedProfile?: readonly string[]
  readonly operation: readonly { readonly name: string; readonly definition: string }[]
}
const resources: readonly Promised[] = rest.resource
const promisedOf = (type: string): Promised => resources.find(one => one.type === type)!
const codes = (interaction: Promised['interaction']) => interaction.map(({ code }) => code).sort()

t.test('it is for everyone, without a token, and says what it is', async t => {
  t.equal(metadata.status, 200)
  t.equal(metadata.headers['content-type'], 'application/fhir+json; charset=utf-8')
  t.match(metadata.json, {
    ...{ resourceType: 'CapabilityStatement', status: 'active', kind: 'instance' },
    ...{ fhirVersion: '4.0.1', implementation: { url: `${baseUrl}/fhir` } },
    rest: [{ mode: 'server' }],
  })
  const asCaller = await ask('GET', '/fhir/metadata?mode=full', { as: tinglin })
  t.equal(asCaller.text, metadata.text)
})

t.test('it is a valid CapabilityStatement: it can be stored', async t => {
  const { status, json } = await ask('POST', '/fhir/CapabilityStatement', {
    ...{ as: tinglin, body: metadata.json },
  })
  t.equal(status, 201)
  t.strictSame(json, { ...metadata.json, id: json.id, meta: json.meta })
})

t.test('who has it already is answered 304 by its ETag', async t => {
  const { etag } = metadata.headers
  t.match(etag, /^W\/"[0-9a-f]{16}"$/)
  t.equal(metadata.headers['cache-control'], 'no-cache')
  for (const known of [String(etag), `"x", ${String(etag).slice(2)}`, '*'])
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask(method, '/fhir/metadata', { headers: { 'if-none-match': known } })
      t.strictSame([answer.status, answer.text, answer.headers.etag], [304, '', etag], known)
    }
  const other = await ask('GET', '/fhir/metadata', { headers: { 'if-none-match': 'W/"1"' } })
  t.equal(other.status, 200)
})

t.test('it is only read: any other method is 405 with Allow', async t => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const body = method.startsWith('P') ? { body: metadata.json } : {}
    const { status, headers, json } = await ask(method, '/fhir/metadata', body)
    t.equal(status, 405, method)
    t.equal(headers.allow, 'GET, HEAD', method)
    t.equal(json.resourceType, 'OperationOutcome', method)
  }
  const turtle = await ask('GET', '/fhir/metadata', { headers: { accept: 'text/turtle' } })
  t.equal(turtle.status, 406)
})

t.test('every type is promised alike, and every promised type is searched', async t => {
  t.equal(resources.length, 146, 'all of R4 but the two abstract ones')
  for (const { type, interaction } of resources) {
    t.strictSame(codes(interaction), codes(resources[0]!.interaction), type)
    const { status } = await ask('GET', `/fhir/${type}?_count=0`, { as: tinglin })
    t.equal(status, 200, type)
  }
})

t.test('each interaction it promises of a type is served, and no other is missing', async t => {
  const id = 'tinglin-cap'
  const body = { resourceType: 'Basic', id, code: { text: 'x' } }
  const patch = { headers: { 'content-type': 'application/json-patch+json' }, body: [] }
  const requests = [
    ['update', 'PUT', `Basic/${id}`, 201, { body }],
    ['create', 'POST', 'Basic', 201, { body }],
    ['read', 'GET', `Basic/${id}`, 200],
    ['vread', 'GET', `Basic/${id}/_history/1`, 200],
    ['patch', 'PATCH', `Basic/${id}`, 200, patch],
    ['search-type', 'GET', `Basic?_id=${id}`, 200],
    ['history-instance', 'GET', `Basic/${id}/_history`, 200],
    ['history-type', 'GET', 'Basic/_history', 200],
    ['delete', 'DELETE', `Basic/${id}`, 204],
  ] as const
  for (const [code, method, path, expected, asked = {}] of requests)
    t.equal((await ask(method, `/fhir/${path}`, { as: tinglin, ...asked })).status, expected, code)
  t.strictSame(codes(promisedOf('Basic').interaction), requests.map(([code]) => code).sort())
})

t.test('each interaction it promises of the system is served, and no other is missing', async t => {
  const bundle = (type: string) => ({ body: { resourceType: 'Bundle', type } })
  const requests = [
    ['batch', 'POST', '', bundle('batch')],
    ['transaction', 'POST', '', bundle('transaction')],
    ['search-system', 'GET', '/?_type=Basic'],
    ['history-system', 'GET', '/_history?_count=1'],
  ] as const
  for (const [code, method, path, asked = {}] of requests)
    t.equal((await ask(method, `/fhir${path}`, { as: tinglin, ...asked })).status, 200, code)
  t.strictSame(codes(rest.interaction), requests.map(([code]) => code).sort())
})

t.test('conditions are promised as they are served', async t => {
  t.match(promisedOf('Patient'), {
    ...{ conditionalCreate: true, conditionalRead: 'full-support', conditionalUpdate: true },
    ...{ conditionalDelete: 'single', versioning: 'versioned-update', updateCreate: true },
  })
})

t.test('every parameter and inclusion it promises of some types is taken', async t => {
  const values: Readonly<Record<string, string>> = {
    ...{ date: '2026', number: '1', quantity: '1', reference: 'Patient/x', uri: 'urn:x' },
  }
  for (const type of ['Patient', 'Observation', 'RiskAssessment']) {
    const { searchParam, searchInclude } = promisedOf(type)
    for (const { name, type: kind } of searchParam.filter(one => one.type !== 'composite')) {
      const path = `/fhir/${type}?${name}=${values[kind] ?? 'x'}&_count=0`
      t.equal((await ask('GET', path, { as: tinglin })).status, 200, path)
    }
    for (const include of searchInclude) {
      const path = `/fhir/${type}?_include=${include}&_count=1`
      t.equal((await ask('GET', path, { as: tinglin })).status, 200, path)
    }
  }
})

t.test('each operation it promises of a type is known there, and no other is', async t => {
  const isKnown = async (type: string, name: string): Promise<boolean> => {
    for (const path of [`${type}/$${name}`, `${type}/tinglin-none/$${name}`]) {
      const body = { resourceType: 'Parameters' }
      const { json } = await ask('POST', `/fhir/${path}`, { as: tinglin, body })
      if (json?.issue?.[0].details.coding[0].code !== 'operation-unknown') return true
    }
    return false
  }
  for (const type of ['Patient', 'Observation', 'Consent', 'Basic']) {
    t.notOk(await isKnown(type, 'nonsense'), type)
    const { operation } = promisedOf(type)
    t.ok(operation.length >= 3, type)
    for (const { name, definition } of operation) {
      t.ok(await isKnown(type, name), `${type}/$${name}`)
      t.match(definition, /OperationDefinition[/:]/)
    }
  }
  t.notOk(await isKnown('Basic', 'everything'), 'it is not promised of every type')
})

t.test('each profile it promises of a type is one that resources are checked by', async t => {
  const own = [...resources].flatMap(({ supportedProfile = [] }) =>
    supportedProfile.filter(canonical => canonical.startsWith('urn:huizhen:')),
  )
  t.equal(own.length, 8)
  for (const type of ['Patient', 'Observation', 'ServiceRequest', 'Consent', 'DiagnosticReport'])
    for (const profile of promisedOf(type).supportedProfile!) {
      const path = `/fhir/${type}/$validate?profile=${profile}`
      const { text } = await ask('POST', path, { as: tinglin, body: { resourceType: type } })
      t.notMatch(text, /profile-unknown/, profile)
    }
  const path = '/fhir/Patient/$validate?profile=urn:huizhen:StructureDefinition:patient'
  const body = { resourceType: 'Patient', gender: 'male' }
  const { json } = await ask('POST', path, { as: tinglin, body })
  const codes = json.issue.map(
    (one: { details: { coding: { code: string }[] } }) => one.details.coding[0]!.code,
  )
  t.ok(codes.includes('profile-element-required'))
  t.notOk(promisedOf('Basic').supportedProfile)
})
