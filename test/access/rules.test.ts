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
  t.match(rules.consent, [
    {
      kind: 'P',
      ...{ parent: null, counts: true, codes: null, labels: null, dateLow: null, instances: null },
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
  const cases: readonly (readonly [provision: object, element: string])[] = [
    [{ securityLabel: [{ code: 'UNHEARD' }] }, 'securityLabel[0]'],
    [{ provision: [{ actor: [] }] }, 'provision[0].type'],
    [{ actor: [recipient('Organization/d2', 'CST')] }, 'actor[0].reference'],
    [{ actor: [recipient('Organization/no6', 'WIT')] }, 'actor[0].role'],
    [{ actor: [{ role: { coding: [{ code: 'IRCP' }] } }] }, 'actor[0].reference'],
    [{ class: [{ code: 'Unknown' }] }, 'class[0]'],
    [{ purpose: [{ code: 'FUN' }] }, 'purpose[0]'],
    [{ code: [{ text: 'x' }] }, 'code[0]'],
    [{ action: [{ coding: [{ code: 'dance' }] }] }, 'action[0]'],
    [{ data: [{ meaning: 'related', reference: patient }] }, 'data[0].reference'],
    [{ data: [{ meaning: 'instance', reference: { display: 'x' } }] }, 'data[0].reference'],
    [{ modifierExtension: [{ url: 'http://x.test' }] }, 'modifierExtension'],
  ]
  for (const [provision, element] of cases) {
    const { rules, issues } = rulesOf(consent({ type: 'permit', ...provision }))
    t.strictSame(
      issues.map(({ expression }) => expression),
      [`Consent.provision.${element}`],
    )
    t.strictSame(rules.consent, [], `${element}: rules nothing meanwhile`)
  }
  t.strictSame(refused(consent({ type: 'permit' }, { patient: { display: 'someone' } })), [
    'Consent.patient',
  ])
})

t.test('a tree is at most three provisions deep', async t => {
  const tree = (depth: number): object => ({
    type: depth % 2 === 0 ? 'permit' : 'deny',
    ...(depth === 0 ? {} : { provision: [tree(depth - 1)] }),
  })
  t.strictSame(
    rulesOf(consent(tree(2))).rules.consent.map(({ kind, parent }) => [kind, parent]),
    [
      ['P', null],
      ['D', 0],
      ['P', 1],
    ],
  )
  t.strictSame(refused(consent(tree(3))), [
    'Consent.provision.provision[0].provision[0].provision[0]',
  ])
})

t.test(
  'the policy rule decides where the root has no type, and is the base where they differ',
  async t => {
    const optOut = { policyRule: { coding: [{ code: 'OPTOUT' }] } }
    const optIn = { policyRule: { coding: [{ code: 'OPTIN' }] } }
    const tree = (provision: unknown, more = {}) =>
      rulesOf(consent(provision, more)).rules.consent.map(({ kind, parent, optIn }) => [
        ...[kind, parent, !optIn],
      ])
    t.strictSame(tree(undefined, optOut), [['D', null, true]])
    t.strictSame(tree(undefined, optIn), [['P', null, false]], 'names no recipient')
    t.strictSame(tree(undefined), [], 'says nothing')
    t.strictSame(
      tree({ actor: [recipient('Organization/no6')] }),
      [['D', null, true]],
      'only closes',
    )
    t.strictSame(
      tree({ type: 'permit' }, optOut),
      [
        ['D', null, true],
        ['P', 0, true],
      ],
      'an exception to opting out',
    )
    t.strictSame(
      tree({ type: 'deny' }, optIn),
      [
        ['P', null, false],
        ['D', 0, true],
      ],
      'an exception to opting in',
    )
    t.strictSame(tree({ type: 'permit' }, optIn), [['P', null, true]], 'the same twice')
  },
)

t.test('what is not understood refuses the consent also where the root has no type', async t => {
  t.strictSame(refused(consent({ code: [{ text: 'x' }] })), ['Consent.provision.code[0]'])
  t.strictSame(refused(consent({ provision: [{ type: 'permit' }] })), ['Consent.provision.type'])
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
    t.match(rulesOf(consent({ type: 'permit' }, unverified)).rules.consent, [{ counts: false }])
    t.match(rulesOf(consent({ type: 'deny' }, unverified)).rules.consent, [{ counts: true }])
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
  performer: [{ reference: 'Organization/no6' }],
  authoredOn: '2026-03-01',
  ...more,
})
const gateOf = (more?: Record<string, unknown>) => rulesOf(request(more)).rules.gate

t.test('an active consultation order opens the gate for a month', async t => {
  t.strictSame(gateOf(), {
    patient: keyOf('Patient', 'd1-p1'),
    performers: [keyOf('Organization', 'no6')],
    from: '2026-03-01T00:00:00+08:00',
    to: '2026-03-31T16:00:00.000Z',
  })
})

t.test('people and teams that a consultation names stand before organizations', async t => {
  const performer = ['Organization/no6', 'Practitioner/no6-zhang', 'CareTeam/no6-team'].map(
    reference => ({ reference }),
  )
  t.strictSame(gateOf({ performer })?.performers, [
    keyOf('Practitioner', 'no6-zhang'),
    keyOf('CareTeam', 'no6-team'),
  ])
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
