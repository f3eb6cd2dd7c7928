/**
 * `$explain-access`: who is told what decides about a record, and what they are told. That the decision is
 * that of real reads, the worked examples hold.
 */
import t, { type Test } from 'tap'
import { explainedOwner } from '../../src/access/explain-grant.ts'
import { grantOf } from '../../src/access/grant.ts'
import type { Principal } from '../../src/access/principal.ts'
import { NotFound } from '../../src/fhir/errors.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { leakAsking } from '../leaks/asking.ts'
import { sameAsAbsent } from '../leaks/absence.ts'
import { aServer, no6, sun, tinglin, wu, zhang, type Caller } from '../server.ts'
import { consentOf, consultationOf } from '../story/papers.ts'

t.setTimeout(120_000)
const { ask } = await aServer(t)
const { file } = leakAsking({ ask })
const patient = 'Patient/tinglin-e1'
const psychiatry = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'PSY' }
const condition = (id: string, code: string): Resource => ({
  ...{ resourceType: 'Condition', id, subject: { reference: patient } },
  code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code }] },
})
const system: Principal = {
  ...{ issuer: 'x', tokenId: 'x', clientId: 'tinglin-ehr', subject: 'x', purpose: 'TREAT' },
  ...{ organization: { number: 1, id: 'tinglin', name: 'x' }, scopes: [], expiresAt: 0 },
}
const specialist = { client: 'no6-app', person: 'Practitioner/no6-zhang', purpose: 'TREAT' }
const body = (asked: Readonly<Record<string, string>>) => ({
  resourceType: 'Parameters',
  parameter: Object.entries(asked).map(([name, valueString]) => ({ name, valueString })),
})
const explain = (asked: Readonly<Record<string, string>>, as: Caller = wu) =>
  ask('POST', '/fhir/$explain-access', { as, body: body(asked) })

interface Reference {
  readonly reference: string
}
interface Part {
  readonly name: string
  readonly part?: readonly Part[]
  readonly [value: string]: unknown
}
/** Names and values of parameters, those with parts as lists. */
const plain = (parts: readonly Part[]): unknown[] =>
  parts.map(({ name, part, ...value }) => {
    if (part !== undefined) return [name, ...plain(part)]
    const [only = ''] = Object.values(value) as (string | number | boolean | Reference)[]
    return `${name} ${typeof only === 'object' ? only.reference : only}`
  })
const told = async (t: Test, asked: Readonly<Record<string, string>>, as?: Caller) => {
  const { status, text, json } = await explain(asked, as)
  t.equal(status, 200, text)
  return plain(json.parameter)
}

t.before(() =>
  file(
    { resourceType: 'Patient', id: 'tinglin-e1' },
    condition('tinglin-e2', 'E11.9'),
    condition('tinglin-e3', 'F32.900'),
    consultationOf('tinglin-e4', patient),
    consentOf('tinglin-e5', patient, {
      provision: [{ type: 'deny', securityLabel: [psychiatry] }],
    }),
  ),
)

t.test('an explanation names the consultation, the consents and the scopes', async t => {
  const open = await told(t, { resource: 'Condition/tinglin-e2', ...specialist })
  t.strictSame(open.slice(0, 8), [
    'decision permit',
    'reason consent',
    'shown redacted',
    'resource Condition/tinglin-e2/_history/1',
    'owner Organization/tinglin',
    'organization Organization/no6',
    'purpose TREAT',
    'scope user/*.cruds',
  ])
  const labels = ['deleted false', 'addressed false', 'confidentiality N', 'screened true']
  t.strictSame(open[8], ['record', ...labels, 'labelled true'])
  t.match(open[9], ['policy', 'default-policy break-glass-only', 'gate required'])
  const consultation = 'consultation ServiceRequest/tinglin-e4/_history/1'
  const consent = (decision: string) => [
    'consent',
    'reference Consent/tinglin-e5/_history/1',
    `decision ${decision}`,
    ...['provision 0', 'provision 1'],
  ]
  const about = (decision: string) => [
    ...['patient', `reference ${patient}`, 'consulted true', consultation],
    ...[`decision ${decision}`, consent(decision)],
  ]
  t.strictSame(open[10], about('permit'))
  const shut = await told(t, { resource: 'Condition/tinglin-e3', ...specialist })
  t.strictSame(shut.slice(0, 2), ['decision deny', 'reason denied'])
  t.match(shut[7], ['record', 'deleted false', 'addressed false', 'confidentiality R'])
  t.strictSame(shut[9], about('deny'))
})

