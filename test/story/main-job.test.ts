/** The five requests of the main job, on records of Synthea patients, through a socket. */
import { Client } from 'fhir-kit-client'
import t, { type Test } from 'tap'
import { tinglin, zhang, zhujing, type Caller } from '../server.ts'
import type { SourceResource } from './bundles.ts'
import { addresses, pageSizes, pagesOf, type FoundEntry } from './pages.ts'
import { consentOf, consultationOf, transactionOf } from './papers.ts'
import { aStory, isLaboratory } from './patient-record.ts'

t.setTimeout(240_000)
const story = await aStory(t)
if (story === undefined) process.exit()
const { send, baseUrl, app, eduardo, enrique } = story
const { patient } = eduardo
const patientId = patient.split('/')[1]!
const zhangForResearch: Caller = { ...zhang, purpose: 'HRESCH' }

/** The query that finds all a patient has of a type. */
const allOf = (type: string): string =>
  type === 'Patient' ? `Patient?_id=${patientId}` : `${type}?patient=${patient}`

const totalOf = async (query: string, as: Caller): Promise<number> =>
  (await send('GET', `${query}${query.includes('?') ? '&' : '?'}_summary=count`, { as })).json.total

/** Every resource of the record, by search and by read, is as if it did not exist. */
const seesNothing = async (t: Test, as: Caller): Promise<void> => {
  for (const type of eduardo.clinicalTypes) {
    const found = await send('GET', allOf(type), { as })
    t.strictSame([found.status, found.json.total, found.json.entry], [200, 0, undefined], type)
    t.equal((await send('GET', eduardo.addresses(type)[0]!, { as })).status, 404, type)
  }
}

/** What one caller may see of the record, page by page: all of it, once each, with exact totals. */
const seesAll = async (t: Test, as: Caller, type: string, more: readonly string[] = []) => {
  const expected = [...eduardo.addresses(type), ...more].sort()
  const pages = await pagesOf(story, `${allOf(type)}&_count=7`, { as })
  t.strictSame(
    pages.map(page => [page.total, page.entries.length]),
    pageSizes(expected.length, 7).map(size => [expected.length, size]),
    `${type}: totals and sizes of pages`,
  )
  t.strictSame(pages.flatMap(page => addresses(page.entries)).sort(), expected, type)
}

const before = { Observation: 0, Patient: 0 }

