import t, { type Test } from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { resourceTypeNumber } from '../../src/fhir/resource-types.ts'
import { compileHistory, compileRead, type HistoryRow } from '../../src/search/compile-read.ts'
import { keyOf } from '../../src/search/hash.ts'
import { permit, type Visibility } from '../../src/search/permitted.ts'
import { no6, seenBy, Store, tinglin, zhujing } from './fixture.ts'

const wang = keyOf('Patient', 'wang')
const li = keyOf('Patient', 'li')

const observation = (id: string, more: object = {}): Resource => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ code: 'A' }] },
  subject: { reference: 'Patient/wang' },
  ...more,
})

interface Rule {
  readonly kind?: 'P' | 'D'
  readonly patient?: bigint
  readonly owner?: number
  readonly actors?: readonly bigint[]
  readonly purposes?: readonly string[]
  readonly types?: readonly string[]
  readonly from?: string
  readonly to?: string
}

/** Records of Tinglin about Wang and Li, and rules about who may see them. */
class Records {
  readonly store: Store
  #ordinal = 0
  constructor(store: Store) {
    this.store = store
  }

  static async open(t: Test): Promise<Records> {
    const records = new Records(await Store.open(t))
    await records.store.put({ resourceType: 'Patient', id: 'wang' })
    await records.store.put({ resourceType: 'Patient', id: 'li' })
    await records.store.put(observation('o'))
    return records
  }

  forgetRules = () => this.store.run('truncate consent_rule, consultation_gate')

