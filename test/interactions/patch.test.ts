/** FHIR patch. @see https://hl7.org/fhir/R4/http.html#patch */
import t from 'tap'
import { aServer, no6, tinglin, type Answer, type Caller } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const jsonPatch = { 'content-type': 'application/json-patch+json' }
const patch = (path: string, body: unknown, headers = {}, as: Caller = tinglin) =>
  ask('PATCH', `/fhir/${path}`, { as, body, headers: { ...jsonPatch, ...headers } })
const fhirPatch = (path: string, parameter: unknown, headers = {}, as: Caller = tinglin) =>
  ask('PATCH', `/fhir/${path}`, { as, body: { resourceType: 'Parameters', parameter }, headers })
const put = (id: string, more: object = {}) =>
  ask('PUT', `/fhir/Patient/${id}`, {
    as: tinglin,
    body: { resourceType: 'Patient', id, name: [{ text: '王芳' }], ...more },
  })
const read = (id: string) => ask('GET', `/fhir/Patient/${id}`, { as: tinglin })
const codeOf = ({ json }: Pick<Answer, 'json'>): string => json.issue[0].details.coding[0].code
const rename = (text: string) => [{ op: 'replace', path: '/name/0/text', value: text }]
const operation = (type: string, path: string, ...parts: object[]) => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...parts],
})

t.test('a JSON Patch makes the next version, with ETag and Content-Location', async t => {
  await put('tinglin-p1')
  const { status, headers, json } = await patch('Patient/tinglin-p1', rename('王芳芳'))
  t.equal(status, 200)
  t.equal(headers.etag, 'W/"2"')
  t.equal(headers['content-location'], `${baseUrl}/fhir/Patient/tinglin-p1/_history/2`)
  t.match(json, { id: 'tinglin-p1', meta: { versionId: '2' }, name: [{ text: '王芳芳' }] })
  const found = await ask('GET', '/fhir/Patient?_id=tinglin-p1&name=王芳芳', { as: tinglin })
  t.equal(found.json.total, 1, 'and search finds what it says now')
})

t.test('a FHIRPath Patch makes the next version', async t => {
  await put('tinglin-p2')
  const { status, json } = await fhirPatch('Patient/tinglin-p2', [
    operation(
      'add',
      'Patient',
      { name: 'name', valueString: 'birthDate' },
      {
        name: 'value',
        valueDate: '1970-01-01',
      },
    ),
    operation('replace', 'Patient.name[0].text', { name: 'value', valueString: '欧阳' }),
  ])
  t.equal(status, 200)
  t.match(json, { meta: { versionId: '2' }, birthDate: '1970-01-01', name: [{ text: '欧阳' }] })
})

t.test('decimals that a patch does not touch keep their literal', async t => {
  const body = `{"resourceType":"Observation","id":"tinglin-p3","status":"final","code":{"text":"K"},
    "valueQuantity":{"value":1.10,"unit":"mmol/L"}}`
  await ask('PUT', '/fhir/Observation/tinglin-p3', { as: tinglin, body })
  const { text } = await patch('Observation/tinglin-p3', [
    { op: 'replace', path: '/code/text', value: 'Na' },
  ])
  t.match(text, /"value":1\.10[,}]/)
  t.match(text, /"Na"/)
})

t.test('a patch that changes nothing makes no version', async t => {
  await put('tinglin-p4')
  const { status, json } = await patch('Patient/tinglin-p4', rename('王芳'))
  t.equal(status, 200)
  t.equal(json.meta.versionId, '1')
  const minimal = await patch('Patient/tinglin-p4', [], { prefer: 'return=minimal' })
  t.equal(minimal.status, 200)
  t.equal(minimal.text, '')
  t.equal(minimal.headers.etag, 'W/"1"')
})

t.test('a failing operation changes nothing, not even what came before it', async t => {
  await put('tinglin-p5')
  const { status, json } = await patch('Patient/tinglin-p5', [
    ...rename('x'),
    { op: 'test', path: '/name/0/text', value: 'y' },
  ])
  t.equal(status, 422)
  t.equal(codeOf({ json }), 'patch-test-failed')
  t.strictSame(json.issue[0].expression, ['$[1]'])
  t.equal((await read('tinglin-p5')).json.name[0].text, '王芳')
})

t.test('the result is validated; id and resourceType stay', async t => {
  await put('tinglin-p6')
  for (const [operations, code, expression] of [
    [[{ op: 'add', path: '/birthDate', value: 'soon' }], 'primitive-format', 'Patient.birthDate'],
    [[{ op: 'replace', path: '/id', value: 'tinglin-p7' }], 'patch-immutable', 'Patient.id'],
    [[{ op: 'remove', path: '/id' }], 'patch-immutable', 'Patient.id'],
    [[{ op: 'replace', path: '/resourceType', value: 'Person' }], 'patch-immutable', 'Patient'],
    [[{ op: 'remove', path: '' }], 'patch-immutable', undefined],
    [[{ op: 'replace', path: '', value: [] }], 'patch-immutable', undefined],
    [[{ op: 'replace', path: '', value: null }], 'patch-immutable', undefined],
  ] as const) {
    const { status, json } = await patch('Patient/tinglin-p6', operations)
    t.equal(status, 422, JSON.stringify(operations))
    if (code !== 'primitive-format') t.equal(codeOf({ json }), code)
    t.equal(json.issue[0].expression?.[0], expression)
  }
  t.equal((await read('tinglin-p6')).json.meta.versionId, '1')
})

