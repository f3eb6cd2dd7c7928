/** The audit trail as AuditEvents, for privacy officers, and disclosures. @see https://hl7.org/fhir/R4/auditevent.html */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, seenOf, sun, tinglin, wu, zhang, zhujing, type Caller } from '../server.ts'
import { consentOf, consultationOf, recipient, transactionOf, treatment } from '../story/papers.ts'

const { app, ask } = await aServer(t)
const settled = () => app.context.auditTrail.drained()
const patient = 'tinglin-liuyang'

const search = async (query: string, as = wu) => {
  const answer = await ask('GET', `/fhir/AuditEvent?${query}`, { as })
  t.equal(answer.status, 200, answer.text.slice(0, 300))
  // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
  return (answer.json.entry ?? []).map((entry: any) => entry.resource)
}
// oxlint-disable-next-line no-explicit-any -- tests look into answers freely
const references = (event: any): string[] =>
  // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
  event.entity.map((entity: any) => entity.what?.reference).filter(Boolean)

t.before(async () => {
  await ask('GET', `/fhir/Patient/${patient}`, { as: zhang })
  await ask('GET', `/fhir/Observation?patient=${patient}&category=laboratory`, { as: zhang })
  await ask('GET', '/fhir/Patient/tinglin-shanxin', { as: zhang })
  await ask('GET', '/fhir/Patient/tinglin-nobody', { as: zhang })
  await ask('GET', `/fhir/Patient/${patient}`, { as: tinglin })
  await settled()
})

t.test('the owner sees who read its record, when, by what and for what', async t => {
  const [event] = await search(`patient=${patient}&agent=Practitioner/no6-zhang&subtype=read`)
  t.match(event, {
    resourceType: 'AuditEvent',
    type: { code: 'rest' },
    subtype: [{ code: 'read' }],
    action: 'R',
    outcome: '0',
    purposeOfEvent: [{ coding: [{ code: 'TREAT' }] }],
    agent: [
      { who: { reference: 'Practitioner/no6-zhang' }, requestor: true },
      { who: { identifier: { value: 'no6-app' } } },
      { who: { reference: 'Organization/no6' } },
    ],
  })
  t.ok(references(event).includes(`Patient/${patient}`))
  const read = await ask('GET', `/fhir/AuditEvent/${event.id}`, { as: wu })
  t.equal(read.status, 200)
  t.strictSame(read.json, event)
  const checked = await ask('GET', `/fhir/AuditEvent/${event.id}?_format=xml`, { as: wu })
  t.match(checked.text, /<AuditEvent /)
})

t.test('a search is told by the names of its parameters, never by their values', async t => {
  const [event] = await search(`patient=${patient}&subtype=search-type&agent=Organization/no6`)
  // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
  const { query } = event.entity.find((entity: any) => entity.query !== undefined)
  t.equal(Buffer.from(query, 'base64').toString(), 'Observation?patient&category')
  const { rows } = {
    rows: await app.context.database.query({
      name: '',
      text: 'select to_jsonb(e)::text as row from audit_event e',
      values: [],
    }),
  }
  t.notMatch(JSON.stringify(rows), /laboratory/)
})

t.test(
  'a denial of a hidden record is seen by its owner, and by nobody as anything else',
  async t => {
    const [denied] = await search('outcome=4&agent=Practitioner/no6-zhang')
    t.match(denied, { outcome: '4', outcomeDesc: '404 not-found' })
    t.strictSame(references(denied), ['Patient/tinglin-shanxin'])
    const known = await search('outcome=4&agent=Practitioner/no6-zhang', sun)
    t.equal(known.length, 2, 'No.6 knows of both that they were refused')
    for (const event of known) t.strictSame(references(event), [])
    const alike = known.map(
      ({ id: _, recorded: __, meta: ___, entity: ____, ...rest }: Record<string, unknown>) => rest,
    )
    t.strictSame(alike[0], alike[1], 'hidden and absent leave the same event')
  },
)

t.test('No.6 learns nothing of whose records its people saw', async t => {
  const events = await search('_count=100', sun)
  t.ok(events.length > 0)
  t.notMatch(JSON.stringify(events), /tinglin/)
  t.strictSame(await search(`patient=${patient}`, sun), [])
  t.strictSame(await search(`entity=Patient/${patient}`, sun), [])
})

t.test('nobody but a privacy officer reads the trail, not even by id', async t => {
  const [event] = await search(`patient=${patient}`)
  const absent = await ask('GET', '/fhir/AuditEvent/tinglin-none', { as: tinglin })
  for (const as of [tinglin, zhang, zhujing, sun]) {
    const hidden = await ask('GET', `/fhir/AuditEvent/${event.id}`, { as })
    t.strictSame(seenOf(hidden), seenOf(absent))
  }
  const { json } = await ask('GET', '/fhir/AuditEvent', { as: tinglin })
  t.equal(json.total, 0)
})

t.test('pages follow each other without a gap, newest first or oldest first', async t => {
  for (const sort of ['date', '-date']) {
    const whole = await search(`_sort=${sort}&_count=1000&patient=${patient}`)
    const ids: string[] = []
    let url: string | undefined = `/fhir/AuditEvent?_sort=${sort}&_count=2&patient=${patient}`
    while (url !== undefined) {
      const { json } = await ask('GET', url, { as: wu })
      // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
      ids.push(...(json.entry ?? []).map((entry: any) => entry.resource.id))
      // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
      url = json.link.find((link: any) => link.relation === 'next')?.url
    }
    t.strictSame(
      ids,
      whole.map(({ id }: { id: string }) => id),
      sort,
    )
  }
})

