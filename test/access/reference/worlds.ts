import fc from 'fast-check'
import type { Caller, Filed, Gate, Glass, Policy } from './evaluator.ts'

/** Random records, consents and callers, as FHIR JSON. Every construct a consent may use occurs. */

const actReason = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const icd10 = 'http://hl7.org/fhir/sid/icd-10'
const loinc = 'http://loinc.org'
const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const profile = 'http://example.org/StructureDefinition/lab'

const pick = <T>(...of: readonly T[]) => fc.constantFrom(...of)
/** Absent one time in `one`. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>, one: number) =>
  fc.option(arbitrary, { nil: undefined, freq: one })
/** Absent `times` as often as present. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, times: number) =>
  fc.oneof({ weight: times, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
const some = <T>(...of: readonly T[]) => fc.subarray([...of], { minLength: 1, maxLength: 2 })

const patients = ['Patient/p1', 'Patient/p2']
const owner = pick('tinglin', 'tinglin', 'tinglin', 'zhujing')
const reference = (to: string) => ({ reference: to })
const makers = ['Practitioner/tinglin-wang', 'Practitioner/tinglin-zhao']
const encounters = ['Encounter/r0', 'Encounter/r1']

const coding = pick(
  { system: icd10, code: 'B20' },
  { system: icd10, code: 'B20.1' },
  { system: icd10, code: 'F32.900' },
  { system: icd10, code: 'E11.9' },
  { system: loinc, code: '4548-4' },
)
/** What a provision names: mostly categories, of which records have kinds. */
const namedCoding = fc.oneof(
  coding,
  pick('B20', 'F32', 'E11').map(code => ({ system: icd10, code })),
)
const label = (...more: string[]) =>
  pick('L', 'N', 'R', 'V', 'PSY', 'HIV', 'ETHUD', ...more).map(code => ({
    system: code.length === 1 ? confidentiality : actCode,
    code,
  }))
const day = pick('2021-03-01', '2022-06-15', '2023-01-01', '2023-12-31', '2024-05-05')
const stay = fc
  .tuple(day, day)
  .map(([a, b]) => (a < b ? { start: a, end: b } : { start: b, end: a }))

const record = (at: number, type: string): fc.Arbitrary<Filed> =>
  fc
    .record({
      owner,
      subject: pick('Patient/p1', 'Patient/p1', 'Patient/p2'),
      other: rarely(pick(...patients), 6),
      code: fc.oneof(
        { weight: 6, arbitrary: coding.map(one => ({ coding: [one] })) },
        { weight: 1, arbitrary: fc.constant({ text: '不详' }) },
      ),
      day: mostly(day, 4),
      stay: mostly(stay, 4),
      encounter: mostly(pick(...encounters), 2),
      maker: mostly(pick(...makers), 2),
      security: fc.array(label(), { maxLength: 2 }),
      isProfiled: fc.boolean(),
      isLabelledBefore: fc.nat(7).map(number => number === 0),
    })
    .map(made => ({
      ...{ owner: made.owner, isLabelledBefore: made.isLabelledBefore },
      json: recordJson(`r${at}`, type, made),
    }))

// oxlint-disable-next-line no-explicit-any -- what a record is made of
const recordJson = (id: string, resourceType: string, made: any) => {
  const maker = made.maker === undefined ? undefined : reference(made.maker)
  const common = {
    ...{ resourceType, id, subject: reference(made.subject) },
    meta: { security: made.security, ...(made.isProfiled ? { profile: [profile] } : {}) },
    ...(made.other === undefined ? {} : { extension: [{ valueReference: reference(made.other) }] }),
  }
  const encounter = made.encounter === undefined ? {} : { encounter: reference(made.encounter) }
  switch (resourceType) {
    case 'Encounter':
      return { ...common, ...(made.stay === undefined ? {} : { period: made.stay }) }
    case 'Observation':
      return {
        ...{ ...common, code: made.code, ...encounter },
        ...(maker === undefined ? {} : { performer: [maker] }),
        ...(made.day === undefined ? {} : { effectiveDateTime: made.day }),
      }
    case 'Condition':
      return {
        ...{ ...common, code: made.code, ...encounter },
        ...(maker === undefined ? {} : { recorder: maker }),
        ...(made.day === undefined ? {} : { onsetDateTime: made.day }),
      }
    case 'Procedure':
      return {
        ...{ ...common, code: made.code, ...encounter },
        ...(maker === undefined ? {} : { performer: [{ actor: maker }] }),
        ...(made.day === undefined ? {} : { performedDateTime: made.day }),
      }
    default:
      return { ...common, ...(maker === undefined ? {} : { author: [maker] }) }
  }
}

const recordTypes = ['Observation', 'Condition', 'Procedure', 'DocumentReference', 'Encounter']
const recordsMax = 80