t.test('the district hospital gets a token with its credentials and finds its patient', async t => {
  const { id, secret } = app.sandboxClients.find(client => client.id === 'tinglin-ehr')!
  const answer = await fetch(`${baseUrl}/auth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'system/*.cruds' }),
  })
  t.equal(answer.status, 200)
  const { access_token } = (await answer.json()) as { access_token: string }
  const client = new Client({ baseUrl: `${baseUrl}/fhir`, bearerToken: access_token })
  const found = await client.search({ resourceType: 'Patient', searchParams: { _id: patientId } })
  t.equal(found['total'], 1)
})

t.test('before consultation and consent No.6 finds nothing and reads nothing', async t => {
  await seesNothing(t, zhang)
  before.Observation = await totalOf('Observation', zhang)
  before.Patient = await totalOf('Patient', zhang)
})

t.test('the district hospital files consultation and consent in one transaction', async t => {
  const papers = transactionOf(
    consentOf('tinglin-story-consent', patient),
    consultationOf('tinglin-story-consultation', patient),
  )
  const { status, json } = await send('POST', '', { as: tinglin, body: papers })
  t.equal(status, 200)
  t.equal(json.entry.length, 2)
  const asked = await send('GET', 'ServiceRequest/tinglin-story-consultation', { as: zhang })
  t.equal(asked.status, 200, 'No.6 sees what it is asked')
  const consent = await send('GET', 'Consent/tinglin-story-consent', { as: zhang })
  t.equal(consent.status, 404, 'the consent itself stays in its hospital')
})

t.test('after it the specialist sees exactly that record, page by page', async t => {
  for (const type of eduardo.clinicalTypes) await seesAll(t, zhang, type)
  for (const { address } of eduardo.resources)
    t.equal((await send('GET', address, { as: zhang })).status, 200, address)
  t.equal(
    (await totalOf('Observation', zhang)) - before.Observation,
    eduardo.addresses('Observation').length,
    'and no more without a patient in the query',
  )
  t.equal((await totalOf('Patient', zhang)) - before.Patient, 1)
  t.equal((await send('GET', enrique.patient, { as: zhang })).status, 404, 'another patient')
})

t.test('a FHIR client library walks the laboratory results, newest first', async t => {
  const client = new Client({
    baseUrl: `${baseUrl}/fhir`,
    bearerToken: await story.tokenFor(zhang),
  })
  const expected = eduardo.addresses('Observation', isLaboratory)
  const searchParams = { patient, category: 'laboratory', _sort: '-date', _count: 7 }
  const entries: FoundEntry[] = []
  let bundle: unknown = await client.search({ resourceType: 'Observation', searchParams })
  while (bundle !== undefined) {
    const page = bundle as Parameters<Client['nextPage']>[0]['bundle']
    t.equal(page['total'], expected.length)
    entries.push(...((page['entry'] ?? []) as FoundEntry[]))
    bundle = await client.nextPage({ bundle: page })
  }
  t.strictSame(addresses(entries).sort(), expected)
  const dateOf = new Map(
    eduardo
      .ofType('Observation')
      .map(({ address, resource }) => [address, Date.parse(resource['effectiveDateTime'])]),
  )
  const dates = addresses(entries).map(address => dateOf.get(address)!)
  t.strictSame(
    dates,
    dates.toSorted((one, other) => other - one),
    'sorted by clinical date',
  )
  t.ok(new Set(dates).size > 5, 'of different dates')
})

const resultsOf = ({ resource }: { resource: SourceResource }): string[] =>
  resource['result'].map((result: { reference: string }) => result.reference)

t.test('reports come with their results, included exactly', async t => {
  const query = `DiagnosticReport?patient=${patient}&_include=DiagnosticReport:result&_count=5`
  const reports = new Map(
    eduardo.ofType('DiagnosticReport').map(stored => [stored.address, stored]),
  )
  const pages = await pagesOf(story, query, { as: zhang })
  for (const { entries, total } of pages) {
    t.equal(total, reports.size)
    const results = addresses(entries).flatMap(address => resultsOf(reports.get(address)!))
    t.strictSame(addresses(entries, 'include').sort(), [...new Set(results)].sort())
  }
  t.strictSame(pages.flatMap(page => addresses(page.entries)).sort(), [...reports.keys()].sort())
})

t.test('what refers to a visit comes along with _revinclude', async t => {
  const { entries } = (
    await pagesOf(story, `${allOf('Encounter')}&_revinclude=Observation:encounter&_count=100`, {
      as: zhang,
    })
  )[0]!
  t.strictSame(addresses(entries).sort(), eduardo.addresses('Encounter'))
  const referring = eduardo.addresses(
    'Observation',
    resource => resource['encounter'] !== undefined,
  )
  t.strictSame(addresses(entries, 'include').sort(), referring)
})

t.test('a search through the patient finds the same, and only the permitted namesake', async t => {
  const [{ system, value }] = eduardo
    .ofType('Patient')[0]!
    .resource['identifier'].filter((one: { system: string }) => one.system.includes('us-ssn'))
  const own = eduardo.addresses('Observation')
  const both = [...own, ...enrique.addresses('Observation')].sort()
  for (const [query, as, expected] of [
    ['patient.name=Trevi%C3%B1o', zhang, own],
    ['patient.name=Trevi%C3%B1o', tinglin, both],
    [`subject:Patient.identifier=${encodeURIComponent(`${system}|${value}`)}`, zhang, own],
    ['subject:Patient.family=Trevi%C3%B1o', zhang, own],
  ] as const) {
    const pages = await pagesOf(story, `Observation?${query}&_count=100`, { as })
    t.equal(pages[0]!.total, expected.length, query)
    t.strictSame(pages.flatMap(page => addresses(page.entries)).sort(), expected, query)
  }
})

t.test('research sees nothing, and neither does the other district hospital', async t => {
  await seesNothing(t, zhangForResearch)
  await seesNothing(t, zhujing)
  const asked = await send('GET', 'ServiceRequest/tinglin-story-consultation', { as: zhujing })
  t.equal(asked.status, 404)
})

let answerAddress = ''

t.test('the specialist answers with a report that goes home, and nowhere else', async t => {
  const report = {
    resourceType: 'DiagnosticReport',
    status: 'final',
    category: [{ coding: [{ system: 'http://loinc.org', code: '11488-4' }] }],
    code: { text: '会诊意见' },
    basedOn: [{ reference: 'ServiceRequest/tinglin-story-consultation' }],
    subject: { reference: patient },
    performer: [{ reference: 'Practitioner/no6-zhang' }],
    conclusion: '建议调整降糖方案,两周后复查。',
  }
  const created = await send('POST', 'DiagnosticReport', { as: zhang, body: report })
  t.equal(created.status, 201)
  const address = `DiagnosticReport/${created.json.id}`
  answerAddress = address
  const home = await send('GET', address, { as: tinglin })
  t.equal(home.status, 200)
  t.equal(home.json.conclusion, report.conclusion)
  const answers = await send(
    'GET',
    'DiagnosticReport?based-on=ServiceRequest/tinglin-story-consultation',
    { as: tinglin },
  )
  t.equal(answers.json.total, 1)
  await seesAll(t, tinglin, 'DiagnosticReport', [address])
  t.equal((await send('GET', address, { as: zhujing })).status, 404)
  t.equal(await totalOf(allOf('DiagnosticReport'), zhujing), 0)
  const changed = { ...created.json, conclusion: 'x' }
  t.equal((await send('PUT', address, { as: tinglin, body: changed })).status, 403, 'not to change')
})

interface AuditRow {
  readonly client: string
  readonly subject: string
  readonly purpose: string
  readonly interaction: string
  readonly resource_type: string
  readonly outcome: number
  readonly entities: readonly string[]
  readonly patients: readonly string[]
  readonly patient: string
}

t.test('who saw what, and why, is on record for every answer that crossed hospitals', async t => {
  await app.context.auditTrail.drained()
  const rows = await app.context.database.query<AuditRow>({
    name: '',
    text: `select a.client, a.subject, a.purpose, a.interaction, a.resource_type, a.outcome, a.entities, a.patients,
        (select key from resource where id = $1 and tokens <> '{}') as patient
      from audit_event a where a.cross_hospital and a.entities && $2`,
    values: [patientId, [...eduardo.resources.map(({ address }) => address), answerAddress]],
  })
  for (const row of rows) {
    t.equal(row.outcome, 200)
    t.equal(row.purpose, 'TREAT')
    t.strictSame(row.patients, [row.patient], 'the patient concerned')
  }
  const readers = new Set(rows.map(({ client, subject }) => `${client} ${subject}`))
  t.strictSame([...readers].sort(), ['no6-app no6-zhang', 'tinglin-ehr tinglin-ehr'])
  const byZhang = rows.filter(({ client }) => client === 'no6-app')
  const seen = new Set(byZhang.flatMap(({ entities }) => entities))
  for (const type of eduardo.clinicalTypes)
    for (const address of eduardo.addresses(type)) t.ok(seen.has(address), address)
  const interactions = new Set(byZhang.map(({ interaction }) => interaction))
  t.strictSame([...interactions].sort(), ['read', 'search-type'])
  const home = rows.filter(({ client }) => client === 'tinglin-ehr')
  const isShown = ({ entities }: AuditRow): boolean => entities.includes(answerAddress)
  t.ok(home.some(isShown), 'the answer, coming home')
  // The other pages of the same search show own reports only, but their total counts the answer.
  for (const row of home.filter(row => !isShown(row)))
    t.match(row, { interaction: 'search-type', resource_type: 'DiagnosticReport' })
})