t.test('counts, dates and actions choose, and what is not known is refused', async t => {
  const { json } = await ask(
    'GET',
    `/fhir/AuditEvent?_summary=count&patient=${patient}&agent=Organization/no6`,
    { as: wu },
  )
  t.equal(json.total, 2)
  t.equal((await search(`patient=${patient}&agent=Organization/no6&action=R`)).length, 1)
  t.equal((await search(`patient=${patient}&date=lt2020-01-01`)).length, 0)
  t.ok((await search(`patient=${patient}&date=ge2020-01-01`)).length >= 3)
  for (const query of [
    'policy=x',
    'date=soon',
    'patient=%20',
    '_sort=agent',
    'agent=x',
    '_include=*',
  ])
    t.equal((await ask('GET', `/fhir/AuditEvent?${query}`, { as: wu })).status, 400, query)
})

t.test('disclosures tell who of other hospitals saw a patient’s records', async t => {
  const path = `/fhir/Patient/${patient}/$disclosures`
  const { status, json } = await ask('GET', path, { as: wu })
  t.equal(status, 200)
  t.equal(json.entry.length, 2)
  // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
  for (const { resource } of json.entry as any[])
    t.match(resource.agent[0].who.reference, 'Practitioner/no6-zhang')
  const absent = await ask('GET', '/fhir/Patient/tinglin-nobody/$disclosures', { as: sun })
  t.equal(absent.status, 404)
  for (const as of [sun, zhang, tinglin, zhujing])
    t.strictSame(seenOf(await ask('GET', path, { as })), seenOf(absent), as.user ?? as.client)
})

/** What the disclosures of one patient say each was allowed by, the newest first. */
const groundsOf = async (id: string, as: Caller): Promise<readonly (readonly string[])[]> => {
  await settled()
  const { status, json, text } = await ask('GET', `/fhir/Patient/${id}/$disclosures`, { as })
  t.equal(status, 200, text)
  // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
  return json.entry.map(({ resource }: any) =>
    resource.entity
      // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
      .filter(({ role }: any) => role?.code === '13')
      // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
      .map(({ what }: any) => what.reference)
      .sort(),
  )
}

t.test('disclosures tell the consent and the consultation of then, to the patient too', async t => {
  const id = 'tinglin-d1'
  const subject = `Patient/${id}`
  const see = async () => (await ask('GET', `/fhir/${subject}`, { as: zhang })).status
  const file = async (...papers: readonly Resource[]) => {
    const body = transactionOf(...papers)
    const { status, text } = await ask('POST', '/fhir', { as: tinglin, body })
    if (status !== 200) throw new Error(text)
  }
  const consent = consentOf('tinglin-d2', subject)
  const consultation = consultationOf('tinglin-d3', subject)
  await file({ resourceType: 'Patient', id }, consent, consultation)
  t.equal(await see(), 200)
  await file({ ...consent, dateTime: '2026-01-01' }, consentOf('tinglin-d4', subject))
  t.equal(await see(), 200)
  await file({ ...consent, status: 'inactive' })
  t.equal(await see(), 200)
  await ask('DELETE', '/fhir/Consent/tinglin-d4', { as: tinglin })
  t.equal(await see(), 404)
  // What came later, or is for somebody else, allowed nothing.
  await file({ ...consultation, status: 'revoked' }, consentOf('tinglin-d5', subject))
  const other = consentOf('tinglin-d6', subject, { actor: [recipient('Organization/zhujing')] })
  await file(other, consentOf('tinglin-d7', subject, { type: 'deny' }))
  const request = 'ServiceRequest/tinglin-d3/_history/1'
  const self: Caller = { client: 'tinglin-app', patient: id, isPatient: true, purpose: 'PATRQT' }
  for (const as of [wu, self])
    t.strictSame(await groundsOf(id, as), [
      ['Consent/tinglin-d4/_history/1', request],
      ['Consent/tinglin-d2/_history/2', 'Consent/tinglin-d4/_history/1', request],
      ['Consent/tinglin-d2/_history/1', request],
    ])
})

t.test('a disclosure in an emergency names its review', async t => {
  const id = 'tinglin-d8'
  const body = transactionOf({ resourceType: 'Patient', id })
  t.equal((await ask('POST', '/fhir', { as: tinglin, body })).status, 200)
  const strong: Caller = { ...zhang, amr: ['otp'] }
  const parameter = [
    { name: 'reason', valueString: '昏迷,急诊抢救需要既往史' },
    { name: 'minutes', valueInteger: 5 },
    { name: 'purpose', valueCoding: { ...treatment, code: 'BTG' } },
  ]
  const opened = await ask('POST', `/fhir/Patient/${id}/$break-glass`, {
    as: strong,
    body: { resourceType: 'Parameters', parameter },
  })
  t.equal(opened.status, 200, opened.text)
  const glass: Caller = { ...strong, purpose: 'BTG', patient: id }
  t.equal((await ask('GET', `/fhir/Patient/${id}`, { as: glass })).status, 200)
  const [grounds] = await groundsOf(id, wu)
  t.match(grounds, [/^Task\//])
  const review = await ask('GET', `/fhir/${grounds![0]}`, { as: tinglin })
  t.match(review.json, { for: { reference: `Patient/${id}` } })
})
