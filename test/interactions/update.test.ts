/** FHIR update. @see https://hl7.org/fhir/R4/http.html#update */
import t from 'tap'
import { aServer, no6, tinglin, zhujing } from '../server.ts'

const { ask, baseUrl } = await aServer(t)
const patient = (id: string, name = '王芳') => ({
  resourceType: 'Patient',
  id,
  name: [{ text: name }],
})
const put = (id: string, body: unknown, headers = {}, as = tinglin) =>
  ask('PUT', `/fhir/Patient/${id}`, { as, body, headers })

t.test('an id with the own prefix is created with 201 and a versioned Location', async t => {
  const { status, headers, json } = await put('tinglin-u1', patient('tinglin-u1'))
  t.equal(status, 201)
  t.equal(headers.location, `${baseUrl}/fhir/Patient/tinglin-u1/_history/1`)
  t.equal(headers.etag, 'W/"1"')
  t.match(json, { resourceType: 'Patient', id: 'tinglin-u1', meta: { versionId: '1' } })
})

t.test('changed content makes the next version, with 200', async t => {
  const { status, json } = await put('tinglin-u1', patient('tinglin-u1', '王芳芳'))
  t.equal(status, 200)
  t.equal(json.meta.versionId, '2')
  t.equal(
    (await ask('GET', '/fhir/Patient/tinglin-u1', { as: tinglin })).json.name[0].text,
    '王芳芳',
  )
})

t.test('identical content makes no new version', async t => {
  const { status, json } = await put('tinglin-u1', patient('tinglin-u1', '王芳芳'))
  t.equal(status, 200)
  t.equal(json.meta.versionId, '2')
})

t.test('If-Match with the current version passes, in weak and strong form', async t => {
  t.equal(
    (await put('tinglin-u1', patient('tinglin-u1', 'a'), { 'if-match': 'W/"2"' })).status,
    200,
  )
  t.equal((await put('tinglin-u1', patient('tinglin-u1', 'b'), { 'if-match': '"3"' })).status, 200)
})

t.test('If-Match with another version is refused with 412 and changes nothing', async t => {
  const { status, json } = await put('tinglin-u1', patient('tinglin-u1', 'c'), {
    'if-match': 'W/"2"',
  })
  t.equal(status, 412)
  t.equal(json.issue[0].details.coding[0].code, 'version-mismatch')
  const current = await ask('GET', '/fhir/Patient/tinglin-u1', { as: tinglin })
  t.equal(current.json.meta.versionId, '4')
})

t.test(
  'If-Match with a tag that no version here can have is 412, also where nothing is',
  async t => {
    for (const [id, tag] of [
      ['tinglin-u1', 'W/"3a"'],
      ['tinglin-u1', '"04"'],
      ['tinglin-u1-none', 'W/"0"'],
      ['tinglin-u1-none', 'W/"other-servers-version"'],
    ] as const) {
      const { status, json } = await put(id, patient(id, 'd'), { 'if-match': tag })
      t.equal(status, 412, tag)
      t.equal(json.issue[0].details.coding[0].code, 'version-mismatch', tag)
    }
    const nothing = await ask('GET', '/fhir/Patient/tinglin-u1-none', { as: tinglin })
    t.equal(nothing.status, 404)
  },
)

t.test('an If-Match that is no version is refused with 400', async t => {
  t.equal((await put('tinglin-u1', patient('tinglin-u1'), { 'if-match': 'latest' })).status, 400)
})

t.test(
  "another hospital's prefix is refused with the same 403, whether or not the id exists",
  async t => {
    const existing = await put('tinglin-u1', patient('tinglin-u1'), {}, zhujing)
    const absent = await put('tinglin-none', patient('tinglin-none'), {}, zhujing)
    t.equal(existing.status, 403)
    t.equal(absent.status, 403)
    t.equal(existing.text, absent.text)
  },
)

t.test(
  "another hospital's server-assigned id and an absent one are refused with the same 404",
  async t => {
    const made = await ask('POST', '/fhir/Patient', { as: tinglin, body: patient('x') })
    const id = made.json.id as string
    const absentId = '01890000-0000-7000-8000-000000000000'
    const hidden = await put(id, patient(id), {}, no6)
    const absent = await put(absentId, patient(absentId), {}, no6)
    t.equal(hidden.status, 404)
    t.equal(absent.status, 404)
    t.equal(hidden.text, absent.text)
  },
)

