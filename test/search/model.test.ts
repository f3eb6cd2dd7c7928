import fc from 'fast-check'
import t from 'tap'
import { Store, no6, seenBy, tinglin, zhujing } from './fixture.ts'
import { evaluate, mutants, type Asking, type Mutant, type Row } from './evaluator/evaluate.ts'
import { queries } from './evaluator/queries.ts'
import { words, worlds, type World } from './evaluator/world.ts'
import { resourceTypeNumber } from '../../src/fhir/resource-types.ts'
import { keyOf } from '../../src/search/hash.ts'

/**
 * What SQL finds must be what a plain reading of R4 finds, for random resources of several hospitals,
 * random callers and random searches. `HUIZHEN_MODEL_SEARCHES` sets how many searches are compared.
 */
const searchesMax = Number(process.env['HUIZHEN_MODEL_SEARCHES'] ?? 4000)
const searchesPerWorld = 500
const seed = Number(process.env['HUIZHEN_MODEL_SEED'] ?? 20_261_124)

/** Milliseconds a search is given when the machine has other work; tap ends a test after half a minute by itself. */
const searchMillisecondsMax = 100
const testMillisecondsMax = 60_000 + searchesMax * searchMillisecondsMax
t.setTimeout(testMillisecondsMax)

const callers = [tinglin, tinglin, no6, no6, zhujing] as const

const fill = async (store: Store, { rows, open, limited }: World): Promise<void> => {
  await store.run(
    'truncate resource, resource_text, shared_text, search_string, search_date, search_quantity, consent_rule, consultation_gate',
  )
  for (const { resource, owner } of rows) await store.put(resource, { owner })
  for (const [at, patient] of open.entries()) {
    const key = keyOf('Patient', patient)
    await store.run(
      `insert into consultation_gate values ($1, $2, $3, $4, '-infinity', 'infinity')`,
      [...[at, no6, key, tinglin]],
    )
    await store.run(
      `insert into consent_rule values ($1, 0, $2, $3, 'P', null, null, null, '-infinity', 'infinity')`,
      [at, key, tinglin],
    )
    // What is denied is not there, and makes what is there be told in part.
    if (limited.includes(patient))
      await store.run(
        `insert into consent_rule values ($1, 1, $2, $3, 'D', null, null, $4, '-infinity', 'infinity')`,
        [at, key, tinglin, `{${resourceTypeNumber('Flag')}}`],
      )
  }
}

/** Whether a resource is of a patient, or names one. */
const names = ({ resource }: Row, id: string): boolean =>
  (resource.resourceType === 'Patient' && resource.id === id) ||
  JSON.stringify(resource).includes(`"Patient/${id}"`)

const shared = new Set(['Organization', 'ValueSet'])

/** Every patient a resource names must be open, and one must be named. */
const isDisclosed = ({ resource, owner }: Row, { open }: World): boolean => {
  if (owner !== tinglin) return false
  const text = JSON.stringify(resource)
  const named = words.patients.filter(id => text.includes(`"Patient/${id}"`))
  if (resource.resourceType === 'Patient') named.push(resource.id!)
  return (
    named.length > 0 && !text.includes('"type":"Patient"') && named.every(id => open.includes(id))
  )
}

const askingAs = (caller: number, world: World): Asking => ({
  rows: world.rows,
  isOwn: ({ owner }) => owner === caller,
  isWhole: row =>
    row.owner === caller || !world.limited.some(id => world.open.includes(id) && names(row, id)),
  isVisible: row =>
    row.owner === caller ||
    shared.has(row.resource.resourceType) ||
    (caller === no6 && isDisclosed(row, world)),
})

t.test('random searches find what the specification says, for every caller', async t => {
  t.setTimeout(testMillisecondsMax)
  const store = await Store.open(t)
  const survivors = new Set<Mutant>(mutants)
  let compared = 0
  let found = 0
  for (let at = 0; compared < searchesMax; at++) {
    const [world] = fc.sample(worlds, { numRuns: 1, seed: seed + at }) as [World]
    await fill(store, world)
    const asked = fc.tuple(queries, fc.constantFrom(...callers))
    await fc.assert(
      fc.asyncProperty(asked, async ([search, caller]) => {
        const page = await store.page(`${search}&_count=1000`, seenBy(caller))
        const ids = page.matches
        const asking = askingAs(caller, world)
        const expected = evaluate(search, asking)
        compared++
        found += expected.length
        const isSame = ids.sort().join() === expected.join()
        if (!isSame)
          throw new Error(`${search} as ${caller}: ${ids.join()} instead of ${expected.join()}`)
        if (page.total !== ids.length) throw new Error(`${search}: another total`)
        for (const mutant of survivors)
          if (evaluate(search, { ...asking, mutant }).join() !== expected.join())
            survivors.delete(mutant)
      }),
      { numRuns: searchesPerWorld, seed: seed + at },
    )
  }
  t.ok(found > compared / 2, `${compared} searches found ${found} resources in all`)
  t.same([...survivors], [], 'every rule that is left out would be noticed')
})
