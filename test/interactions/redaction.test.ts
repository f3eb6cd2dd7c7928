/**
 * What leaves under a consent that opens some kinds of records only, through every door.
 * @see https://hl7.org/fhir/R4/security-labels.html
 */
import t, { type Test } from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, no6, tinglin, zhang } from '../server.ts'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'

const { ask } = await aServer(t)
const secret = '王秘密'
const patient = 'Patient/tinglin-r1'
const observation = {
  resourceType: 'Observation',
  id: 'tinglin-r2',
  status: 'final',
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${secret}</div>` },
  code: { coding: [{ system: 'http://loinc.org', code: '4548-4', display: 'HbA1c' }] },
  subject: { reference: patient, display: secret, identifier: { system: 'urn:x', value: secret } },
  encounter: { reference: 'Encounter/tinglin-r3', display: secret },
  performer: [{ reference: 'Practitioner/no6-zhang', display: 'Zhang' }],
  effectiveDateTime: '2024-05-01',
  valueQuantity: { value: 6.1, unit: '%' },
}
const report = {
  resourceType: 'DiagnosticReport',
  id: 'tinglin-r4',
  status: 'final',
  code: { text: 'x' },
  subject: { reference: patient, display: secret },
  result: [{ reference: 'Observation/tinglin-r2', display: secret }],
}
const classes = (...codes: string[]) => ({
  class: codes.map(code => ({ system: 'http://hl7.org/fhir/resource-types', code })),
})
const file = async (t: Test, ...papers: readonly Resource[]): Promise<void> => {
  const { status, text } = await ask('POST', '/fhir', {
    as: tinglin,
    body: transactionOf(...papers),
  })
  t.equal(status, 200, text)
}
const limitedTo = (...codes: string[]) => consentOf('tinglin-r5', patient, classes(...codes))
const get = (path: string, as = zhang) => ask('GET', `/fhir/${path}`, { as })

t.before(() =>
  file(
    t,
    { resourceType: 'Patient', id: 'tinglin-r1', name: [{ text: secret }] },
    observation,
    report,
    { resourceType: 'Encounter', id: 'tinglin-r3', status: 'finished', class: { code: 'AMB' } },
    consultationOf('tinglin-r6', patient),
    limitedTo('Observation', 'DiagnosticReport'),
  ),
)

const doors = [
  'Observation/tinglin-r2',
  'Observation/tinglin-r2/_history/1',
  'Observation/tinglin-r2/_history',
  'Observation?_id=tinglin-r2',
  `Observation?patient=${patient}`,
  'Observation?code=4548-4&date=2024-05-01',
  'DiagnosticReport?_id=tinglin-r4&_include=DiagnosticReport:result',
  `DiagnosticReport?patient=${patient}&_include=DiagnosticReport:result`,
  'Observation?_id=tinglin-r2&_revinclude=DiagnosticReport:result',
  `Observation/$lastn?patient=${patient}&code=4548-4`,
  'Observation?_id=tinglin-r2&_elements=subject,encounter',
  'Observation?_id=tinglin-r2&_summary=text',
  'Observation/tinglin-r2?_summary=true',
  `${patient}/Observation`,
  `?_type=Observation,DiagnosticReport&_id=tinglin-r2,tinglin-r4`,
]

t.test('no door tells names, identifiers or narratives of what is kept back', async t => {
  for (const door of doors) {
    const own = await get(door, tinglin)
    t.match(own.text, secret, `${door}: the hospital itself reads all of it`)
    const { status, text } = await get(door)
    t.equal(status, 200, door)
    t.match(text, /tinglin-r2/, `${door}: the record is there`)
    t.notMatch(text, secret, door)
    t.match(text, /"code":"REDACTED"/, `${door}: and says so`)
  }
})

t.test('in a batch, too; what is left is as it was', async t => {
  const { json, text } = await ask('POST', '/fhir', {
    as: zhang,
    body: {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Observation/tinglin-r2' } }],
    },
  })
  t.notMatch(text, secret)
  t.match(json.entry[0].resource, {
    code: observation.code,
    subject: { reference: patient },
    encounter: { reference: 'Encounter/tinglin-r3' },
    performer: observation.performer,
    valueQuantity: observation.valueQuantity,
  })
})

t.test('what is taken out cannot be asked for', async t => {
  const query = `Observation?subject:identifier=urn:x|${encodeURIComponent(secret)}`
  t.equal((await get(query, tinglin)).json.total, 1)
  t.equal((await get(query)).json.total, 0)
  t.equal((await get(`${query}&patient=${patient}`)).json.total, 0)
  const chained = `DiagnosticReport?result.subject:identifier=urn:x|${encodeURIComponent(secret)}`
  t.equal((await get(chained, tinglin)).json.total, 1)
  t.equal((await get(chained)).json.total, 0)
})

t.test('a consent without limits shows all; a denial of one kind limits again', async t => {
  await file(t, consentOf('tinglin-r5', patient))
  for (const door of doors) t.match((await get(door)).text, secret, door)
  await file(t, consentOf('tinglin-r7', patient, { type: 'deny', ...classes('Condition') }))
  t.notMatch((await get('Observation/tinglin-r2')).text, secret)
  t.notMatch((await get('Observation?_id=tinglin-r2')).text, secret)
  t.notMatch((await get(`${patient}/$everything`)).text.replaceAll(/"name":\[.*?\]/g, ''), secret)
  await file(t, { ...consentOf('tinglin-r7', patient), status: 'inactive' })
  t.match((await get(`${patient}/$everything`)).text, secret)
})

t.test('a request addressed to the reader says what its author wrote into it', async t => {
  await file(
    t,
    { ...consentOf('tinglin-r5', patient), status: 'inactive' },
    {
      ...consultationOf('tinglin-r6', patient),
      subject: { reference: patient, display: secret },
    },
  )
  const { status, text } = await get('ServiceRequest/tinglin-r6', no6)
  t.equal(status, 200)
  t.match(text, secret)
})
