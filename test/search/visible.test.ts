import t from 'tap'
import { keyOf } from '../../src/search/hash.ts'
import type { Visibility } from '../../src/search/permitted.ts'
import { no6, seenBy, tinglin, zhujing } from './fixture.ts'
import { li, observation, Records, wang, type Rule } from './records.ts'

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