/** The first two are the encounters that others refer to. */
export const records: fc.Arbitrary<Filed[]> = fc.tuple(
  ...Array.from({ length: recordsMax }, (_, at) =>
    record(at, at < 2 ? 'Encounter' : recordTypes[at % recordTypes.length]!),
  ),
)

const role = (code: string) => ({ coding: [{ code }] })
const actors = fc.oneof(
  {
    weight: 4,
    arbitrary: some('Organization/no6', 'Practitioner/no6-zhang', 'Practitioner/no6-li'),
  },
  { weight: 1, arbitrary: fc.constant(['Organization/zhujing']) },
)
const named = fc
  .tuple(mostly(actors, 3), rarely(pick(...makers), 8))
  .map(([recipients, author]) => [
    ...(recipients ?? []).map(one => ({ role: role('IRCP'), reference: reference(one) })),
    ...(author === undefined ? [] : [{ role: role('AUT'), reference: reference(author) }]),
  ])
const dataEntry = fc.oneof(
  pick('instance', 'related', 'related', 'dependents').chain(meaning =>
    pick(...encounters, ...encounters, 'Observation/r5', 'Condition/r6').map(to => ({
      meaning,
      reference: reference(to),
    })),
  ),
  pick(...makers).map(to => ({ meaning: 'authoredby', reference: reference(to) })),
)
const window = pick(
  { start: '2022-01-01', end: '2023-06-30' },
  { start: '2023-01-01' },
  { end: '2023-12-31' },
)
const expired = pick({ start: '2020-01-01' }, { end: '2020-01-01' }, { start: '2200-01-01' })
const without = <T extends object>(value: T): T =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([, one]) => one !== undefined && (!Array.isArray(one) || one.length > 0),
    ),
  ) as T

/** Every constraint, each absent `rarity` times more often than present. */
const constraintKinds = (rarity: number) =>
  ({
    actor: named,
    purpose: rarely(
      some('TREAT', 'ETREAT', 'BTG', 'HRESCH').map(all =>
        all.map(code => ({ system: actReason, code })),
      ),
      rarity,
    ),
    class: rarely(
      some('Observation', 'Condition', 'Encounter', profile).map(all =>
        all.map(code =>
          code === profile
            ? { system: 'urn:ietf:rfc:3986', code }
            : { system: 'http://hl7.org/fhir/resource-types', code },
        ),
      ),
      rarity,
    ),
    code: rarely(
      namedCoding.map(one => [{ coding: [one] }]),
      rarity,
    ),
    securityLabel: rarely(fc.array(label('ETH'), { minLength: 1, maxLength: 2 }), rarity),
    dataPeriod: rarely(window, rarity),
    data: rarely(fc.array(dataEntry, { minLength: 1, maxLength: 2 }), rarity),
    period: rarely(expired, rarity),
  }) as const
const constraints = (rarity: number) => fc.record(constraintKinds(rarity))
/** One constraint alone: what a fault in it does is not hidden by others. */
const single = fc
  .constantFrom(...Object.entries(constraintKinds(0)))
  .chain(([name, value]) => (value as fc.Arbitrary<unknown>).map(one => without({ [name]: one })))

const type = pick('permit', 'deny')
const tree = (depth: number): fc.Arbitrary<object> =>
  fc
    .record({
      type,
      constraints: constraints(3),
      provision: depth === 3 ? fc.constant([]) : fc.array(tree(depth + 1), { maxLength: 2 }),
    })
    .map(node => without({ type: node.type, ...node.constraints, provision: node.provision }))

const root = fc
  .record({
    type: fc.oneof({ weight: 5, arbitrary: pick('permit') }, { weight: 2, arbitrary: type }),
    constraints: constraints(8),
    provision: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      fc.array(tree(2), { maxLength: 2 }),
    ),
    isTypeless: fc.nat(12).map(number => number === 0),
  })
  .map(({ isTypeless, ...node }) =>
    without({
      type: isTypeless && node.provision.length === 0 ? undefined : node.type,
      ...node.constraints,
      provision: node.provision,
    }),
  )

/** Small trees whose every node has one constraint. */
const small = fc.tuple(single, single).chain(([one, other]) =>
  pick<object>(
    { type: 'permit', ...one },
    { type: 'permit', provision: [{ type: 'deny', ...one }] },
    {
      ...{ type: 'permit', purpose: [{ system: actReason, code: 'ETREAT' }] },
      provision: [{ type: 'deny', ...one }],
    },
    {
      type: 'permit',
      provision: [{ type: 'deny', ...one, provision: [{ type: 'permit', ...other }] }],
    },
    { type: 'deny', provision: [{ type: 'permit', ...one }] },
    { type: 'deny', ...one },
  ),
)

const policyRule = (code: string) => ({ coding: [{ code }] })

