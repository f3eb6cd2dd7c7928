import fc from 'fast-check'
import t from 'tap'
import { resourceTypeNumber } from '../../src/fhir/resource-types.ts'
import { compileRead } from '../../src/search/compile-read.ts'
import { keyOf } from '../../src/search/hash.ts'
import { permit, type Visibility } from '../../src/search/permitted.ts'
import { Store } from './fixture.ts'

/** The access predicate in SQL must say what this plain reading of the rules says, row by row. */

const patients = ['p1', 'p2', 'p3']
const types = ['Observation', 'Condition', 'Medication', 'Location', 'Flag'] as const
const actors = ['Organization/a1', 'Practitioner/a2', 'PractitionerRole/a3']
const purposes = ['TREAT', 'ETREAT', 'HRESCH']
const past = ['-infinity', '2020-01-01'] as const
const ever = ['-infinity', 'infinity'] as const
const future = ['2200-01-01', 'infinity'] as const

const period = fc.oneof(
  { weight: 4, arbitrary: fc.constant(ever) },
  { weight: 1, arbitrary: fc.constant(past) },
  { weight: 1, arbitrary: fc.constant(future) },
)
const owner = fc.integer({ min: 1, max: 3 })
const some = <T>(of: readonly T[]) => fc.subarray([...of], { minLength: 1 })

/** Every recipient, patient and owner together. */
const relations = [1, 2, 3].flatMap(recipient =>
  patients.flatMap(patient => [1, 2, 3].map(of => ({ recipient, patient, owner: of }))),
)

/** A permission for everybody and everything. */
const anything = { kind: 'P' as 'P' | 'D', actors: null, purposes: null, types: null, period: ever }

const rule = fc.record({
  patient: fc.constantFrom(...patients),
  owner,
  kind: fc.constantFrom<('P' | 'D')[]>('P', 'D'),
  actors: fc.option(some(actors), { freq: 2 }),
  purposes: fc.option(some(purposes), { freq: 2 }),
  types: fc.option(some(types), { freq: 2 }),
  period,
})

const worlds = fc.record({
  rows: fc.array(
    fc.record({
      type: fc.constantFrom('Observation' as const, 'Observation' as const, ...types),
      owner,
      patient: fc.option(fc.constantFrom(...patients)),
      others: fc.option(some(patients), { freq: 2 }),
      audience: fc.option(some([1, 2, 3]), { freq: 2 }),
    }),
    { minLength: 8, maxLength: 16 },
  ),
  gates: fc
    .tuple(fc.subarray(relations, { minLength: 20 }), fc.infiniteStream(period))
    .map(([gated, periods]) =>
      gated.map(relation => ({ ...relation, period: periods.next().value as typeof ever })),
    ),
  rules: fc
    .tuple(
      fc.subarray(relations.filter(({ recipient }) => recipient === 1)),
      fc.array(rule, { maxLength: 8 }),
    )
    .map(([open, more]) => [...open.map(relation => ({ ...relation, ...anything })), ...more]),
  organization: owner,
  actors: some(actors),
  purposes: fc.oneof(fc.constant([]), some(purposes), fc.constant(purposes)),
})
type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never
type Row = World['rows'][number]

const overlaps = <T>(allowed: readonly T[] | null, given: readonly T[]): boolean =>
  allowed === null || allowed.some(value => given.includes(value))

const isVisible = (world: World, row: Row): boolean => {
  const named = [
    ...new Set([...(row.patient === null ? [] : [row.patient]), ...(row.others ?? [])]),
  ]
  const live = (kind: 'P' | 'D', patient: string): boolean =>
    world.rules.some(
      rule =>
        rule.kind === kind &&
        rule.patient === patient &&
        rule.owner === row.owner &&
        rule.period === ever &&
        overlaps(rule.actors, world.actors) &&
        overlaps(rule.purposes, world.purposes) &&
        overlaps(rule.types, [row.type]),
    )
  const isGated = (patient: string): boolean =>
    world.gates.some(
      gate =>
        gate.recipient === world.organization &&
        gate.patient === patient &&
        gate.owner === row.owner &&
        gate.period === ever,
    )
  if (row.owner === world.organization || row.type === 'Location') return true
  if (row.type === 'Medication' && named.length === 0) return true
  if (row.type === 'Flag' || world.purposes.length === 0) return false
  const isDisclosed = (patient: string) =>
    isGated(patient) && live('P', patient) && !live('D', patient)
  if (named.length > 0 && named.every(isDisclosed)) return true
  return row.audience?.includes(world.organization) === true && !named.some(p => live('D', p))
}