t.test('a body with another id is refused with 400 naming the element', async t => {
  const { status, json } = await put('tinglin-u2', patient('tinglin-u3'))
  t.equal(status, 400)
  t.strictSame(json.issue[0].expression, ['Patient.id'])
})

t.test('an unknown element is refused with 422, in Chinese when asked', async t => {
  const { status, json } = await put(
    'tinglin-u2',
    { ...patient('tinglin-u2'), birthdate: '1970-01-01' },
    { 'accept-language': 'zh-CN' },
  )
  t.equal(status, 422)
  t.strictSame(json.issue[0].expression, ['Patient.birthdate'])
  t.match(json.issue[0].details.text, /birthDate/)
  t.match(json.issue[0].details.text, /[\u4e00-\u9fff]/)
})

t.test('decimals come back as they were sent', async t => {
  const body = `{"resourceType":"Observation","id":"tinglin-dec","status":"final","code":{"text":"K"},
    "valueQuantity":{"value":1.10,"unit":"mmol/L"}}`
  t.equal((await ask('PUT', '/fhir/Observation/tinglin-dec', { as: tinglin, body })).status, 201)
  t.match(
    (await ask('GET', '/fhir/Observation/tinglin-dec', { as: tinglin })).text,
    /"value":1\.10[,}]/,
  )
})

t.test('32 parallel creations of one id give one 201, and every answer agrees', async t => {
  const answers = await Promise.all(
    Array.from({ length: 32 }, () => put('tinglin-race', patient('tinglin-race'))),
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 1)
  t.equal(answers.filter(({ status }) => status === 200).length, 31)
  t.equal(new Set(answers.map(({ json }) => json.meta.versionId)).size, 1)
})

t.test(
  'a part of a resource, tagged SUBSETTED, is refused with 422 and replaces nothing',
  async t => {
    const id = 'tinglin-subset'
    const whole = { resourceType: 'Patient', id, gender: 'female', birthDate: '1980-01-01' }
    await ask('PUT', `/fhir/Patient/${id}`, { as: tinglin, body: whole })
    const part = await ask('GET', `/fhir/Patient?_id=${id}&_elements=gender`, { as: tinglin })
    const body = part.json.entry[0].resource
    t.match(body.meta.tag, [{ code: 'SUBSETTED' }])
    const { status, json } = await ask('PUT', `/fhir/Patient/${id}`, { as: tinglin, body })
    t.equal(status, 422)
    t.equal(json.issue[0].details.coding[0].code, 'resource-subsetted')
    t.strictSame(json.issue[0].expression, ['Patient.meta.tag[0]'])
    const stored = await ask('GET', `/fhir/Patient/${id}`, { as: tinglin })
    t.equal(stored.json.birthDate, '1980-01-01')
    t.equal(stored.json.meta.versionId, '1')
  },
)

t.test('If-None-Match: * creates, and refuses with 412 what would replace something', async t => {
  const id = 'tinglin-once'
  const put = (gender: string, value = '*') =>
    ask('PUT', `/fhir/Patient/${id}`, {
      as: tinglin,
      body: { resourceType: 'Patient', id, gender },
      headers: { 'if-none-match': value },
    })
  t.equal((await put('female')).status, 201)
  const again = await put('male')
  t.equal(again.status, 412)
  t.equal(again.json.issue[0].details.coding[0].code, 'already-there')
  t.equal((await put('male', 'W/"9"')).status, 400, 'other values are not passed over')
  const read = await ask('GET', `/fhir/Patient/${id}`, { as: tinglin })
  t.match(read.json, { gender: 'female', meta: { versionId: '1' } })
  await ask('DELETE', `/fhir/Patient/${id}`, { as: tinglin })
  t.equal((await put('male')).status, 201, 'what was deleted is not in the way')
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, n) =>
      ask('PUT', '/fhir/Patient/tinglin-first', {
        as: tinglin,
        body: { resourceType: 'Patient', id: 'tinglin-first', name: [{ text: String(n) }] },
        headers: { 'if-none-match': '*' },
      }),
    ),
  )
  const statuses = answers.map(({ status }) => status).sort()
  t.strictSame(statuses, [201, ...Array.from({ length: 15 }, () => 412)])
})
