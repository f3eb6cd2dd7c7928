/** Leaks by scopes, CONSENT.md 4: what a token does not cover is not there for it on any path. */
import t from 'tap'
import { aServer, li, seenOf, tinglin, zhang, type Answer, type Caller } from '../server.ts'

const { ask } = await aServer(t)

const patient = 'tinglin-liuyang'
const observation = (id: string, category: string) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: id } },
  category: [{ coding: [{ code: category }] }],
  subject: { reference: `Patient/${patient}` },
  identifier: [{ system: 'urn:test:leak', value: id }],
})
const laboratory = 'tinglin-leak-laboratory'
const survey = 'tinglin-leak-survey'
for (const resource of [observation(laboratory, 'laboratory'), observation(survey, 'survey')])
  await ask('PUT', `/fhir/Observation/${resource.id}`, { as: tinglin, body: resource })
const report = 'tinglin-leak-report'
await ask('PUT', `/fhir/DiagnosticReport/${report}`, {
  as: tinglin,
  body: {
    ...{ resourceType: 'DiagnosticReport', id: report, status: 'final', code: { text: 'x' } },
    subject: { reference: `Patient/${patient}` },
    result: [laboratory, survey].map(id => ({ reference: `Observation/${id}` })),
  },
})

const bound: Caller = {
  ...tinglin,
  scope:
    'system/*.c system/Patient.rs system/DiagnosticReport.rs system/Observation.rs?category=laboratory',
}
const idsOf = ({ json }: Answer): string[] =>
  (json.entry ?? []).flatMap(({ resource }: { resource?: { id: string } }) => resource?.id ?? [])
const get = (path: string, as = bound) => ask('GET', `/fhir/${path}`, { as })

t.test('L83 a constraint of a scope holds on a read, like absence', async t => {
  t.equal((await get(`Observation/${laboratory}`)).status, 200)
  t.equal((await get(`Observation/${survey}`, tinglin)).status, 200)
  for (const path of [`Observation/${survey}`, `Observation/${survey}/_history/1`]) {
    const absent = await get(path.replace(survey, 'tinglin-leak-nothing'))
    t.same(seenOf(await get(path)), seenOf(absent), path)
    t.equal(absent.status, 404)
  }
})

t.test('L83 a constraint of a scope holds on searches, chains and inclusions', async t => {
  const found = await get(`Observation?patient=${patient}&identifier=urn:test:leak|`)
  t.same([idsOf(found), found.json.total], [[laboratory], 1])
  t.equal((await get(`Observation?_id=${survey}`)).json.total, 0)
  t.equal((await get(`Observation?category=survey&_summary=count`)).json.total, 0)
  const included = await get(`DiagnosticReport?_id=${report}&_include=DiagnosticReport:result`)
  t.same(idsOf(included).sort(), [laboratory, report])
  const back = await get(`Patient?_id=${patient}&_revinclude=Observation:patient`)
  t.ok(idsOf(back).includes(laboratory))
  t.notOk(idsOf(back).includes(survey))
  const chained = (id: string) => get(`DiagnosticReport?result.identifier=urn:test:leak|${id}`)
  t.equal((await chained(laboratory)).json.total, 1)
  t.equal((await chained(survey)).json.total, 0)
  const literal = (id: string, as = bound) => get(`DiagnosticReport?result=Observation/${id}`, as)
  t.equal((await literal(laboratory)).json.total, 1)
  const has = (id: string) =>
    get(`Patient?_id=${patient}&_has:Observation:patient:identifier=urn:test:leak|${id}`)
  t.equal((await has(laboratory)).json.total, 1)
  t.equal((await has(survey)).json.total, 0)
})

t.test('L83 a constraint of a scope holds on histories and whole records', async t => {
  const ofType = idsOf(await get('Observation/_history?_count=1000'))
  t.ok(ofType.includes(laboratory))
  t.notOk(ofType.includes(survey))
  t.same(
    seenOf(await get(`Observation/${survey}/_history`)),
    seenOf(await get('Observation/tinglin-leak-nothing/_history')),
  )
  const record = idsOf(await get(`Patient/${patient}/$everything?_count=1000`))
  t.ok(record.includes(laboratory))
  t.notOk(record.includes(survey))
  const last = await get(`Observation/$lastn?patient=${patient}&category=survey`)
  t.same([last.status, idsOf(last)], [200, []])
})

t.test('L83 a constraint of a scope holds in bundles and for conditions of writes', async t => {
  const batch = await ask('POST', '/fhir', {
    as: bound,
    body: {
      ...{ resourceType: 'Bundle', type: 'batch' },
      entry: [survey, laboratory].map(id => ({
        request: { method: 'GET', url: `Observation/${id}` },
      })),
    },
  })
  t.same(
    batch.json.entry.map((entry: { response: { status: string } }) =>
      entry.response.status.slice(0, 3),
    ),
    ['404', '200'],
  )
  const again = { ...observation(survey, 'survey'), id: undefined }
  const create = (as: Caller) =>
    ask('POST', '/fhir/Observation', {
      ...{ as, body: again, headers: { 'if-none-exist': `identifier=urn:test:leak|${survey}` } },
    })
  t.equal((await create(tinglin)).status, 200, 'whoever sees it finds it')
  t.equal((await create(bound)).status, 201, 'whoever does not makes another one')
})