const patientKey = (id: string): bigint => keyOf('Patient', id)
const actorKey = (actor: string): bigint => keyOf(...(actor.split('/') as [string, string]))
const list = (values: readonly (bigint | number | undefined)[] | undefined): string | null =>
  values === undefined ? null : `{${values.join(',')}}`

const fill = async (store: Store, world: World): Promise<void> => {
  await store.run('truncate resource, consultation_gate, consent_rule')
  for (const [at, { type, owner: of, patient, others, audience }] of world.rows.entries())
    await store.run(
      `insert into resource (key, type, id, version, owner, last_updated, patient, other_patients, audience, tokens, content)
       values ($1, $2, $3, 1, $4, now(), $5, $6, $7, '{}', '')`,
      [
        ...[keyOf(type, `r${at}`), resourceTypeNumber(type), `r${at}`, of],
        ...[patient === null ? null : patientKey(patient), list(others?.map(patientKey))],
        list(audience ?? undefined),
      ],
    )
  for (const [at, gate] of world.gates.entries())
    await store.run('insert into consultation_gate values ($1, $2, $3, $4, $5, $6)', [
      ...[at, gate.recipient, patientKey(gate.patient), gate.owner, ...gate.period],
    ])
  for (const [at, rule] of world.rules.entries())
    await store.run('insert into consent_rule values ($1, 0, $2, $3, $4, $5, $6, $7, $8, $9)', [
      ...[at, patientKey(rule.patient), rule.owner, rule.kind, list(rule.actors?.map(actorKey))],
      ...[rule.purposes, list(rule.types?.map(resourceTypeNumber)), ...rule.period],
    ])
}

/** What a search and reads find, as `Type/id`, next to what they should. */
const compare = async (store: Store, world: World): Promise<[string[], string[]][]> => {
  const visibility: Visibility = { ...world, actors: world.actors.map(actorKey) }
  const named = world.rows.map((row, at) => ({ ...row, id: `r${at}` }))
  const results: [string[], string[]][] = []
  for (const type of types) {
    const expected = named.filter(row => row.type === type && isVisible(world, row))
    results.push([(await store.ids(type, visibility)).sort(), expected.map(({ id }) => id).sort()])
    const total = await store.total(`${type}?_count=1`, visibility)
    results.push([[String(total)], [String(expected.length)]])
    if (type === 'Observation' || type === 'Condition') {
      const found = await store.ids(`${type}?patient=p1`, visibility)
      const ofPatient = expected.filter(({ patient }) => patient === 'p1')
      results.push([found.sort(), ofPatient.map(({ id }) => id).sort()])
    }
  }
  for (const { type, id, ...row } of named) {
    const address = permit({ resourceType: type, id }, visibility)
    const found = (await store.database.query(compileRead(address))).length
    results.push([
      [`${type}/${id} ${found}`],
      [`${type}/${id} ${Number(isVisible(world, { ...row, type }))}`],
    ])
  }
  return results
}

t.test('reads, searches and totals show exactly what the rules allow', async t => {
  const store = await Store.open(t)
  let shownToOthers = 0
  let hidden = 0
  await fc.assert(
    fc.asyncProperty(worlds, async world => {
      await fill(store, world)
      for (const row of world.rows.filter(({ owner: of }) => of !== world.organization))
        if (isVisible(world, row)) shownToOthers++
        else hidden++
      for (const [found, expected] of await compare(store, world))
        if (found.join() !== expected.join())
          throw new Error(`found ${found.join()}, expected ${expected.join()}`)
    }),
    { numRuns: 60 },
  )
  t.ok(shownToOthers > 50, `${shownToOthers} foreign rows shown`)
  t.ok(hidden > 50, `${hidden} hidden`)
})
