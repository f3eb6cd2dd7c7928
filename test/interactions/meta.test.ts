/** The meta operations. @see https://hl7.org/fhir/R4/resource-operation-meta.html */
import t from 'tap'
import { aServer, no6, tinglin, type Answer, type Caller } from '../server.ts'

const { ask } = await aServer(t)
const tag = (code: string) => ({ system: 'http://example.org/tags', code })
const label = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  code: 'R',
}
const profile = 'http://example.org/StructureDefinition/x'
const put = (id: string, meta: object) =>
  ask('PUT', `/fhir/Patient/${id}`, { as: tinglin, body: { resourceType: 'Patient', id, meta } })
const operate = (path: string, valueMeta: unknown, as: Caller = tinglin, headers = {}) =>
  ask('POST', `/fhir/${path}`, {
    as,
    headers,
    body: { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] },
  })
const metaOf = ({ json }: Pick<Answer, 'json'>) => json.parameter[0].valueMeta

t.test('$meta of a resource gives its meta, by GET and by POST', async t => {
  await put('tinglin-m1', { tag: [tag('a')], profile: [profile] })
  for (const method of ['GET', 'POST']) {
    const { status, json } = await ask(method, '/fhir/Patient/tinglin-m1/$meta', { as: tinglin })
    t.equal(status, 200)
    t.match(json, { resourceType: 'Parameters', parameter: [{ name: 'return' }] })
    t.match(metaOf({ json }), { versionId: '1', tag: [tag('a')], profile: [profile] })
  }
})

t.test('$meta-add adds what is not there, as a new version', async t => {
  const answer = await operate('Patient/tinglin-m1/$meta-add', {
    tag: [tag('a'), tag('b')],
    security: [label],
  })
  t.equal(answer.status, 200)
  t.match(metaOf(answer), { versionId: '2', tag: [tag('a'), tag('b')], security: [label] })
  t.equal(metaOf(answer).tag.length, 2)
  const again = await operate('Patient/tinglin-m1/$meta-add', { tag: [tag('b')] })
  t.equal(metaOf(again).versionId, '2', 'adding it again changes nothing')
  const { json } = await ask('GET', '/fhir/Patient/tinglin-m1', { as: tinglin })
  t.match(json.meta, { versionId: '2', security: [label] })
})

t.test('$meta-delete removes tags and profiles', async t => {
  const answer = await operate('Patient/tinglin-m1/$meta-delete', {
    tag: [tag('a')],
    profile: [profile],
  })
  t.equal(answer.status, 200)
  t.strictSame(metaOf(answer).tag, [tag('b')])
  t.equal(metaOf(answer).profile, undefined)
})

t.test('a security label is not removed: 403, whether or not it is there', async t => {
  await put('tinglin-m2', { tag: [tag('z')] })
  for (const id of ['tinglin-m1', 'tinglin-m2', 'tinglin-none']) {
    const { status, json } = await operate(`Patient/${id}/$meta-delete`, { security: [label] })
    t.equal(status, 403, id)
    t.equal(json.issue[0].details.coding[0].code, 'meta-security-kept')
  }
  const { json } = await ask('GET', '/fhir/Patient/tinglin-m1', { as: tinglin })
  t.match(json.meta.security, [label])
})

t.test('a hidden resource answers as an absent one', async t => {
  for (const [name, method] of [
    ['$meta', 'GET'],
    ['$meta-add', 'POST'],
    ['$meta-delete', 'POST'],
  ] as const) {
    const about = (id: string) =>
      method === 'GET'
        ? ask(method, `/fhir/Patient/${id}/${name}`, { as: no6 })
        : operate(`Patient/${id}/${name}`, { tag: [tag('a')] }, no6)
    const [hidden, absent] = [await about('tinglin-m1'), await about('tinglin-none')]
    t.equal(hidden.status, 404, name)
    t.equal(hidden.text, absent.text)
  }
})

t.test('$meta of a type and of the system gathers what the caller can see', async t => {
  for (const path of ['Patient/$meta', '$meta']) {
    const own = await ask('GET', `/fhir/${path}`, { as: tinglin })
    t.equal(own.status, 200, own.text)
    t.match(metaOf(own).security, [label])
    const codes = metaOf(own).tag.map(({ code }: { code: string }) => code)
    t.strictSame(codes.toSorted(), ['b', 'z'])
    t.equal(metaOf(own).versionId, undefined)
    const other = await ask('GET', `/fhir/${path}`, { as: no6 })
    t.equal(other.status, 200)
    t.equal(metaOf(other).tag, undefined, 'hidden resources show nothing')
  }
})