const consent = fc
  .record({
    owner,
    patient: pick(...patients, 'Patient/p1'),
    provision: root,
    policy: rarely(pick('OPTIN', 'OPTIN', 'OPTOUT'), 3),
    status: pick('active', 'active', 'active', 'active', 'inactive'),
    isUnverified: fc.nat(8).map(number => number === 0),
  })
  .map(({ owner: by, patient, provision, policy, status, isUnverified }) => ({
    owner: by,
    json: {
      ...{ resourceType: 'Consent', status, provision, patient: reference(patient) },
      scope: { coding: [{ code: 'patient-privacy' }] },
      ...(policy === undefined ? {} : { policyRule: policyRule(policy) }),
      ...(isUnverified ? { verification: [{ verified: false }] } : {}),
    },
  }))

const open = {
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ code: 'patient-privacy' }] },
}
/** Something to take away from: without a plain permit most worlds show nothing. */
const plain = fc.subarray(
  patients.map(patient => ({
    owner: 'tinglin',
    json: { ...open, patient: reference(patient), provision: { type: 'permit' } },
  })),
)

/** One small consent for each patient of each owner, so that none hides what another does. */
const alone = fc.tuple(
  ...patients.flatMap(patient =>
    ['tinglin', 'zhujing'].map(by =>
      fc.tuple(small, fc.nat(5)).map(([provision, number]) => ({
        owner: by,
        json: {
          ...open,
          ...{ patient: reference(patient), provision },
          ...(number === 0 ? { verification: [{ verified: false }] } : {}),
          ...(number === 1 ? { policyRule: policyRule('OPTIN'), provision: {} } : {}),
          ...(number === 2 ? { policyRule: policyRule('OPTOUT') } : {}),
        },
      })),
    ),
  ),
)

/** Consents, numbered. */
export const consents: fc.Arbitrary<Filed[]> = fc
  .oneof(
    fc.tuple(plain, fc.array(consent, { minLength: 1, maxLength: 3 })).map(lists => lists.flat()),
    alone,
  )
  .map(list =>
    list.map(({ owner: by, json }, at) => ({ owner: by, json: { ...json, id: `c${at}` } })),
  )

const pairs = ['tinglin', 'zhujing'].flatMap(of =>
  patients.map(patient => ({ patient, owner: of })),
)

/** Most of the consultations there can be; some are over, some name people. */
export const gates: fc.Arbitrary<Gate[]> = fc
  .subarray(
    ['no6', 'zhujing'].flatMap(recipient => pairs.map(pair => ({ recipient, ...pair }))),
    { minLength: 6 },
  )
  .chain(opened =>
    fc.tuple(
      ...opened.map(gate =>
        fc
          .record({
            performer: pick(`Organization/${gate.recipient}`, 'Practitioner/no6-zhang'),
            isOver: fc.nat(5).map(number => number === 0),
          })
          .map(({ performer, isOver }) => ({ ...gate, performers: [performer], isOver })),
      ),
    ),
  )

const policy: fc.Arbitrary<Policy> = fc.record({
  defaultPolicy: pick('break-glass-only', 'break-glass-only', 'deny'),
  gate: pick('required', 'required', 'required', 'off'),
  gatePrecision: pick('organization', 'organization', 'practitioner'),
  honorsOptIn: fc.nat(3).map(number => number === 0),
  graceDays: pick(0, 5),
})

/** What owners have decided; rarely nothing. */
export const policies: fc.Arbitrary<Readonly<Record<string, Policy | undefined>>> = fc.record({
  tinglin: mostly(policy, 8),
  zhujing: mostly(policy, 8),
})

/** What Dr Zhang has opened in an emergency. */
export const glasses: fc.Arbitrary<Glass[]> = fc.subarray(pairs).chain(opened =>
  fc.tuple(
    ...opened.map(pair =>
      pick('open', 'open', 'open', 'over', 'disputed').map((state): Glass => ({
        person: 'Practitioner/no6-zhang',
        ...pair,
        state: state as Glass['state'],
      })),
    ),
  ),
)

const no6 = (person?: string) => ({
  organization: 'no6',
  actors: ['Organization/no6', ...(person === undefined ? [] : [`Practitioner/${person}`])],
})
export const callers: readonly Caller[] = [
  { ...no6('no6-zhang'), purpose: 'TREAT' },
  { ...no6('no6-li'), purpose: 'TREAT' },
  { ...no6('no6-zhang'), purpose: 'ETREAT' },
  { ...no6(), purpose: 'TREAT' },
  { organization: 'zhujing', actors: ['Organization/zhujing'], purpose: 'TREAT' },
  { ...no6('no6-zhang'), purpose: 'BTG', confined: { by: 'glass', patient: 'Patient/p1' } },
  { ...no6('no6-li'), purpose: 'BTG', confined: { by: 'glass', patient: 'Patient/p1' } },
  { ...no6('no6-zhang'), purpose: 'TREAT', confined: { by: 'context', patient: 'Patient/p1' } },
  ...['tinglin', 'zhujing'].map((organization): Caller => ({
    ...{ organization, actors: [`Organization/${organization}`], purpose: 'PATRQT' },
    confined: { by: 'self', patient: 'Patient/p1' },
  })),
]
