/**
 * One patient's record, and what consents of different forms open of it to No.6, by read and by
 * search alike. @see https://hl7.org/fhir/R4/consent.html
 */
import t, { type Test } from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, li, no6, tinglin, wu, zhang, zhujing, type Caller } from '../server.ts'
import { consultationOf, recipient, transactionOf, treatment } from '../story/papers.ts'

t.setTimeout(240_000)
const { ask } = await aServer(t)
const p1 = 'Patient/tinglin-w1'
const subject = { reference: p1, display: '王小明' }
const encounter = { reference: 'Encounter/tinglin-w7' }
const icd10 = 'http://hl7.org/fhir/sid/icd-10'
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
const tag = (code: string) => ({ system: actCode, code })
const level = (code: string) => ({ system: confidentiality, code })
const coded = (system: string, code: string) => ({ coding: [{ system, code }] })
const observation = (code: string, day?: string) => ({
  resourceType: 'Observation',
  ...{ status: 'final', code: coded('http://loinc.org', code), subject },
  ...(day === undefined ? {} : { effectiveDateTime: day }),
})
const condition = (code: string, day: string, labels: readonly object[], more = {}) => ({
  resourceType: 'Condition',
  ...(labels.length === 0 ? {} : { meta: { security: labels } }),
  ...{ code: coded(icd10, code), subject, onsetDateTime: day, ...more },
})

interface Named {
  readonly resourceType: string
  readonly [element: string]: unknown
}

/** The records by their names; the ids follow from these. */
const record: Readonly<Record<string, Named>> = {
  patient: { resourceType: 'Patient', name: [{ text: '王小明', family: '王', given: ['小明'] }] },
  hba1c: observation('4548-4', '2024-03-10'),
  depression: condition('F32', '2023-08-01', [tag('PSY'), level('R')], { encounter }),
  hiv: condition('B20', '2022-05-01', [tag('HIV'), level('R')]),
  hivKind: condition('B20.1', '2022-06-01', []),
  letter: {
    resourceType: 'DocumentReference',
    ...{ status: 'current', subject, date: '2023-02-01T10:00:00+08:00' },
    content: [{ attachment: { contentType: 'application/pdf', data: 'JVBERi0=' } }],
  },
  glucose: observation('2339-0', '2021-05-03'),
  undated: observation('2339-0'),
  stay: {
    resourceType: 'Encounter',
    ...{ status: 'finished', class: { code: 'IMP' }, subject },
    period: { start: '2023-08-01', end: '2023-08-05' },
  },
  procedure: {
    resourceType: 'Procedure',
    ...{ status: 'completed', code: coded('http://snomed.info/sct', '1'), subject, encounter },
    performedDateTime: '2023-08-02',
  },
  appointment: {
    resourceType: 'Appointment',
    status: 'proposed',
    participant: [
      { actor: { reference: p1 }, status: 'accepted' },
      { actor: { reference: 'Patient/tinglin-other' }, status: 'accepted' },
    ],
  },
}
const names = Object.keys(record)
const idOf = (name: string): string =>
  name === 'patient' ? 'tinglin-w1' : name === 'stay' ? 'tinglin-w7' : `tinglin-${name}`
const addressOf = (name: string): string => `${record[name]!.resourceType}/${idOf(name)}`

const all = names.filter(name => name !== 'appointment')
const without = (...hidden: string[]) => all.filter(name => !hidden.includes(name))
const consultation = consultationOf('tinglin-ws', p1)

