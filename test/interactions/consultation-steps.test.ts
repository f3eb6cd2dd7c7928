/**
 * Every state of a consultation, every state it could be taken to, and everybody who could try. The
 * table is written down here once more, on its own.
 */
import t from 'tap'
import { aServer, zhujing } from '../server.ts'
import { consultationsOn, parties, type Role } from './consultations.ts'

t.setTimeout(240_000)
const server = await aServer(t)
const { step, reach, stateOf } = consultationsOn(server)

const asking: readonly Role[] = ['inviting-person', 'inviting-system']
const asked: readonly Role[] = ['invited-person', 'invited-system', 'expert']
const people: readonly Role[] = ['invited-person', 'expert']
const expert: readonly Role[] = ['expert']
const all: readonly Role[] = [...asking, ...asked]

/** From each state: where to, and for whom. Before acceptance nobody is named as an expert yet. */
const table: Readonly<Record<string, Readonly<Record<string, readonly Role[]>>>> = {
  draft: {
    requested: asking,
    cancelled: asking,
    withdrawn: asking,
    'entered-in-error': asking,
  },
  requested: {
    triage: asked,
    rejected: asked,
    cancelled: asking,
    withdrawn: asking,
    'entered-in-error': asking,
  },
  triage: {
    'info-requested': asked,
    accepted: people,
    rejected: asked,
    cancelled: asking,
    withdrawn: asking,
    'entered-in-error': asking,
  },
  // To go back to triage something has to be added first, see consultation.test.ts.
  'info-requested': { cancelled: asking, withdrawn: asking, 'entered-in-error': asking },
  accepted: {
    scheduled: all,
    'in-progress': expert,
    cancelled: [...asking, ...people],
    withdrawn: asking,
    'entered-in-error': asking,
  },
  scheduled: {
    'in-progress': expert,
    cancelled: [...asking, ...people],
    withdrawn: asking,
    failed: ['inviting-person', ...people],
    'entered-in-error': asking,
  },
  'in-progress': {
    reporting: expert,
    withdrawn: asking,
    failed: ['inviting-person', ...people],
  },
  reporting: { completed: expert, withdrawn: asking },
  completed: { acknowledged: asking },
  acknowledged: { completed: expert },
  rejected: {},
  cancelled: {},
  withdrawn: {},
  failed: {},
  'entered-in-error': {},
}
const states = Object.keys(table)

for (const from of states)
  t.test(`from ${from} nobody takes a step that is not theirs`, async t => {
    const id = `no-${from}`
    await reach(id, from)
    let tried = 0
    for (const to of states)
      for (const role of Object.keys(parties) as Role[]) {
        if (to === from || table[from]![to]?.includes(role)) continue
        const { status, json } = await step(id, role, to)
        tried++
        const code = json.issue?.[0].details.coding[0].code
        const expected =
          from === 'info-requested' && to === 'triage' && asking.includes(role)
            ? 'consultation-newer'
            : 'consultation-step'
        t.strictSame([status, code], [422, expected], `${role} to ${to}`)
      }
    const allowed = Object.values(table[from]!).reduce((sum, roles) => sum + roles.length, 0)
    t.equal(tried, (states.length - 1) * 5 - allowed)
    t.equal(await stateOf(id), from)
  })

for (const [from, targets] of Object.entries(table))
  t.test(`from ${from} every step that is there can be taken by everybody it is for`, async t => {
    for (const [to, roles] of Object.entries(targets))
      for (const role of roles) {
        const id = `${from}-${to}-${role}`
        await reach(id, from)
        const { status, json } = await step(id, role, to)
        t.equal(status, 200, `${role} to ${to}: ${json.issue?.[0].diagnostics ?? ''}`)
        t.equal(json.businessStatus.coding[0].code, to)
        const again = await step(id, role, to)
        t.equal(again.status, 200, 'the same again changes nothing')
      }
    t.end()
  })

t.test('a hospital that takes no part meets no Task', async t => {
  await reach('foreign', 'requested')
  const path = '/fhir/Task/tinglin-foreign-task/$transition'
  const body = {
    resourceType: 'Parameters',
    parameter: [{ name: 'state', valueCode: 'triage' }],
  }
  const hidden = await server.ask('POST', path, { as: zhujing, body })
  const absent = await server.ask('POST', path.replace('foreign', 'absent'), { as: zhujing, body })
  t.equal(hidden.status, 404)
  t.equal(hidden.text, absent.text)
})
