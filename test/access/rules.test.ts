/** What consents and consultation requests say about access. @see https://hl7.org/fhir/R4/consent.html */
import t from 'tap'
import { accessRulesOf, type RulesContext } from '../../src/access/rules.ts'
import { resourceTypeNumber } from '../../src/fhir/resource-types.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { keyOf } from '../../src/search/hash.ts'

const context: RulesContext = {
  organizationId: 'd1',
  baseUrl: 'http://huizhen.test',
  zoneOffset: '+08:00',
  now: '2026-03-01T00:00:00.000Z',
}
const scope = { coding: [{ code: 'patient-privacy' }] }
const patient = { reference: 'Patient/d1-p1' }
const recipient = (reference: string, role = 'IRCP') => ({
  role: { coding: [{ code: role }] },
  reference: { reference },
})
const consent = (provision: unknown, more = {}): Resource => ({
  resourceType: 'Consent',
  id: 'd1-c1',
  status: 'active',
  scope,
  patient,
  ...(provision === undefined ? {} : { provision }),
  ...more,
})
const rulesOf = (resource: Resource) => accessRulesOf(resource, context)
const refused = (resource: Resource) => rulesOf(resource).issues.map(({ expression }) => expression)

t.test('a permit names its recipients, purposes and classes, within its period', async t => {
  const { rules, issues } = rulesOf(
    consent({
      type: 'permit',
      actor: [recipient('Organization/no6')],
      purpose: [{ code: 'TREAT' }],
      class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Observation' }],
      period: { start: '2026-01-01', end: '2026-12-31' },
    }),
  )
  t.strictSame(issues, [])
  t.strictSame(rules.consent, [
    {
      kind: 'P',
      actors: [keyOf('Organization', 'no6')],
      purposes: ['TREAT'],
      types: [resourceTypeNumber('Observation')],
      from: '2026-01-01T00:00:00+08:00',
      to: '2027-01-01T00:00:00+08:00',
      patient: keyOf('Patient', 'd1-p1'),
    },
  ])
})

t.test('absent constraints mean any', async t => {
  const [rule] = rulesOf(consent({ type: 'deny' })).rules.consent
  t.match(rule, {
    kind: 'D',
    actors: null,
    purposes: null,
    types: null,
    from: '-infinity',
    to: 'infinity',
  })
})

t.test('a consent that is not active, or of another scope, rules nothing', async t => {
  for (const more of [
    { status: 'inactive' },
    { status: 'draft' },
    { scope: { coding: [{ code: 'research' }] } },
  ])
    t.strictSame(rulesOf(consent({ type: 'permit', data: [] }, more)), {
      rules: { key: keyOf('Consent', 'd1-c1'), gate: null, consent: [], memberships: [] },
      issues: [],
    })
})

t.test('what is not enforced exactly is refused, naming the element', async t => {
  t.strictSame(refused(consent({ type: 'permit', securityLabel: [{ code: 'R' }] })), [
    'Consent.provision.securityLabel',
  ])
  t.strictSame(refused(consent({ type: 'permit', provision: [{ type: 'deny' }] })), [
    'Consent.provision.provision',
  ])
  t.strictSame(refused(consent({ type: 'permit', dataPeriod: {} })), [
    'Consent.provision.dataPeriod',
  ])
  t.strictSame(
    refused(consent({ type: 'permit', actor: [recipient('Organization/no6', 'CST')] })),
    ['Consent.provision.actor[0].role'],
  )
  t.strictSame(refused(consent({ type: 'permit', class: [{ code: 'Unknown' }] })), [
    'Consent.provision.class[0]',
  ])
  t.strictSame(refused(consent({ type: 'permit' }, { patient: { display: 'someone' } })), [
    'Consent.patient',
  ])
  t.strictSame(
    rulesOf(consent({ type: 'permit', code: [{ text: 'x' }] })).rules.consent,
    [],
    'and rules nothing meanwhile',
  )
})

t.test('the policy rule decides where the root has no type', async t => {
  const optOut = { policyRule: { coding: [{ code: 'OPTOUT' }] } }
  const optIn = { policyRule: { coding: [{ code: 'OPTIN' }] } }
  t.equal(rulesOf(consent(undefined, optOut)).rules.consent[0]?.kind, 'D')
  t.strictSame(rulesOf(consent(undefined, optIn)).rules.consent, [], 'names no recipient')
  t.strictSame(rulesOf(consent(undefined)).rules.consent, [], 'says nothing')
  t.equal(
    rulesOf(consent({ actor: [recipient('Organization/no6')] })).rules.consent[0]?.kind,
    'D',
    'may only close',
  )
  t.strictSame(refused(consent({ type: 'permit' }, optOut)), ['Consent.policyRule'])
})

