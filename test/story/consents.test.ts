/** What consents and consultations open, case by case, on one patient's record. */
import t, { type Test } from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { li, no6, tinglin, zhang, type Caller } from '../server.ts'
import { consentOf, consultationOf, recipient, transactionOf, treatment } from './papers.ts'
import { aStory } from './patient-record.ts'

t.setTimeout(240_000)
const story = await aStory(t)
if (story === undefined) process.exit()
const { send, alden, enrique } = story
const patientId = alden.patient.split('/')[1]!

/** What of each type a caller finds, by `total` and by read alike; types without any are left out. */
const sees = async (t: Test, as: Caller): Promise<Record<string, number>> => {
  const found: Record<string, number> = {}
  for (const type of alden.clinicalTypes) {
    const query = type === 'Patient' ? `_id=${patientId}` : `patient=${alden.patient}`
    const { json } = await send('GET', `${type}?${query}&_summary=count`, { as })
    if (json.total > 0) found[type] = json.total
    const read = await send('GET', alden.addresses(type).at(-1)!, { as })
    t.equal(read.status, json.total > 0 ? 200 : 404, `read and search agree on ${type}`)
  }
  return found
}

const whole: Record<string, number> = Object.fromEntries(
  alden.clinicalTypes.map(type => [type, alden.addresses(type).length]),
)
const only = (...types: string[]): Record<string, number> =>
  Object.fromEntries(types.map(type => [type, whole[type]!]))
const nothing = {}

const permit = (provision: Record<string, unknown> = {}): Resource =>
  consentOf('tinglin-c1', alden.patient, provision)
const deny = (provision: Record<string, unknown> = {}): Resource => ({
  ...consentOf('tinglin-c2', alden.patient, { type: 'deny', ...provision }),
})
const consultation = (more: Record<string, unknown> = {}): Resource =>
  consultationOf('tinglin-s1', alden.patient, more)
const classes = (...codes: string[]) => ({
  class: codes.map(code => ({ system: 'http://hl7.org/fhir/resource-types', code })),
})
const practitioner = (id: string) => ({ actor: [recipient(`Practitioner/${id}`)] })
const days = (count: number): string =>
  new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 10)

/** Files these papers and withdraws all others, in one transaction. */
const onlyPapers = async (t: Test, ...papers: readonly Resource[]): Promise<void> => {
  const all = [
    { ...permit(), status: 'inactive' },
    { ...deny(), status: 'inactive' },
    { ...consultation(), status: 'revoked' },
  ]
  const rest = all.filter(old => !papers.some(paper => paper.id === old.id))
  const { status, text } = await send('POST', '', {
    as: tinglin,
    body: transactionOf(...papers, ...rest),
  })
  t.equal(status, 200, text.slice(0, 500))
}

interface Case {
  readonly papers: readonly Resource[]
  readonly zhang: Record<string, number>
  readonly li: Record<string, number>
}
const everybody = (papers: readonly Resource[], seen: Record<string, number>): Case => ({
  papers,
  zhang: seen,
  li: seen,
})

const cases: Readonly<Record<string, Case>> = {
  'a consent without consultation opens nothing': everybody([permit()], nothing),
  'a consultation without consent opens nothing': everybody([consultation()], nothing),
  'both together open the whole record': everybody([permit(), consultation()], whole),
  'a consent for Observation opens Observations only': everybody(
    [permit(classes('Observation')), consultation()],
    only('Observation'),
  ),
  'a consent for two classes opens these': everybody(
    [permit(classes('Patient', 'Condition')), consultation()],
    only('Patient', 'Condition'),
  ),
  'a consent for one practitioner does not open to another': {
    papers: [permit(practitioner('no6-zhang')), consultation()],
    zhang: whole,
    li: nothing,
  },
  'a denial of one practitioner beside a permit for the hospital': {
    papers: [permit(), deny(practitioner('no6-li')), consultation()],
    zhang: whole,
    li: nothing,
  },
  'a denial overrides a permit for the same hospital': everybody(
    [permit(), deny(), consultation()],
    nothing,
  ),
  'a denial of one class takes that class away': everybody(
    [permit(), deny(classes('Observation')), consultation()],
    Object.fromEntries(Object.entries(whole).filter(([type]) => type !== 'Observation')),
  ),
  'a consent for the other district hospital opens nothing here': everybody(
    [permit({ actor: [recipient('Organization/zhujing')] }), consultation()],
    nothing,
  ),
  'a consent for research opens nothing for treatment': everybody(
    [
      permit({
        purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HRESCH' }],
      }),
      consultation(),
    ],
    nothing,
  ),
  'an expired consent opens nothing': everybody(
    [permit({ period: { start: '2020-01-01', end: days(-2) } }), consultation()],
    nothing,
  ),
  'a consent that begins later opens nothing yet': everybody(
    [permit({ period: { start: days(2) } }), consultation()],
    nothing,
  ),
  'a consent whose last day is to come opens the record': everybody(
    [permit({ period: { start: '2020-01-01', end: days(1) } }), consultation()],
    whole,
  ),
  'an expired denial denies nothing': everybody(
    [permit(), deny({ period: { end: days(-2) } }), consultation()],
    whole,
  ),
  'a permit by the practitioner role counts for who holds it': {
    papers: [permit({ actor: [recipient('PractitionerRole/no6-zhang-role')] }), consultation()],
    zhang: whole,
    li: nothing,
  },
  'a consultation that is over opens nothing': everybody(
    [permit(), consultation({ status: 'completed' })],
    nothing,
  ),
  'a consultation with the other hospital opens nothing here': everybody(
    [permit(), consultation({ performer: [{ reference: 'Organization/zhujing' }] })],
    nothing,
  ),
  'a consultation whose time is over opens nothing': everybody(
    [permit(), consultation({ occurrencePeriod: { start: '2020-01-01', end: days(-2) } })],
    nothing,
  ),
  'an order for a laboratory test is no consultation': everybody(
    [permit(), consultation({ category: [{ text: 'Laboratory' }] })],
    nothing,
  ),
  'a consent that is a draft opens nothing': everybody(
    [{ ...permit(), status: 'draft' }, consultation()],
    nothing,
  ),
}

