/** Leaks by more than one person in a record, and by what nobody has read, CONSENT.md 4. */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer } from '../server.ts'
import { consentOf, consultationOf } from '../story/papers.ts'
import { sameAsAbsent } from './absence.ts'
import { leakAsking } from './asking.ts'

const { ask } = await aServer(t)
const { file, get, isHidden } = leakAsking({ ask })
/** No.6 may see the records of `open`, and nothing of `hidden`. */
const [open, hidden] = ['Patient/tinglin-d1', 'Patient/tinglin-d2']
const secret = '王秘密'
const coded = (system: string, code: string) => ({ coding: [{ system, code }] })
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'

const agree = (provision: Record<string, unknown> = {}) =>
  file(consentOf('tinglin-d3', open, provision))
const statusOf = async (path: string) => (await get(path)).status

t.before(async () => {
  await file(
    { resourceType: 'Patient', id: 'tinglin-d1', name: [{ text: '李公开' }] },
    { resourceType: 'Patient', id: 'tinglin-d2', name: [{ text: secret }] },
    consultationOf('tinglin-d4', open),
  )
  await agree()
})

t.test('L60 no link from a visible patient tells of a hidden one', async t => {
  // A bridge is hidden even where it names nobody else: it identifies whom it leads to.
  const bridges: readonly Resource[] = [[open, hidden], [open]].flatMap((patients, at) => [
    {
      ...{ resourceType: 'Person', id: `tinglin-d5-${at}`, name: [{ text: secret }] },
      link: patients.map(reference => ({ target: { reference } })),
    },
    {
      ...{ resourceType: 'Linkage', id: `tinglin-d6-${at}` },
      item: [
        ...patients.map(reference => ({ type: 'source', resource: { reference } })),
        { type: 'alternate', resource: { reference: 'RelatedPerson/tinglin-d15' } },
      ],
    },
  ])
  await file(...bridges)
  for (const bridge of bridges) await isHidden(t, bridge)
  for (const path of [`Person?link=${open}`, `Person?patient=${open}`, `Linkage?item=${open}`])
    t.equal((await get(path)).json.total, 0, path)
  t.equal(await statusOf(open), 200, 'before it has a link')
  await file({
    ...{ resourceType: 'Patient', id: 'tinglin-d1', name: [{ text: '李公开' }] },
    link: [{ type: 'seealso', other: { reference: hidden, display: secret } }],
  })
  for (const path of ['', '/_history', '/_history/2', '/$everything']) {
    const { status, text } = await get(`${open}${path}`)
    t.equal(status, 200, `${path}: a link to somebody hidden hides nothing else`)
    t.notMatch(text, new RegExp(`${hidden}|${secret}|seealso`), path)
  }
  for (const query of [
    `link=${hidden}`,
    `link=Patient/tinglin-absent`,
    'link:missing=false',
    `link:text=${encodeURIComponent(secret)}`,
    `link.name=${encodeURIComponent(secret)}`,
    '_content=seealso',
    '_filter=link pr true',
    `_has:Patient:link:_id=tinglin-d1`,
    '_has:Person:link:name=x',
  ])
    t.equal((await get(`Patient?${query}`)).json.total, 0, query)
  for (const query of ['_id=tinglin-d1', 'link:missing=true', '_filter=link pr false']) {
    const { json, text } = await get(`Patient?_id=tinglin-d1&${query}&_include=Patient:link`)
    t.equal(json.total, 1, query)
    t.equal(json.entry.length, 1, 'nothing is included')
    t.notMatch(text, new RegExp(`${hidden}|${secret}|seealso`), query)
  }
  const compartments = await sameAsAbsent(t, ['tinglin-d2', 'tinglin-d0'], id =>
    get(`Patient/${id}/Patient`),
  )
  t.equal(compartments.json.total, 0, 'a compartment has no links of others')
})