t.test('L83 a superseded version of a bounded type is not given, whatever it was', async t => {
  const body = { ...observation('tinglin-leak-twice', 'laboratory') }
  for (const status of ['preliminary', 'final'])
    await ask('PUT', `/fhir/Observation/${body.id}`, { as: tinglin, body: { ...body, status } })
  t.equal((await get(`Observation/${body.id}/_history/2`)).status, 200)
  t.equal((await get(`Observation/${body.id}/_history/1`)).status, 404)
  t.equal((await get(`Observation/${body.id}/_history`)).json.total, 1)
})

t.test('L83 a constraint without a certain meaning grants nothing', async t => {
  const constraints = ['category:not=laboratory', 'value-quantity:missing=true', 'nonsense=1']
  constraints.push('_sort=date', '_count=1', 'subject.name=x', '_has:Group:member:_id=x', 'status=')
  for (const constraint of constraints) {
    const scope = `system/Observation.rs?${constraint}`
    const answer = await get(`Observation/${laboratory}`, { ...tinglin, scope })
    t.equal(answer.status, 403, constraint)
  }
})

t.test('L83 several scopes of one type give what each of them gives', async t => {
  const scope = 'system/Observation.rs?category=laboratory system/Observation.r?category=survey'
  const as = { ...tinglin, scope }
  t.equal((await get(`Observation/${survey}`, as)).status, 200, 'r by the second')
  t.equal((await get(`Observation?_id=${survey}`, as)).json.total, 0, 's by the first alone')
  const open = { ...tinglin, scope: `${scope} system/Observation.s` }
  t.equal((await get(`Observation?_id=${survey}`, open)).json.total, 1, 'one without a constraint')
})

t.test('a patient in context bounds every path to that patient', async t => {
  const as: Caller = { ...zhang, patient }
  t.equal((await get(`Patient/${patient}`, as)).status, 200)
  t.equal((await get('Practitioner/no6-zhang', as)).status, 200, 'the directory stays')
  const mine = (id: string) => ({
    ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
    subject: { reference: 'Patient/no6-other' },
  })
  await ask('PUT', '/fhir/Patient/no6-other', {
    ...{ as: li, body: { resourceType: 'Patient', id: 'no6-other' } },
  })
  const own = mine('no6-leak-own')
  const put = (who: Caller) =>
    ask('PUT', `/fhir/Observation/${own.id}`, {
      as: who,
      body: { ...own, note: [{ text: who.patient ?? 'none' }] },
    })
  t.equal((await put(zhang)).status, 201)
  t.equal((await get(`Observation/${own.id}`, zhang)).status, 200)
  t.same(
    seenOf(await get(`Observation/${own.id}`, as)),
    seenOf(await get('Observation/no6-none', as)),
  )
  t.equal((await get(`Observation?_id=${own.id}`, as)).json.total, 0)
  t.equal((await put(as)).status, 404, 'nor is it changed')
  const gone = await ask('DELETE', `/fhir/Observation/${own.id}`, { as })
  t.same(seenOf(gone), seenOf(await ask('DELETE', '/fhir/Observation/no6-none', { as })))
  t.equal((await get(`Observation/${own.id}`, zhang)).status, 200, 'it is still there')
  const another = { ...own, id: undefined }
  const created = await ask('POST', '/fhir/Observation', { as, body: another })
  t.equal(created.status, 403)
  t.equal(created.json.issue[0].details.coding[0].code, 'write-other-patient')
})

t.test('L82 patient scopes are worth something with a patient only', async t => {
  const scope = 'patient/*.rs'
  t.equal((await get(`Patient/${patient}`, { ...zhang, scope })).status, 403, 'no patient')
  t.equal((await get(`Patient/${patient}`, { ...zhang, scope, patient })).status, 200)
  t.equal((await get('Patient/no6-other', { ...zhang, scope, patient })).status, 404)
  const system = { ...tinglin, scope, patient }
  t.equal((await get(`Patient/${patient}`, system)).status, 403, 'a system is nobody at a patient')
})

t.test('L82 what is out of order, of another kind or unknown covers nothing', async t => {
  const wrong = ['system/*.dus', 'system/*.sr', 'user/*.rs', 'admin/*.rs', 'system/*.read.rs', '*']
  for (const scope of wrong)
    t.equal((await get(`Observation/${laboratory}`, { ...tinglin, scope })).status, 403, scope)
  const mixed = { ...tinglin, scope: 'system/*.dus system/Observation.read' }
  t.equal((await get(`Observation/${laboratory}`, mixed)).status, 200)
  t.equal((await get(`Patient/${patient}`, mixed)).status, 403)
  const person = { ...zhang, scope: 'system/*.rs user/Practitioner.rs' }
  t.equal((await get(`Patient/${patient}`, person)).status, 403, 'a person is no system')
})