for (const [title, { papers, ...seen }] of Object.entries(cases))
  t.test(title, async t => {
    await onlyPapers(t, ...papers)
    t.strictSame(await sees(t, zhang), seen.zhang, 'zhang')
    t.strictSame(await sees(t, li), seen.li, 'li')
  })

t.test('the hospital system acts for the hospital, not for one of its people', async t => {
  await onlyPapers(t, permit(), consultation())
  t.strictSame(await sees(t, no6), whole)
  await onlyPapers(t, permit(practitioner('no6-zhang')), consultation())
  t.strictSame(await sees(t, no6), nothing)
})

t.test('emergency treatment is treatment; payment and research are not', async t => {
  await onlyPapers(t, permit(), consultation())
  t.strictSame(await sees(t, { ...zhang, purpose: 'ETREAT' }), whole)
  t.strictSame(await sees(t, { ...zhang, purpose: 'HPAYMT' }), nothing)
  t.strictSame(await sees(t, { ...zhang, purpose: 'HRESCH' }), nothing)
  await onlyPapers(t, permit({ purpose: [{ ...treatment, code: 'ETREAT' }] }), consultation())
  t.strictSame(await sees(t, zhang), nothing)
  t.strictSame(await sees(t, { ...zhang, purpose: 'ETREAT' }), whole)
})

t.test('what names a second patient, or no patient, needs more than this consent', async t => {
  await onlyPapers(t, permit(), consultation())
  const subject = { reference: alden.patient }
  const other = { reference: enrique.patient }
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
  const participant = [subject, other].map(actor => ({ actor, status: 'accepted' }))
  for (const resource of [
    { ...observation, id: 'tinglin-focus', subject: other, focus: [subject] },
    { ...observation, id: 'tinglin-nobody' },
    { resourceType: 'Appointment', id: 'tinglin-two', status: 'proposed', participant },
    { resourceType: 'Flag', id: 'tinglin-flag', status: 'active', code: { text: 'x' }, subject },
    { resourceType: 'Binary', id: 'tinglin-binary', contentType: 'text/plain', data: 'aGk=' },
  ]) {
    const address = `${resource.resourceType}/${resource.id}`
    t.equal((await send('PUT', address, { as: tinglin, body: resource })).status, 201, address)
    t.equal((await send('GET', address, { as: zhang })).status, 404, address)
    const found = await send('GET', `${resource.resourceType}?_id=${resource.id}`, { as: zhang })
    t.equal(found.json.total, 0, address)
    t.equal((await send('DELETE', address, { as: tinglin })).status, 204, address)
  }
})

t.test('with Observation only, nothing leads from it to the patient', async t => {
  await onlyPapers(t, permit(classes('Observation')), consultation())
  const family = alden.ofType('Patient')[0]!.resource['name'][0].family as string
  for (const query of [`patient.name=${family}`, `subject:Patient.name=${family}`]) {
    const { json } = await send('GET', `Observation?${query}`, { as: zhang })
    t.equal(json.total, 0, query)
  }
  const page = await send(
    'GET',
    `Observation?patient=${alden.patient}&_include=Observation:subject&_include=Observation:encounter&_count=1000`,
    { as: zhang },
  )
  const modes = page.json.entry.map((entry: { search: { mode: string } }) => entry.search.mode)
  t.strictSame([...new Set(modes)], ['match'])
  t.equal(page.json.total, whole['Observation'])
})

t.test("a consent of another patient or of another hospital's records opens nothing", async t => {
  await onlyPapers(t, consultation())
  const other = consentOf('tinglin-c3', enrique.patient)
  t.equal((await send('PUT', 'Consent/tinglin-c3', { as: tinglin, body: other })).status, 201)
  t.strictSame(await sees(t, zhang), nothing)
  const foreign = {
    ...permit(),
    id: 'zhujing-c1',
    organization: [{ reference: 'Organization/tinglin' }],
  }
  const as: Caller = { client: 'zhujing-ehr' }
  t.equal((await send('PUT', 'Consent/zhujing-c1', { as, body: foreign })).status, 403)
  const own = { ...foreign, organization: [{ reference: 'Organization/zhujing' }] }
  t.equal((await send('PUT', 'Consent/zhujing-c1', { as, body: own })).status, 201)
  t.strictSame(await sees(t, zhang), nothing)
})

t.test('No.6 cannot open the gate for itself', async t => {
  await onlyPapers(t, permit())
  const selfIssued = { ...consultation(), id: 'no6-s1' }
  const { status } = await send('PUT', 'ServiceRequest/no6-s1', { as: no6, body: selfIssued })
  t.equal(status, 201)
  t.strictSame(await sees(t, zhang), nothing)
})