  gate = (recipient = no6, patient = wang, from = '-infinity', to = 'infinity') =>
    this.store.run(`insert into consultation_gate values ($1, $2, $3, $4, $5, $6)`, [
      ...[this.#ordinal++, recipient, patient, tinglin, from, to],
    ])

  rule = ({ kind, patient, owner, actors, purposes, types, from, to }: Rule = {}) =>
    this.store.run(`insert into consent_rule values ($1, 0, $2, $3, $4, $5, $6, $7, $8, $9)`, [
      ...[this.#ordinal++, patient ?? wang, owner ?? tinglin, kind ?? 'P'],
      ...[actors ? `{${actors.join(',')}}` : null, purposes ?? null],
      types ? `{${types.map(resourceTypeNumber).join(',')}}` : null,
      ...[from ?? '-infinity', to ?? 'infinity'],
    ])

  membership = (member: string, actor: string, owner = no6) =>
    this.store.run(
      `insert into actor_membership values ($1, $2, $3, $4, '-infinity', 'infinity')`,
      [
        this.#ordinal++,
        owner,
        keyOf(...(member.split('/') as [string, string])),
        keyOf(...(actor.split('/') as [string, string])),
      ],
    )

  /** Whether an Observation is seen: by read, by two searches, and by their totals, all alike. */
  sees = async (t: Test, id: string, visibility: Visibility): Promise<boolean> => {
    const { database } = this.store
    const address = permit({ resourceType: 'Observation', id }, visibility)
    const isRead = (await database.query(compileRead(address))).length === 1
    for (const search of [
      `Observation?_id=${id}`,
      `Observation?_id=${id}&patient=wang,li`,
      `Observation?patient=wang&_id=${id}`,
    ]) {
      const rows = await this.store.rows(search, visibility)
      const isFound = rows.some(row => row.mode === 'match')
      if (!search.includes('patient=wang&')) t.equal(isFound, isRead, `${search} is as read`)
      t.equal(rows.at(-1)?.total, isFound ? 1 : 0, `${search} has the total of what it shows`)
    }
    return isRead
  }
}

t.test('a hospital sees its own records, and no other does without gate and consent', async t => {
  const records = await Records.open(t)
  t.equal(await records.sees(t, 'o', seenBy(tinglin)), true)
  t.equal(await records.sees(t, 'o', { ...seenBy(tinglin), purposes: [] }), true)
  t.equal(await records.sees(t, 'o', seenBy(no6)), false)
  await records.gate()
  t.equal(await records.sees(t, 'o', seenBy(no6)), false, 'a gate without consent')
  await records.rule({ patient: li })
  t.equal(await records.sees(t, 'o', seenBy(no6)), false, 'a consent of somebody else')
  await records.rule({ owner: zhujing })
  t.equal(await records.sees(t, 'o', seenBy(no6)), false, 'a consent for other records')
  await records.rule()
  t.equal(await records.sees(t, 'o', seenBy(no6)), true, 'gate and consent')
  t.equal(await records.sees(t, 'o', seenBy(zhujing)), false, 'a consent without gate')
  t.equal(await records.sees(t, 'o', { ...seenBy(no6), purposes: [] }), false, 'no purpose')
  await records.rule({ kind: 'D' })
  t.equal(await records.sees(t, 'o', seenBy(no6)), false, 'a denial overrides')
})

t.test('gates and rules count only within their period', async t => {
  const periods: readonly (readonly [string, string, boolean])[] = [
    ['-infinity', '2020-01-01', false],
    ['2200-01-01', 'infinity', false],
    ['2020-01-01', '2200-01-01', true],
  ]
  const records = await Records.open(t)
  for (const [from, to, isLive] of periods) {
    await records.forgetRules()
    await records.rule()
    await records.gate(no6, wang, from, to)
    t.equal(await records.sees(t, 'o', seenBy(no6)), isLive, `gate ${from} to ${to}`)
    await records.forgetRules()
    await records.gate()
    await records.rule({ from, to })
    t.equal(await records.sees(t, 'o', seenBy(no6)), isLive, `permit ${from} to ${to}`)
    await records.forgetRules()
    await records.gate()
    await records.rule()
    await records.rule({ kind: 'D', from, to })
    t.equal(await records.sees(t, 'o', seenBy(no6)), !isLive, `deny ${from} to ${to}`)
  }
})

t.test('rules match purpose, type and actor', async t => {
  const zhang = keyOf('Practitioner', 'no6-zhang')
  const organization = keyOf('Organization', 'no6')
  const cases: readonly (readonly [Rule, boolean])[] = [
    [{ purposes: ['TREAT'] }, true],
    [{ purposes: ['HRESCH'] }, false],
    [{ types: ['Observation', 'Patient'] }, true],
    [{ types: ['Condition'] }, false],
    [{ actors: [organization] }, true],
    [{ actors: [zhang] }, true],
    [{ actors: [keyOf('Practitioner', 'no6-li')] }, false],
    [{ actors: [] }, false],
  ]
  const records = await Records.open(t)
  for (const [rule, matches] of cases) {
    await records.forgetRules()
    await records.gate()
    await records.rule(rule)
    const name = JSON.stringify({ ...rule, actors: rule.actors?.map(String) })
    t.equal(await records.sees(t, 'o', seenBy(no6, 'no6-zhang')), matches, `permit ${name}`)
    await records.forgetRules()
    await records.gate()
    await records.rule()
    await records.rule({ ...rule, kind: 'D' })
    t.equal(await records.sees(t, 'o', seenBy(no6, 'no6-zhang')), !matches, `deny ${name}`)
  }
})

t.test('one doctor may be denied what a colleague sees', async t => {
  const records = await Records.open(t)
  await records.gate()
  await records.rule()
  await records.rule({ kind: 'D', actors: [keyOf('Practitioner', 'no6-li')] })
  t.equal(await records.sees(t, 'o', seenBy(no6, 'no6-zhang')), true)
  t.equal(await records.sees(t, 'o', seenBy(no6, 'no6-li')), false)
})

t.test('memberships widen denials always, permissions only within the own tenant', async t => {
  const records = await Records.open(t)
  await records.gate()
  await records.gate(zhujing)
  const role = 'PractitionerRole/cardiology'
  await records.rule({ actors: [keyOf('PractitionerRole', 'cardiology')] })
  const zhang = seenBy(no6, 'no6-zhang')
  t.equal(await records.sees(t, 'o', zhang), false, 'no membership')
  await records.membership('Practitioner/no6-zhang', role)
  t.equal(await records.sees(t, 'o', zhang), false, 'the role is not there')
  await records.store.put({ resourceType: 'PractitionerRole', id: 'cardiology' }, { owner: no6 })
  t.equal(await records.sees(t, 'o', zhang), true, "no6's own role")
  await records.membership('Practitioner/zhujing-x', role, zhujing)
  t.equal(await records.sees(t, 'o', seenBy(zhujing, 'zhujing-x')), false, "another tenant's role")
  await records.rule({ kind: 'D', actors: [keyOf('Organization', 'ward')] })
  await records.membership('Organization/no6', 'Organization/ward', tinglin)
  t.equal(await records.sees(t, 'o', zhang), true, 'what another tenant says of no6 counts nothing')
  await records.membership('Organization/no6', 'Organization/ward')
  t.equal(await records.sees(t, 'o', zhang), false, 'a denied parent, though it is not there')
})

t.test('every patient a record names must be disclosed', async t => {
  const records = await Records.open(t)
  await records.store.put(observation('both', { focus: [{ reference: 'Patient/li' }] }))
  await records.store.put(
    observation('boxed', { contained: [{ resourceType: 'Patient', id: 'p' }] }),
  )
  await records.store.put(observation('nobody', { subject: { reference: 'Group/g' } }))
  await records.gate()
  await records.rule()
  t.equal(await records.sees(t, 'both', seenBy(no6)), false, 'one of two')
  await records.gate(no6, li)
  await records.rule({ patient: li })
  t.equal(await records.sees(t, 'both', seenBy(no6)), true, 'both')
  t.equal(await records.sees(t, 'boxed', seenBy(no6)), false, 'a contained patient')
  t.equal(await records.sees(t, 'nobody', seenBy(no6)), false, 'no patient')
  t.same(await records.store.ids('Observation?subject=Group/g'), ['nobody'])
  await records.rule({ patient: li, kind: 'D' })
  t.equal(await records.sees(t, 'both', seenBy(no6)), false, 'one denies')
  const visit = (id: string) => ({ actor: { reference: `Patient/${id}` }, status: 'accepted' })
  const appointment = { resourceType: 'Appointment', id: 'ap', participant: [visit('wang')] }
  await records.store.put(appointment)
  await records.store.put({ ...appointment, id: 'ap2', participant: [visit('wang'), visit('li')] })
  t.same(await records.store.ids('Appointment?patient=wang', seenBy(no6)), ['ap'])
})

t.test('what is addressed to a hospital is seen by it, unless a patient denies it', async t => {
  const records = await Records.open(t)
  await records.store.put(observation('sent'), { audience: [no6] })
  t.equal(await records.sees(t, 'sent', seenBy(no6)), true)
  t.equal(await records.sees(t, 'sent', seenBy(zhujing)), false)
  t.equal(await records.sees(t, 'sent', { ...seenBy(no6), purposes: [] }), false)
  await records.rule({ kind: 'D', types: ['Condition'] })
  t.equal(await records.sees(t, 'sent', seenBy(no6)), true, 'a denial of another type')
  await records.rule({ kind: 'D' })
  t.equal(await records.sees(t, 'sent', seenBy(no6)), false)
  t.equal(await records.sees(t, 'sent', seenBy(tinglin)), true)
})

t.test('the directory is shared; records of access and wrappers never are', async t => {
  const { store, ...records } = await Records.open(t)
  await records.gate()
  await records.rule()
  const subject = { reference: 'Patient/wang' }
  for (const resource of [
    { resourceType: 'Organization', id: 'x', name: 'X' },
    { resourceType: 'Medication', id: 'x' },
    {
      resourceType: 'Medication',
      id: 'own',
      extension: [{ url: 'u', valueReference: { reference: 'Patient/li' } }],
    },
    { resourceType: 'Condition', id: 'x', subject },
    { resourceType: 'Consent', id: 'x', patient: subject },
    { resourceType: 'Flag', id: 'x', subject },
    { resourceType: 'List', id: 'x', subject },
    { resourceType: 'Provenance', id: 'x', target: [subject] },
  ])
    await store.put(resource, { audience: resource.resourceType === 'Consent' ? [no6] : [] })
  const cases: readonly (readonly [string, Visibility, string])[] = [
    ['Organization', seenBy(no6), 'x'],
    ['Organization', { ...seenBy(zhujing), purposes: [] }, 'x'],
    ['Medication', seenBy(zhujing), 'x'],
    ['Medication', seenBy(tinglin), 'own x'],
    ['Condition', seenBy(no6), 'x'],
    ['Consent', seenBy(no6), ''],
    ['Flag', seenBy(no6), ''],
    ['List', seenBy(no6), ''],
    ['Provenance', seenBy(no6), ''],
    ['Consent', seenBy(tinglin), 'x'],
  ]
  for (const [type, visibility, expected] of cases)
    t.equal((await store.ids(type, visibility)).sort().join(' '), expected, type)
})

t.test('chains, inclusions and reference values tell nothing of what is hidden', async t => {
  const { store, ...records } = await Records.open(t)
  await store.put({ resourceType: 'Patient', id: 'named', name: [{ family: 'Wang' }] })
  await store.put({ resourceType: 'Encounter', id: 'e', subject: { reference: 'Patient/wang' } })
  await store.put(observation('linked', { encounter: { reference: 'Encounter/e' } }))
  await store.put(observation('of-named', { subject: { reference: 'Patient/named' } }))
  const named = keyOf('Patient', 'named')
  for (const patient of [wang, named]) {
    await records.gate(no6, patient)
    await records.rule({ patient, types: ['Observation'] })
  }
  const cases: readonly (readonly [string, string, string])[] = [
    ['Observation?encounter=Encounter/e', 'linked', ''],
    ['Observation?encounter=e', 'linked', ''],
    ['Observation?patient=wang&encounter=Encounter/e', 'linked', ''],
    ['Observation?subject:Patient.family=Wang', 'of-named', ''],
    ['Observation?patient=Patient/named', 'of-named', 'of-named'],
  ]
  for (const [search, own, foreign] of cases) {
    t.same((await store.ids(search)).join(' '), own, search)
    t.same((await store.ids(search, seenBy(no6))).join(' '), foreign, `${search} by no6`)
  }
  const including =
    'Observation?_id=linked&_include=Observation:encounter&_include=Observation:subject'
  t.same(await store.included(including), ['e', 'wang'])
  t.same(await store.included(including, seenBy(no6)), [])
  await records.rule({ types: ['Encounter', 'Patient'] })
  t.same(await store.included(including, seenBy(no6)), ['e', 'wang'])
  t.same(await store.ids('Observation?encounter=Encounter/e', seenBy(no6)), ['linked'])
  t.same(await store.included('Patient?_id=wang&_revinclude=Observation:subject', seenBy(no6)), [
    'linked',
    'o',
  ])
  t.same(
    await store.included('Patient?_id=wang&_revinclude=Encounter:subject', seenBy(zhujing)),
    [],
  )
})

t.test('a version is seen when it and the current one may be', async t => {
  const { store, ...records } = await Records.open(t)
  await store.run('update resource set version = 3 where id = $1', ['o'])
  const past = (version: number, patient: bigint) =>
    store.run(
      `insert into resource_version select key, $1, type, id, owner, false, last_updated, $2, null, null, content
       from resource where id = 'o'`,
      [version, patient],
    )
  await past(1, li)
  await past(2, wang)
  const versions = async (visibility: Visibility, more: object = {}) => {
    const asked = { resourceType: 'Observation', id: 'o', count: 10, ...more }
    const rows = await store.database.query<HistoryRow>(compileHistory(permit(asked, visibility)))
    return rows.map(({ version, total }) => `${version} of ${total}`)
  }
  t.same(await versions(seenBy(tinglin)), ['3 of 3', '2 of 3', '1 of 3'])
  t.same(await versions(seenBy(tinglin), { count: 1, before: 3 }), ['2 of 3'])
  t.same(await versions(seenBy(tinglin), { versionId: 1 }), ['1 of 1'])
  t.same(await versions(seenBy(no6)), [])
  await records.gate()
  await records.rule()
  t.same(await versions(seenBy(no6)), ['3 of 2', '2 of 2'])
  t.same(await versions(seenBy(no6), { versionId: 1 }), [])
  await records.gate(no6, li)
  await records.rule({ patient: li })
  t.same(await versions(seenBy(no6)), ['3 of 3', '2 of 3', '1 of 3'])
  await records.rule({ kind: 'D' })
  t.same(await versions(seenBy(no6)), [], 'what is withdrawn is withdrawn from history')
  t.same(await versions(seenBy(no6), { versionId: 1 }), [])
})
