/** Patient/$everything. @see https://hl7.org/fhir/R4/patient-operation-everything.html */
import t from 'tap'
import { aServer, li, no6, tinglin, zhang, zhujing, type Answer, type Caller } from '../server.ts'

const { ask } = await aServer(t)
const everything = (query = '', as: Caller = tinglin, patient = 'tinglin-liuyang') =>
  ask('GET', `/fhir/Patient/${patient}/$everything${query}`, { as })
const addresses = ({ json }: Answer): string[] =>
  (json.entry ?? []).map((entry: { fullUrl: string }) =>
    entry.fullUrl.split('/').slice(-2).join('/'),
  )
const typesOf = (answer: Answer) => new Set(addresses(answer).map(address => address.split('/')[0]))

const whole = await everything()

t.test('the Patient comes first, then the whole record, with the exact total', async t => {
  t.equal(whole.status, 200)
  t.equal(whole.json.type, 'searchset')
  t.equal(addresses(whole)[0], 'Patient/tinglin-liuyang')
  t.equal(whole.json.total, whole.json.entry.length)
  const perType = await Promise.all(
    [
      'Observation',
      'DiagnosticReport',
      'Encounter',
      'MedicationRequest',
      'Condition',
      'AllergyIntolerance',
      'Consent',
      'ServiceRequest',
    ].map(
      async type =>
        (await ask('GET', `/fhir/${type}?patient=tinglin-liuyang&_summary=count`, { as: tinglin }))
          .json.total as number,
    ),
  )
  t.equal(whole.json.total, 1 + perType.reduce((sum, count) => sum + count, 0))
})

t.test('pages together give the same, once each, with the same total', async t => {
  const seen: string[] = []
  let page = await everything('?_count=17')
  for (;;) {
    t.equal(page.json.total, whole.json.total)
    seen.push(...addresses(page))
    const next = page.json.link.find((link: { relation: string }) => link.relation === 'next')
    if (next === undefined) break
    page = await ask('GET', next.url, { as: tinglin })
  }
  t.strictSame(seen, addresses(whole))
})

t.test('_type, start, end and _since narrow it; what has no date stays', async t => {
  const labs = await everything('?_type=Observation,Condition')
  t.strictSame(typesOf(labs), new Set(['Patient', 'Observation', 'Condition']))
  const year = new Date().getFullYear() - 1
  const spring = await everything(`?_type=Observation&start=${year}-03-01&end=${year}-04-30`)
  t.equal(spring.json.total, 1 + 10, 'five results a month')
  const undated = await everything(`?_type=AllergyIntolerance&start=${year}-03-01`)
  t.equal(undated.json.total, 2)
  t.equal((await everything('?_since=2999-01-01')).json.total, 1)
})

t.test('what names the patient beside another one belongs to it', async t => {
  const appointment = {
    resourceType: 'Appointment',
    id: 'tinglin-both',
    status: 'proposed',
    participant: [
      { actor: { reference: 'Patient/tinglin-liuyang' }, status: 'accepted' },
      { actor: { reference: 'Patient/tinglin-shanxin' }, status: 'accepted' },
    ],
  }
  t.equal(
    (await ask('PUT', '/fhir/Appointment/tinglin-both', { as: tinglin, body: appointment })).status,
    201,
  )
  t.ok(addresses(await everything()).includes('Appointment/tinglin-both'))
  t.notOk(
    addresses(await everything('', zhang)).includes('Appointment/tinglin-both'),
    'the other has not consented',
  )
})

t.test('a specialist gets what consultation and consent open, never a Consent', async t => {
  const seen = await everything('', zhang)
  t.equal(seen.status, 200)
  t.equal(seen.json.total, whole.json.total - 1, 'all but the Consent')
  t.notOk(typesOf(seen).has('Consent'))
})

t.test('a hidden patient answers like an absent one', async t => {
  const absent = await everything('', zhujing, 'tinglin-nobody')
  for (const [caller, patient] of [
    [zhujing, 'tinglin-liuyang'],
    [zhang, 'tinglin-shanxin'],
    [{ ...zhang, purpose: 'HRESCH' }, 'tinglin-liuyang'],
  ] as const) {
    const hidden = await everything('', caller, patient)
    t.equal(hidden.status, 404)
    t.equal(hidden.text, absent.text)
  }
})

t.test('scopes leave only the types they cover', async t => {
  const narrow = await everything('', {
    client: 'tinglin-ehr',
    scope: 'system/Patient.r system/Condition.rs',
  })
  t.strictSame(typesOf(narrow), new Set(['Patient', 'Condition']))
  t.equal(narrow.json.total, 2)
  t.equal(
    (await everything('', { client: 'tinglin-ehr', scope: 'system/Condition.rs' })).status,
    403,
  )
})

t.test('_elements and _summary leave parts, tagged so, and page links keep the form', async t => {
  const first = await everything('?_elements=id,status&_count=5&_pretty=true')
  t.equal(first.status, 200)
  const link = first.json.link.find((one: { relation: string }) => one.relation === 'next')
  t.match(link.url, /_pretty=true/)
  const second = await ask('GET', link.url, { as: tinglin })
  t.equal(second.json.entry.length, 5)
  for (const { resource } of [...first.json.entry, ...second.json.entry]) {
    t.match(resource.meta.tag, [{ code: 'SUBSETTED' }])
    t.notOk(
      'text' in resource || 'name' in resource || 'effectiveDateTime' in resource,
      resource.id,
    )
  }
  t.match(second.text, /^\{\n/, 'laid out')
  const summary = await everything('?_summary=true&_type=Condition')
  t.match(summary.json.entry[1].resource.meta.tag, [{ code: 'SUBSETTED' }])
  t.equal((await everything('?_summary=some')).status, 400)
  t.equal((await everything('?_summary=true', zhujing)).status, 404, 'hidden as before')
})

t.test('faults are refused all at once', async t => {
  const { status, json } = await everything('?start=soon&_type=Pateint&colour=red')
  t.equal(status, 400)
  t.equal(json.issue.length, 3)
})

t.test('after withdrawal an old page link opens nothing', async t => {
  const page = await everything('?_count=5', li)
  const next = page.json.link[1].url
  const consent = (await ask('GET', '/fhir/Consent/tinglin-liuyang-consent', { as: tinglin })).json
  await ask('PUT', '/fhir/Consent/tinglin-liuyang-consent', {
    as: tinglin,
    body: { ...consent, status: 'inactive' },
  })
  t.equal((await ask('GET', next, { as: li })).status, 404)
  t.equal((await everything('', no6)).status, 404)
})