const toNo6 = { actor: [recipient('Organization/no6')] }
const doctorLi = { actor: [recipient('Practitioner/no6-li')] }
/** What example 2 of the brief permits; the others build on it. */
const permit = (...exceptions: object[]) => ({
  ...{ type: 'permit', ...toNo6, purpose: [treatment] },
  ...(exceptions.length === 0 ? {} : { provision: exceptions }),
})
const deny = (constraints: object, ...exceptions: object[]) => ({
  ...{ type: 'deny', ...constraints },
  ...(exceptions.length === 0 ? {} : { provision: exceptions }),
})
const consent = (id: string, provision: object, policy = 'OPTIN'): Resource => ({
  resourceType: 'Consent',
  ...{ id, status: 'active', patient: { reference: p1 }, provision },
  scope: coded('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
  category: [coded('http://loinc.org', '59284-0')],
  organization: [{ reference: 'Organization/tinglin' }],
  policyRule: coded(actCode, policy),
})

const file = async (...papers: readonly Resource[]): Promise<void> => {
  const { status, text } = await ask('POST', '/fhir', {
    as: tinglin,
    body: transactionOf(...papers),
  })
  if (status !== 200) throw new Error(text)
}

/** Takes a label off, which only a privacy officer of the hospital does. */
const withoutLabel = async (address: string, label: object): Promise<void> => {
  const body = {
    resourceType: 'Parameters',
    parameter: [{ name: 'meta', valueMeta: { security: [label] } }],
  }
  const { status, text } = await ask('POST', `/fhir/${address}/$meta-delete`, { as: wu, body })
  if (status !== 200) throw new Error(text)
}

/** Files the provisions as the only active consents about the patient. */
const agree = async (...provisions: readonly Resource[]): Promise<void> => {
  const withdrawn = ['tinglin-wc1', 'tinglin-wc2']
    .filter(id => !provisions.some(provision => provision.id === id))
    .map(id => ({ ...consent(id, permit()), status: 'inactive' }))
  await file(...provisions, ...withdrawn)
}
const first = (provision: object, policy?: string) => consent('tinglin-wc1', provision, policy)
const second = (provision: object) => consent('tinglin-wc2', provision)

/** What tinglin's privacy officer is told of whether a caller sees a record. */
const explained = async (address: string, as: Caller): Promise<string> => {
  const { client, user, patient: about, isPatient, purpose = 'TREAT' } = as
  const person = isPatient ? `Patient/${about}` : user && `Practitioner/${user}`
  const asked = { resource: address, client, person, purpose, patient: about }
  const parameter = Object.entries(asked).flatMap(([name, valueString]) =>
    valueString === undefined ? [] : [{ name, valueString }],
  )
  const body = { resourceType: 'Parameters', parameter }
  const { status, text, json } = await ask('POST', '/fhir/$explain-access', { as: wu, body })
  if (status !== 200) throw new Error(text)
  return json.parameter[0].valueCode
}

/** The names of what a caller can read; searching by id and an explanation must say the same. */
const seen = async (t: Test, as: Caller): Promise<readonly string[]> => {
  const found: string[] = []
  for (const name of names) {
    const { status } = await ask('GET', `/fhir/${addressOf(name)}`, { as })
    const { json } = await ask('GET', `/fhir/${record[name]!.resourceType}?_id=${idOf(name)}`, {
      as,
    })
    t.equal(json.total, status === 200 ? 1 : 0, `${name}: search and read agree`)
    const decision = status === 200 ? 'permit' : 'deny'
    t.equal(await explained(addressOf(name), as), decision, name)
    if (status === 200) found.push(name)
  }
  return found
}

t.before(() =>
  file(
    { resourceType: 'Patient', id: 'tinglin-other' },
    ...names.map(name => ({ ...record[name], id: idOf(name) }) as Resource),
    consultation,
  ),
)

/** The patient at the hospital's own portal. */
const patient: Caller = {
  ...{ client: 'tinglin-app', patient: 'tinglin-w1', isPatient: true, purpose: 'PATRQT' },
}

t.test('1: without consent nothing but the consultation is open', async t => {
  await agree()
  t.strictSame(await seen(t, zhang), [])
  t.strictSame(await seen(t, tinglin), names, 'its hospital sees all')
  t.strictSame(await seen(t, patient), all, 'the patient all that names nobody else')
  const { status } = await ask('GET', '/fhir/ServiceRequest/tinglin-ws', { as: zhang })
  t.equal(status, 200, 'the request is addressed to No.6')
})

t.test(
  '2: a permit opens all that names no other patient, while the consultation lasts',
  async t => {
    await agree(first(permit()))
    t.strictSame(await seen(t, zhang), all)
    t.strictSame(await seen(t, li), all)
    t.strictSame(await seen(t, zhujing), [])
    t.strictSame(await seen(t, { ...zhang, purpose: 'HRESCH' }), [])
    await file({ ...consultation, status: 'revoked' })
    t.strictSame(await seen(t, zhang), [])
    await file(consultation)
  },
)

t.test(
  '2: a department of the hospital is meant, too; one that is named is meant alone',
  async t => {
    const put = async (resource: Resource) => {
      const path = `/fhir/${resource.resourceType}/${resource.id}`
      const { status, text } = await ask('PUT', path, { as: no6, body: resource })
      if (status > 201) throw new Error(text)
    }
    const to = (reference: string) => first({ ...permit(), actor: [recipient(reference)] })
    const role = (id: string, practitioner: string, organization: string) => ({
      ...{ resourceType: 'PractitionerRole', id, practitioner: { reference: practitioner } },
      organization: { reference: organization },
    })
    const department = { resourceType: 'Organization', name: '内分泌科', active: true }
    await put({ ...department, id: 'no6-endo', partOf: { reference: 'Organization/no6' } })
    await put({ ...department, id: 'no6-endo1', partOf: { reference: 'Organization/no6-endo' } })
    await agree(to('Organization/no6-endo'))
    t.strictSame(await seen(t, zhang), [], 'nobody works there yet')
    await put(role('no6-wzhang', 'Practitioner/no6-zhang', 'Organization/no6-endo1'))
    t.strictSame(await seen(t, zhang), all, 'the ward is part of it')
    t.strictSame(await seen(t, li), [])
    await put({
      ...role('no6-wzhang', 'Practitioner/no6-zhang', 'Organization/no6-endo1'),
      active: false,
    })
    t.strictSame(await seen(t, zhang), [], 'who leaves is out at once')
    await agree(to('Organization/no6'))
    t.strictSame(await seen(t, zhang), all)
  },
)

t.test('3: a label denied takes away what has it and what nobody has screened', async t => {
  await agree(first(permit(deny({ securityLabel: [tag('PSY')] }))))
  t.strictSame(await seen(t, zhang), without('depression', 'letter'))
  const { json, text } = await ask('GET', `/fhir/${addressOf('hba1c')}`, { as: zhang })
  t.notMatch(text, '王小明', 'what is shown tells of nothing else')
  t.match(json.meta.security, [{ code: 'REDACTED' }])
})

t.test('4: a code denied takes away its kinds, too', async t => {
  await agree(first(permit(deny({ code: [coded(icd10, 'B20')] }))))
  t.strictSame(await seen(t, zhang), without('hiv', 'hivKind', 'letter'))
})

t.test('5: a permitted period opens what is certainly of it', async t => {
  await agree(first({ ...permit(), dataPeriod: { start: '2023-01-01', end: '2024-12-31' } }))
  t.strictSame(await seen(t, zhang), ['hba1c', 'depression', 'letter', 'stay', 'procedure'])
})

t.test('6: a denied period takes away what may be of it', async t => {
  await agree(first(permit(deny({ dataPeriod: { start: '2021-01-01', end: '2021-12-31' } }))))
  t.strictSame(await seen(t, zhang), without('patient', 'glucose', 'undated'))
})

t.test(
  '7: a denial in another consent counts, whatever their dates, until it is withdrawn',
  async t => {
    const [older, newer] = ['2020-01-01', '2025-01-01']
    for (const [of, by] of [
      [older, newer],
      [newer, older],
    ]) {
      await agree({ ...first(permit()), dateTime: of }, { ...second(deny(doctorLi)), dateTime: by })
      t.strictSame(await seen(t, zhang), all)
      t.strictSame(await seen(t, li), [])
    }
    await agree(first(permit()))
    t.strictSame(await seen(t, li), all)
  },
)

t.test('8: an exception to an exception opens what its doctor may see either way', async t => {
  await agree(first(permit(deny({ securityLabel: [tag('PSY')] }, { type: 'permit', ...doctorLi }))))
  t.strictSame(await seen(t, li), all)
  t.strictSame(await seen(t, zhang), without('depression', 'letter'))
})

t.test('9: what is related to a denied stay goes with it, the patient does not', async t => {
  await agree(first(permit(deny({ data: [{ meaning: 'related', reference: encounter }] }))))
  t.strictSame(await seen(t, zhang), without('depression', 'stay', 'procedure'))
})

t.test('10: a class opens that class alone, and nothing tells of the patient', async t => {
  const observations = { system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }
  await agree(first({ ...permit(), class: [observations] }))
  t.strictSame(await seen(t, zhang), ['hba1c', 'glucose', 'undated'])
  const ask1 = (query: string) => ask('GET', `/fhir/Observation?${query}`, { as: zhang })
  t.equal((await ask1(`subject:Patient.name=${encodeURIComponent('王')}`)).json.total, 0)
  const { json, text } = await ask1(`subject=${p1}&_include=Observation:subject`)
  t.equal(json.total, 3)
  t.equal(json.entry.length, 3, 'nothing is included')
  t.notMatch(text, '王小明', 'the display is gone')
})

t.test('11: a withdrawal closes open pages, histories and cached copies', async t => {
  await agree(first(permit()))
  const { json } = await ask('GET', `/fhir/Observation?subject=${p1}&_count=1`, { as: zhang })
  const next: string = json.link.find(
    ({ relation }: { relation: string }) => relation === 'next',
  ).url
  await agree()
  const page = await ask('GET', next, { as: zhang })
  t.equal(page.json.entry, undefined)
  const relations: string[] = page.json.link.map(({ relation }: { relation: string }) => relation)
  t.notOk(relations.includes('next'))
  const hidden = `/fhir/${addressOf('hba1c')}`
  t.equal((await ask('GET', `${hidden}/_history`, { as: zhang })).status, 404)
  const headers = { 'if-none-match': 'W/"1"' }
  t.equal((await ask('GET', hidden, { as: zhang, headers })).status, 404, 'not 304')
})

t.test(
  '12: an emergency opens one patient, but not what is denied in emergencies or V',
  async t => {
    const strong: Caller = { ...zhang, amr: ['otp'] }
    const glass: Caller = { ...strong, purpose: 'BTG', patient: 'tinglin-w1' }
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'reason', valueString: '昏迷,既往用药不明,急诊抢救' },
        { name: 'minutes', valueInteger: 30 },
        { name: 'purpose', valueCoding: { ...treatment, code: 'BTG' } },
      ],
    }
    await agree(first(permit(deny({ securityLabel: [tag('PSY')] }))))
    t.strictSame(await seen(t, glass), [])
    const { status } = await ask('POST', `/fhir/${p1}/$break-glass`, { as: strong, body })
    t.equal(status, 200)
    t.strictSame(await seen(t, glass), all)
    t.strictSame(await seen(t, zhang), without('depression', 'letter'), 'to nobody else')
    const inEmergencies = { ...treatment, code: 'BTG' }
    await agree(first(permit(deny({ securityLabel: [tag('PSY')], purpose: [inEmergencies] }))))
    t.strictSame(await seen(t, glass), without('depression', 'letter'))
    await agree(first(permit(deny({ securityLabel: [tag('PSY')] }))))
    const depression = { ...record['depression'], id: idOf('depression') }
    await file({ ...depression, meta: { security: [tag('PSY'), level('V')] } } as Resource)
    t.strictSame(await seen(t, glass), without('depression'))
    await file(depression as Resource)
    t.strictSame(await seen(t, glass), without('depression'), 'an update lowers no level')
    await withoutLabel(addressOf('depression'), level('V'))
    await agree()
    t.strictSame(await seen(t, glass), all, 'without consent')
  },
)

