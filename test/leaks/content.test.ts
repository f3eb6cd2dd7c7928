/** Leaks by what stands inside of a record, CONSENT.md 4, each by its number. */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, seenOf, tinglin, zhang } from '../server.ts'
import { consentOf, consultationOf } from '../story/papers.ts'
import { sameAsAbsent } from './absence.ts'
import { absent, leakAsking } from './asking.ts'

const { ask } = await aServer(t)
const { file, get, isHidden } = leakAsking({ ask })
/** No.6 may see the records of `open`, and nothing of `hidden`. */
const [open, hidden] = ['Patient/tinglin-c1', 'Patient/tinglin-c2']
const secret = '王秘密'
const xhtml = `<div xmlns="http://www.w3.org/1999/xhtml">${secret}</div>`
const coded = (system: string, code: string) => ({ coding: [{ system, code }] })
const hiv = coded('http://hl7.org/fhir/sid/icd-10', 'B20')

const agree = (provision: Record<string, unknown> = {}) =>
  file(consentOf('tinglin-c3', open, provision))
const deny = (constraints: object) => ({ provision: [{ type: 'deny', ...constraints }] })
const ofType = (...codes: string[]) => ({
  class: codes.map(code => ({ system: 'http://hl7.org/fhir/resource-types', code })),
})

const observation = (id: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: open } },
  code: coded('http://loinc.org', '4548-4'),
  ...more,
})

t.before(() =>
  file(
    { resourceType: 'Patient', id: 'tinglin-c1', name: [{ text: '李公开' }] },
    { resourceType: 'Patient', id: 'tinglin-c2', name: [{ text: secret }] },
    consultationOf('tinglin-c4', open),
  ),
)

t.test('L54 a reference to what is hidden neither names nor identifies it', async t => {
  const named = (reference: string) => ({
    ...{ reference, display: secret },
    identifier: { system: 'urn:x', value: secret },
  })
  const record = observation('tinglin-c5', {
    subject: named(open),
    encounter: named('Encounter/tinglin-c6'),
    hasMember: [named('Observation/tinglin-c7')],
    derivedFrom: [{ display: secret, type: 'Media' }],
  })
  await file(record)
  await agree(ofType('Observation'))
  for (const path of ['/tinglin-c5', '?_id=tinglin-c5', '/tinglin-c5/_history']) {
    t.match((await get(`Observation${path}`, tinglin)).text, secret)
    const { status, text } = await get(`Observation${path}`)
    t.equal(status, 200)
    t.match(text, /tinglin-c5/, path)
    t.notMatch(text, secret, path)
  }
  const by = await get(`Observation?subject:identifier=urn:x|${encodeURIComponent(secret)}`)
  t.equal(by.json.total, 0)
})

t.test('L55 what is contained counts for what contains it', async t => {
  const containing = (id: string, contained: object) =>
    observation(id, {
      contained: [{ resourceType: 'Condition', id: 'c', ...contained }],
      focus: [{ reference: '#c' }],
    })
  const ofAnother = containing('tinglin-c8', { subject: { reference: hidden } })
  const ofKind = containing('tinglin-c9', { subject: { reference: open }, code: hiv })
  await file(ofAnother, ofKind)
  await agree()
  await isHidden(t, ofAnother)
  t.equal((await get('Observation/tinglin-c9')).status, 200, 'without a denial')
  await agree(deny({ code: [hiv] }))
  await isHidden(t, ofKind)
  const { text } = await get('Observation?_id=tinglin-c8,tinglin-c9')
  t.notMatch(text, /tinglin-c2|B20/)
})

t.test('L56 a narrative goes where a part is denied', async t => {
  const record = observation('tinglin-c10', { text: { status: 'generated', div: xhtml } })
  await file(record)
  await agree()
  t.match((await get('Observation/tinglin-c10')).text, secret, 'nothing is denied')
  await agree(deny({ code: [hiv] }))
  for (const path of [
    '/tinglin-c10',
    '?_id=tinglin-c10',
    '?_id=tinglin-c10&_summary=text',
    '/tinglin-c10/_history/1',
  ]) {
    const { status, text } = await get(`Observation${path}`)
    t.equal(status, 200)
    t.match(text, /tinglin-c10/, path)
    t.notMatch(text, secret, path)
  }
})

t.test('L57 no bytes are served of what is hidden', async t => {
  const data = Buffer.from(secret).toString('base64')
  const attachment = { contentType: 'text/plain', data }
  const binary: Resource = {
    ...{ resourceType: 'Binary', id: 'tinglin-c11', ...attachment },
    securityContext: { reference: open },
  }
  const letter: Resource = {
    ...{ resourceType: 'DocumentReference', id: 'tinglin-c12', status: 'current' },
    subject: { reference: open },
    content: [{ attachment: { contentType: 'text/plain', url: 'Binary/tinglin-c11' } }],
  }
  const report: Resource = {
    ...{ resourceType: 'DiagnosticReport', id: 'tinglin-c13', status: 'final' },
    ...{ subject: { reference: open }, code: coded('http://loinc.org', '24323-8') },
    presentedForm: [attachment],
  }
  await file(binary, letter, report)
  await agree()
  t.equal((await get('DocumentReference/tinglin-c12')).status, 200, 'the letter is open')
  const kinds = ['application/fhir+json', 'text/plain', 'application/octet-stream', '*/*']
  for (const accept of kinds)
    for (const range of [{}, { range: 'bytes=0-3' }])
      for (const method of ['GET', 'HEAD']) {
        const headers = { accept, ...range }
        const answer = await sameAsAbsent(t, ['tinglin-c11', absent], id =>
          ask(method, `/fhir/Binary/${id}`, { as: zhang, headers }),
        )
        t.ok(answer.status >= 400, `${method} ${accept}: ${answer.status}`)
      }
  await isHidden(t, binary)
  t.match((await get('DiagnosticReport/tinglin-c13')).text, data, 'without a denial')
  await agree(deny({ code: [hiv] }))
  await isHidden(t, letter)
  await isHidden(t, report)
})

t.test('L58 what lists a hidden patient among others is not listed itself', async t => {
  await agree()
  const entries = [open, hidden].map(reference => ({ item: { reference } }))
  const members = [open, hidden].map(reference => ({ entity: { reference } }))
  const group = { ...{ type: 'person', actual: true }, member: members }
  const composition = {
    ...{
      status: 'final',
      type: coded('http://loinc.org', '11503-0'),
      subject: { reference: open },
    },
    ...{ date: '2026-01-01', title: 'x', author: [{ reference: 'Practitioner/tinglin-wang' }] },
    section: [{ title: 'x', entry: [{ reference: hidden }] }],
  }
  const lists: readonly Resource[] = [
    {
      ...{ resourceType: 'List', id: 'tinglin-c14', status: 'current', mode: 'working' },
      ...{ subject: { reference: open }, entry: entries },
    },
    { resourceType: 'Group', id: 'tinglin-c15', ...group },
    { resourceType: 'Composition', id: 'tinglin-c16', ...composition },
  ]
  await file(...lists)
  for (const list of lists) await isHidden(t, list)
  const [every, absentList] = [
    await get('Patient?_list=tinglin-c14'),
    await get(`Patient?_list=${absent}`),
  ]
  const withoutIds = (text: string) => text.replaceAll(/tinglin-c14|tinglin-nothing/g, 'ID')
  t.equal(withoutIds(every.text), withoutIds(absentList.text))
  t.equal(seenOf(every).status, seenOf(absentList).status)
  t.notMatch((await get(`${open}/$everything`)).text, /tinglin-c2\b|tinglin-c1[456]/)
})