t.test('the reason is what a caller would have to change', async t => {
  const reason = async (asked: Readonly<Record<string, string>>) =>
    (await told(t, { resource: 'Condition/tinglin-e2', ...asked }))[1]
  const person = 'Practitioner/tinglin-wu'
  t.equal(await reason({ client: 'tinglin-app', person, purpose: 'TREAT' }), 'reason own-record')
  t.equal(await reason({ client: 'zhujing-ehr', purpose: 'TREAT' }), 'reason no-consultation')
  t.equal(await reason({ ...specialist, patient: 'tinglin-other' }), 'reason other-patient')
  t.equal(
    await reason({ ...specialist, purpose: 'BTG', patient: 'tinglin-e1' }),
    'reason break-glass-shut',
  )
  const self = { client: 'tinglin-app', person: patient, purpose: 'PATRQT' }
  t.equal(await reason(self), 'reason own-patient')
  await file({ ...consentOf('tinglin-e5', patient), status: 'inactive' })
  t.equal(await reason(specialist), 'reason no-consent')
  const request = await told(t, { resource: 'ServiceRequest/tinglin-e4', ...specialist })
  t.strictSame(request.slice(0, 2), ['decision permit', 'reason addressed'])
  await file(consentOf('tinglin-e5', patient))
})

t.test('who may not know is answered as about a record that does not exist', async t => {
  const ids = ['tinglin-e2', 'tinglin-e9'] as const
  for (const as of [sun, zhang, { ...wu, patient: 'tinglin-e1' }] as const) {
    const answer = await sameAsAbsent(t, ids, id =>
      explain({ resource: `Condition/${id}`, ...specialist }, as),
    )
    t.equal(answer.status, 404)
  }
  t.equal((await explain({ resource: 'Condition/tinglin-e9', ...specialist })).status, 404)
})

t.test(
  'systems and integration engineers have anything explained, in the sandbox alone',
  async t => {
    const asked = { resource: 'Condition/tinglin-e2', ...specialist }
    for (const as of [no6, tinglin]) t.equal((await told(t, asked, as))[0], 'decision permit')
    for (const principal of [
      system,
      { ...system, practitioner: 'tinglin-chen', isIntegrator: true },
    ]) {
      t.equal(explainedOwner(grantOf(principal as Principal), true), null)
      t.throws(() => explainedOwner(grantOf(principal as Principal), false), new NotFound())
    }
    const officer = { ...system, practitioner: 'tinglin-wu', isPrivacyOfficer: true as const }
    t.equal(explainedOwner(grantOf(officer), false), 1, 'an officer: of the own hospital')
  },
)

t.test('an explanation is audited as a look at the record', async t => {
  await explain({ resource: 'Condition/tinglin-e2', ...specialist }, no6)
  const { json } = await ask('GET', '/fhir/AuditEvent?entity=Condition/tinglin-e2', { as: wu })
  const displays = json.entry.map(
    ({ resource }: { resource: { subtype: { display?: string }[] } }) =>
      resource.subtype[0]?.display,
  )
  t.ok(displays.includes('$explain-access'))
})

t.test('what cannot be asked like this is refused', async t => {
  const asked = { resource: 'Condition/tinglin-e2', ...specialist }
  for (const wrong of [
    { ...asked, resource: 'Condition' },
    { ...asked, resource: 'Nothing/x' },
    { ...asked, person: 'Device/x' },
    { ...asked, more: 'x' },
    { client: 'no6-app', purpose: 'TREAT' },
  ]) {
    const { status, json } = await explain(wrong as typeof asked)
    t.equal(status, 400)
    t.equal(json.issue[0].details.coding[0].code, 'operation-parameter')
  }
  for (const nobody of [
    { client: 'no6-none', purpose: 'TREAT' },
    { client: 'no6-app', purpose: 'TREAT' },
    { ...specialist, person: 'Practitioner/tinglin-wu' },
    { ...specialist, purpose: 'BTG' },
    { ...specialist, purpose: 'NOTHING' },
  ]) {
    const { status, json } = await explain({ resource: asked.resource, ...nobody })
    t.equal(status, 400)
    t.equal(json.issue[0].details.coding[0].code, 'explain-principal')
  }
})