t.test('13: a permit is the exception to opting out', async t => {
  const emergency = { ...treatment, code: 'ETREAT' }
  await agree(first({ type: 'permit', ...toNo6, purpose: [emergency] }, 'OPTOUT'))
  t.strictSame(await seen(t, zhang), [])
  t.strictSame(await seen(t, { ...zhang, purpose: 'ETREAT' }), all)
})

t.test("14: no hospital permits another's records, or denies them", async t => {
  await agree(first(permit()))
  const foreign = {
    ...consent('zhujing-wc1', deny({})),
    organization: [{ reference: 'Organization/tinglin' }],
  }
  const refused = await ask('PUT', '/fhir/Consent/zhujing-wc1', { as: zhujing, body: foreign })
  t.equal(refused.status, 403)
  const own = { ...foreign, organization: [{ reference: 'Organization/zhujing' }] }
  const filed = await ask('PUT', '/fhir/Consent/zhujing-wc1', { as: zhujing, body: own })
  t.equal(filed.status, 201, filed.text)
  t.strictSame(await seen(t, zhang), all)
})

t.test('a record labelled V is open only under a permit that names V', async t => {
  const secret: Resource = {
    ...observation('2339-0', '2024-01-01'),
    id: 'tinglin-wv',
    meta: { security: [level('V')] },
  }
  await file(secret)
  const status = async () =>
    (await ask('GET', '/fhir/Observation/tinglin-wv', { as: zhang })).status
  await agree(first(permit()))
  t.equal(await status(), 404)
  await agree(first({ ...permit(), securityLabel: [level('V')] }))
  t.equal(await status(), 200)
})