t.test('what is not compiled refuses the consent also where the root has no type', async t => {
  const optIn = { policyRule: { coding: [{ code: 'OPTIN' }] } }
  const data = [{ meaning: 'related', reference: { reference: 'Task/d1-t' } }]
  t.strictSame(refused(consent({ data }, optIn)), ['Consent.provision.data'])
  t.strictSame(refused(consent({ provision: [{ type: 'permit' }] }, optIn)), [
    'Consent.provision.provision',
  ])
})

t.test(
  'an action that is not reading gives no rule; an unverified permit does not count, a deny does',
  async t => {
    t.strictSame(
      rulesOf(consent({ type: 'permit', action: [{ coding: [{ code: 'collect' }] }] })).rules
        .consent,
      [],
    )
    const unverified = { verification: [{ verified: false }] }
    t.strictSame(rulesOf(consent({ type: 'permit' }, unverified)).rules.consent, [])
    t.equal(rulesOf(consent({ type: 'deny' }, unverified)).rules.consent.length, 1)
  },
)

t.test('only the own organization and its departments may be custodians', async t => {
  const custodian = (reference: string) =>
    consent({ type: 'permit' }, { organization: [{ reference }] })
  t.equal(rulesOf(custodian('Organization/d1')).rules.consent.length, 1)
  t.equal(rulesOf(custodian('Organization/d1-ward3')).rules.consent.length, 1)
  t.throws(() => rulesOf(custodian('Organization/d2')), { message: 'consent-custodian' })
  t.throws(() => rulesOf(custodian('Organization/d11')), { message: 'consent-custodian' })
})

const request = (more: Record<string, unknown> = {}): Resource => ({
  resourceType: 'ServiceRequest',
  id: 'd1-sr1',
  status: 'active',
  intent: 'order',
  category: [{ coding: [{ code: '11429006' }] }],
  subject: patient,
  authoredOn: '2026-03-01',
  ...more,
})
const gateOf = (more?: Record<string, unknown>) => rulesOf(request(more)).rules.gate

t.test('an active consultation order opens the gate for a month', async t => {
  t.strictSame(gateOf(), {
    patient: keyOf('Patient', 'd1-p1'),
    from: '2026-03-01T00:00:00+08:00',
    to: '2026-03-31T16:00:00.000Z',
  })
})

t.test('the occurrence decides when there is one', async t => {
  t.match(gateOf({ occurrencePeriod: { start: '2026-02-01', end: '2026-02-03' } }), {
    from: '2026-02-01T00:00:00+08:00',
    to: '2026-02-04T00:00:00+08:00',
  })
  t.match(gateOf({ occurrenceDateTime: '2026-04-01' }), { to: '2026-05-01T16:00:00.000Z' })
})

t.test('anything less than an active consultation order about a patient opens nothing', async t => {
  for (const more of [
    { status: 'revoked' },
    { status: 'completed' },
    { status: 'draft' },
    { intent: 'proposal' },
    { doNotPerform: true },
    { category: [{ text: 'laboratory' }] },
    { subject: { reference: 'Group/g' } },
    { subject: { display: 'someone' } },
  ])
    t.equal(gateOf(more), null, JSON.stringify(more))
  t.not(gateOf({ category: undefined, code: { text: '远程会诊' } }), null)
})

t.test('a practitioner acts in its active roles and their organization', async t => {
  const role = (more = {}): Resource => ({
    resourceType: 'PractitionerRole',
    id: 'no6-r',
    practitioner: { reference: 'Practitioner/no6-zhang' },
    organization: { reference: 'Organization/no6-cardiology' },
    ...more,
  })
  t.strictSame(
    rulesOf(role()).rules.memberships.map(({ member, actor }) => [member, actor]),
    [
      [keyOf('Practitioner', 'no6-zhang'), keyOf('PractitionerRole', 'no6-r')],
      [keyOf('Practitioner', 'no6-zhang'), keyOf('Organization', 'no6-cardiology')],
    ],
  )
  t.strictSame(rulesOf(role({ active: false })).rules.memberships, [])
})