t.test('If-Match holds a patch to the version it was made for', async t => {
  await put('tinglin-p8')
  t.equal((await patch('Patient/tinglin-p8', rename('a'), { 'if-match': 'W/"1"' })).status, 200)
  const { status, json } = await patch('Patient/tinglin-p8', rename('b'), { 'if-match': 'W/"1"' })
  t.equal(status, 412)
  t.equal(codeOf({ json }), 'version-mismatch')
})

t.test(
  'a hidden resource answers as an absent one, whatever the patch or If-Match says',
  async t => {
    const made = await ask('POST', '/fhir/Patient', {
      as: tinglin,
      body: { resourceType: 'Patient' },
    })
    const absent = '01890000-0000-7000-8000-000000000000'
    for (const hidden of [made.json.id as string, 'tinglin-p1'])
      for (const headers of [{}, { 'if-match': 'W/"1"' }, { 'if-match': 'W/"9"' }])
        for (const operations of [
          [{ op: 'test', path: '/active', value: true }],
          [{ op: 'remove', path: '/nothing' }],
          [],
        ]) {
          const [one, other] = [
            await patch(`Patient/${hidden}`, operations, headers, no6),
            await patch(`Patient/${absent}`, operations, headers, no6),
          ]
          t.equal(one.status, 404)
          t.equal(one.text, other.text)
        }
    const [one, other] = [
      await fhirPatch(`Patient/${made.json.id}`, [operation('delete', 'Patient.name')], {}, no6),
      await fhirPatch(`Patient/${absent}`, [operation('delete', 'Patient.name')], {}, no6),
    ]
    t.equal(one.status, 404)
    t.equal(one.text, other.text)
  },
)

t.test('a deleted resource cannot be patched: 410', async t => {
  await put('tinglin-p9')
  await ask('DELETE', '/fhir/Patient/tinglin-p9', { as: tinglin })
  t.equal((await patch('Patient/tinglin-p9', rename('a'))).status, 410)
})

t.test('the scope letter is u, asked for before anything is read', async t => {
  const caller: Caller = { client: 'tinglin-ehr', scope: 'system/Patient.crds' }
  for (const id of ['tinglin-p1', 'tinglin-none']) {
    const { status, headers } = await patch(`Patient/${id}`, rename('a'), {}, caller)
    t.equal(status, 403)
    t.match(headers['www-authenticate'], /system\/Patient\.u/)
  }
})

t.test('a body that is no patch is refused with 415 and Accept-Patch, or with 400', async t => {
  for (const type of ['application/json', 'application/merge-patch+json', 'text/plain']) {
    const { status, headers, json } = await patch('Patient/tinglin-p1', [], {
      'content-type': type,
    })
    t.equal(status, 415, type)
    t.equal(
      headers['accept-patch'],
      'application/json-patch+json, application/fhir+json, application/fhir+xml',
    )
    t.match(json.issue[0].details.text, /application\/json-patch\+json/)
  }
  const resource = { resourceType: 'Patient' }
  const fhir = await ask('PATCH', '/fhir/Patient/tinglin-p1', { as: tinglin, body: resource })
  t.equal(fhir.status, 415)
  t.equal((await ask('PATCH', '/fhir/Patient/tinglin-p1', { as: tinglin })).status, 400)
  t.equal((await patch('Patient/tinglin-p1', { op: 'test' })).status, 400)
  t.equal((await patch('Patient/tinglin-p1', '[{"op":')).status, 400)
  t.equal((await fhirPatch('Patient/tinglin-p1', [operation('delete', '][')])).status, 400)
  const put = await ask('PUT', '/fhir/Patient/tinglin-p1', {
    as: tinglin,
    body: [],
    headers: jsonPatch,
  })
  t.equal(put.status, 415, 'a JSON Patch is no body of an update')
})

t.test('32 patches at once make 32 versions, none is lost', async t => {
  await put('tinglin-race', { name: [{ given: ['0'] }] })
  const answers = await Promise.all(
    Array.from({ length: 32 }, (_, at) =>
      patch('Patient/tinglin-race', [{ op: 'add', path: '/name/0/given/-', value: `${at + 1}` }]),
    ),
  )
  t.ok(answers.every(({ status }) => status === 200))
  t.equal(new Set(answers.map(({ json }) => json.meta.versionId)).size, 32)
  const { json } = await read('tinglin-race')
  t.equal(json.meta.versionId, '33')
  t.equal(new Set(json.name[0].given).size, 33)
})
