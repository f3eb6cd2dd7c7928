import fc from 'fast-check'
import t from 'tap'
import { no6, seenBy, statementFor, tinglin, zhujing, type Store } from './fixture.ts'
import { observation, Records, wang, li, type Rule } from './records.ts'

/** Totals counted by groups of alike rows are those of rows counted one by one. */

const categories = ['laboratory', 'vital-signs', 'imaging', undefined] as const

/** Observations of Wang in every mixture of owner, category, patients, audience and confidentiality. */
const fill = async (store: Store): Promise<void> => {
  const mixtures = [tinglin, no6].flatMap(owner =>
    categories.flatMap(category =>
      ['', 'focus', 'audience', 'secret', 'old'].map(kind => ({ owner, category, kind })),
    ),
  )
  for (const [at, { owner, category, kind }] of mixtures.entries())
    for (const copy of [0, 1])
      await store.put(
        observation(`m${at}-${copy}`, {
          ...(category === undefined ? {} : { category: [{ coding: [coded(category)] }] }),
          ...(kind === 'focus' ? { focus: [{ reference: 'Patient/li' }] } : {}),
          ...(kind === 'secret' ? { meta: { security: [veryRestricted] } } : {}),
        }),
        { owner, ...(kind === 'audience' ? { audience: [zhujing] } : {}) },
      )
  await store.put(
    observation('both', { category: [{ coding: [coded('laboratory'), coded('imaging')] }] }),
  )
  // As resources from before categories were noted.
  const old = mixtures.flatMap(({ kind }, at) => (kind === 'old' ? [`m${at}-0`, `m${at}-1`] : []))
  await store.run('update resource set category = 0 where id = any($1::text[])', [
    `{${old.join()}}`,
  ])
}

const coded = (code: string) => ({ system: 'c', code })
const veryRestricted = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  code: 'V',
}

const searches = [
  'Observation?patient=wang',
  'Observation?patient=wang&category=laboratory',
  'Observation?patient=wang&category=c|imaging,c|laboratory',
  'Observation?patient=wang&category=laboratory&category=imaging',
  'Observation?patient=wang&category:not=laboratory',
  'Observation?patient=wang&category=c|',
  'Observation?patient=wang&category=none',
  'Observation?patient=li&category=laboratory',
]

const rules: fc.Arbitrary<readonly Rule[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<('P' | 'D')[]>('P', 'P', 'P', 'D'),
    patient: fc.constantFrom(wang, wang, li),
    owner: fc.constantFrom(tinglin, tinglin, no6),
    types: fc.constantFrom(['Observation'], ['Condition'], ['Observation', 'Patient']),
  }),
  { minLength: 1, maxLength: 4 },
)

/** One of them with a token that is about one patient. */
const callers = [
  ...[tinglin, no6, zhujing].map(caller => ({ caller })),
  { caller: no6, narrowing: { patient: wang, criteria: new Map() } },
]

t.test('a total is the number of matches that can be read, for every caller', async t => {
  const records = await Records.open(t)
  const { store } = records
  await fill(store)
  const totals = new Set<number>()
  const world = fc.record({ rules, isOfCodes: fc.boolean(), gates: fc.subarray([wang, li]) })
  await fc.assert(
    fc.asyncProperty(world, async ({ rules, isOfCodes, gates }) => {
      await records.forgetRules()
      for (const patient of gates) for (const to of [no6, zhujing]) await records.gate(to, patient)
      for (const rule of rules) await records.rule(rule)
      // A provision that asks for a level makes each record be judged on its own.
      if (isOfCodes) await store.run(`update consent_rule set confidentiality = 4 where kind = 'P'`)
      for (const { caller, ...bound } of callers)
        for (const search of searches) {
          const visibility = { ...seenBy(caller), ...bound }
          const shown = await store.page(`${search}&_count=1000`, visibility)
          const counted = await store.page(`${search}&_count=0`, visibility)
          t.equal(counted.total, shown.matches.length, `${search} of ${caller}`)
          const isForeign = (counted.counted_patients ?? []).length > 0
          const { counted_patients: patients } = await store.page(
            `${search}&_count=0&_total=estimate`,
            visibility,
          )
          t.equal(
            isForeign,
            (patients ?? []).length > 0,
            'and the trail hears of the same patients',
          )
          totals.add(counted.total!)
        }
    }),
    { numRuns: 12, seed: 20_261_124 },
  )
  t.ok(totals.size > 12, `${totals.size} different totals were compared`)
})

t.test('what asks for more than a category, or is bounded by a token, is counted by rows', t => {
  const isByGroup = (search: string, narrowing?: object) =>
    statementFor(`${search}&_count=0`, {
      ...seenBy(tinglin),
      ...(narrowing as { readonly narrowing: never }),
    }).text.includes('g.category')
  for (const search of searches) t.equal(isByGroup(search), true, search)
  for (const more of ['code=a', 'category:missing=true', 'category:text=a', 'date=2024', '_id=o'])
    t.equal(isByGroup(`Observation?patient=wang&${more}`), false, more)
  for (const search of ['Observation?category=laboratory', 'Observation?patient=wang,li'])
    t.equal(isByGroup(search), false, search)
  const ofWang = { narrowing: { patient: wang, criteria: new Map() } }
  t.equal(isByGroup(searches[0]!, ofWang), true, 'bounded to the same patient')
  const criterion = { kind: 'all', criteria: [] } as const
  for (const narrowing of [
    { patient: li, criteria: new Map() },
    { criteria: new Map([['Observation', criterion]]) },
  ])
    t.equal(isByGroup(searches[0]!, { narrowing }), false, 'bounded')
  t.end()
})