t.test('what cannot be enforced is refused, naming the element', async t => {
  const body = first(permit(deny({ code: [{ text: '心理' }] })))
  const { status, json } = await ask('PUT', '/fhir/Consent/tinglin-wc1', { as: tinglin, body })
  t.equal(status, 422)
  t.match(json.issue, [
    { code: 'not-supported', expression: ['Consent.provision.provision[0].code[0]'] },
  ])
})

t.test(
  'each version is judged by its own labels, and none is open while the current one is not',
  async t => {
    const labelled = (...labels: object[]): Resource => ({
      ...observation('2339-0', '2024-01-01'),
      id: 'tinglin-wh',
      ...(labels.length === 0 ? {} : { meta: { security: labels } }),
    })
    await agree(first(permit(deny({ securityLabel: [tag('PSY')] }))))
    await file(labelled(tag('PSY')))
    await withoutLabel('Observation/tinglin-wh', tag('PSY'))
    const get = async (path: string) =>
      ask('GET', `/fhir/Observation/tinglin-wh${path}`, { as: zhang })
    t.equal((await get('')).status, 200)
    t.equal((await get('/_history/2')).status, 200)
    t.equal((await get('/_history/1')).status, 404)
    t.equal((await get('/_history')).json.total, 1)
    await file(labelled(tag('PSY'), level('R')))
    for (const path of ['', '/_history', '/_history/1', '/_history/2', '/_history/3'])
      t.equal((await get(path)).status, 404, path)
  },
)