t.test('If-Match and scopes hold for the changing ones', async t => {
  const stale = await operate('Patient/tinglin-m2/$meta-add', { tag: [tag('a')] }, tinglin, {
    'if-match': 'W/"7"',
  })
  t.equal(stale.status, 412)
  const caller: Caller = { client: 'tinglin-ehr', scope: 'system/Patient.rs' }
  for (const name of ['$meta-add', '$meta-delete']) {
    const { status, headers } = await operate(`Patient/tinglin-m2/${name}`, {}, caller)
    t.equal(status, 403)
    t.match(headers['www-authenticate'], /system\/Patient\.u/)
  }
})

t.test('what is no such operation, or not asked for properly, is refused', async t => {
  const unknown = await ask('GET', '/fhir/Patient/tinglin-m1/$nothing', { as: tinglin })
  t.equal(unknown.status, 404)
  t.match(unknown.json.issue[0].details.text, /\$meta-add/)
  t.equal((await ask('GET', '/fhir/$meta-add', { as: tinglin })).status, 404, 'on the system')
  t.equal((await ask('GET', '/fhir/Pateint/$meta', { as: tinglin })).status, 404)
  const get = await ask('GET', '/fhir/Patient/tinglin-m1/$meta-add', { as: tinglin })
  t.equal(get.status, 405)
  t.equal(get.headers.allow, 'POST')
  t.equal((await ask('PUT', '/fhir/Patient/tinglin-m1/$meta', { as: tinglin })).status, 405)
  for (const body of [
    undefined,
    {},
    { resourceType: 'Parameters' },
    { resourceType: 'Parameters', parameter: [{ name: 'meta', valueString: 'x' }] },
    { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: 'x' }] },
    { resourceType: 'Parameters', parameter: [null, 1] },
  ])
    t.equal(
      (await ask('POST', '/fhir/Patient/tinglin-m2/$meta-add', { as: tinglin, body })).status,
      400,
      JSON.stringify(body),
    )
  const bad = await operate('Patient/tinglin-m2/$meta-add', { tag: [1], surprise: true })
  t.equal(bad.status, 422)
})

t.test('operations are served in bundles', async t => {
  await put('tinglin-m3', { tag: [tag('z')] })
  for (const type of ['batch', 'transaction']) {
    const { status, json } = await ask('POST', '/fhir', {
      as: tinglin,
      body: {
        resourceType: 'Bundle',
        type,
        entry: [
          {
            request: { method: 'POST', url: 'Patient/tinglin-m3/$meta-add' },
            resource: {
              resourceType: 'Parameters',
              parameter: [{ name: 'meta', valueMeta: { tag: [tag(type)] } }],
            },
          },
          { request: { method: 'GET', url: 'Patient/tinglin-m1/$meta' } },
        ],
      },
    })
    t.equal(status, 200, type)
    t.match(json.entry[0].resource.parameter[0].valueMeta.tag, [])
    t.equal(json.entry[1].resource.resourceType, 'Parameters')
  }
  const { json } = await ask('GET', '/fhir/Patient/tinglin-m3', { as: tinglin })
  t.equal(json.meta.tag.length, 3)
})

t.test('the CapabilityStatement lists the operations with their definitions', async t => {
  const { json } = await ask('GET', '/fhir/metadata')
  const [rest] = json.rest
  const ofMeta = (list: readonly { readonly name: string }[]) =>
    list.filter(({ name }) => name.startsWith('meta'))
  t.strictSame(
    ofMeta(rest.operation).map(({ name }) => name),
    ['meta'],
  )
  const patient = rest.resource.find(({ type }: { type: string }) => type === 'Patient')
  t.match(ofMeta(patient.operation), [
    { name: 'meta', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-meta' },
    { name: 'meta-add' },
    { name: 'meta-delete' },
  ])
  const codes = patient.interaction.map(({ code }: { code: string }) => code)
  for (const code of ['patch', 'history-instance', 'history-type']) t.ok(codes.includes(code), code)
  t.ok(rest.interaction.some(({ code }: { code: string }) => code === 'history-system'))
  t.ok(json.patchFormat.includes('application/json-patch+json'))
})