t.test('L60 a link between two visible patients is told, as long as both are visible', async t => {
  await file(consultationOf('tinglin-d20', hidden), consentOf('tinglin-d21', hidden))
  const linked = await get(open)
  t.match(linked.json.link, [{ type: 'seealso', other: { reference: hidden, display: secret } }])
  for (const query of [
    `link=${hidden}`,
    'link:missing=false',
    '_content=seealso',
    `link.name=${encodeURIComponent(secret)}`,
  ])
    t.equal((await get(`Patient?${query}`)).json.total, 1, query)
  t.equal(
    (await get('Patient/tinglin-d2/Patient')).json.total,
    2,
    'itself and what is linked to it',
  )
  await file({ ...consentOf('tinglin-d21', hidden), status: 'inactive' })
  t.equal((await get(open)).json.link, undefined, 'withdrawn')
  await file({
    ...{ resourceType: 'Patient', id: 'tinglin-d1', name: [{ text: '李公开' }] },
    link: [{ type: 'seealso', other: { identifier: { system: 'urn:x', value: secret } } }],
  })
  t.equal((await get(open)).json.link, undefined, 'nobody can say whose identifier it is')
  await file({ ...consultationOf('tinglin-d20', hidden), status: 'revoked' })
})

t.test('L61 an appointment of two patients needs the consent of both', async t => {
  await file({ resourceType: 'Patient', id: 'tinglin-d1', name: [{ text: '李公开' }] })
  const appointment: Resource = {
    ...{ resourceType: 'Appointment', id: 'tinglin-d7', status: 'proposed' },
    participant: [open, hidden].map(reference => ({
      ...{ actor: { reference }, status: 'accepted' },
    })),
  }
  await file(appointment)
  await isHidden(t, appointment)
  for (const patient of [open, hidden])
    t.equal((await get(`Appointment?patient=${patient}`)).json.total, 0)
  await file(consentOf('tinglin-d8', hidden))
  t.equal(await statusOf('Appointment/tinglin-d7'), 404, 'a consent without a consultation')
  await file(consultationOf('tinglin-d9', hidden))
  t.equal(await statusOf('Appointment/tinglin-d7'), 200, 'both')
  await file({ ...consentOf('tinglin-d3', open), status: 'inactive' })
  await isHidden(t, appointment)
  await file({ ...consentOf('tinglin-d8', hidden), status: 'inactive' })
  await agree()
})

t.test('L62 what nobody has read is hidden where labels or codes are denied', async t => {
  const subject = { reference: open }
  const attachment = { contentType: 'application/pdf', data: 'JVBERi0=' }
  const loinc = coded('http://loinc.org', '4548-4')
  const unread: readonly Resource[] = [
    {
      ...{ resourceType: 'DocumentReference', id: 'tinglin-d10', status: 'current', subject },
      content: [{ attachment }],
    },
    {
      ...{ resourceType: 'DiagnosticReport', id: 'tinglin-d11', status: 'final', subject },
      ...{ code: loinc, presentedForm: [attachment] },
    },
    {
      ...{ resourceType: 'Observation', id: 'tinglin-d12', status: 'final', subject },
      ...{ code: loinc, valueString: '见附件' },
    },
    {
      ...{ resourceType: 'Condition', id: 'tinglin-d13', subject },
      ...{ code: { text: '心理' } },
    },
  ]
  const read: Resource = {
    ...{ resourceType: 'Observation', id: 'tinglin-d14', status: 'final', subject },
    ...{ code: loinc, valueQuantity: { value: 6.1 } },
  }
  await file(...unread, read)
  for (const { resourceType, id } of unread)
    t.equal(await statusOf(`${resourceType}/${id}`), 200, 'nothing is denied')
  const denials = [
    { securityLabel: [{ system: actCode, code: 'PSY' }] },
    { code: [coded('http://hl7.org/fhir/sid/icd-10', 'B20')] },
  ]
  for (const denial of denials) {
    await agree({ provision: [{ type: 'deny', ...denial }] })
    for (const record of unread) await isHidden(t, record)
    t.equal(await statusOf('Observation/tinglin-d14'), 200, 'codes say all of it')
  }
})
