/** Nothing of a record is read without a permit: it does not compile, which this file proves by compiling. */
import t from 'tap'
import type { Queryable } from '../../src/db/database.ts'
import type { Address } from '../../src/fhir/resource.ts'
import type { Visibility } from '../../src/search/permitted.ts'
import { readEverything } from '../../src/store/everything.ts'
import { readHistoryPage } from '../../src/store/history.ts'
import { readMatches } from '../../src/store/match.ts'
import { readCurrent, readVersion } from '../../src/store/read.ts'
import { searchResources } from '../../src/store/search.ts'
import { readPatients, readTargets } from '../../src/store/targets.ts'

/** What a permit looks like, made by hand. */
interface Forged<T> {
  readonly asked: T
  readonly visibility: Visibility
}
type Asked<Read extends (queryable: Queryable, question: never) => unknown> =
  Parameters<Read>[1] extends { readonly asked: infer Question } ? Question : never

/** Never called: each line must be an error of types, or the compiler refuses this file. */
export const forgeries = (
  queryable: Queryable,
  address: Address,
  forged: Forged<Address>,
): readonly unknown[] => [
  // @ts-expect-error a question alone is no permit
  readCurrent(queryable, address),
  // @ts-expect-error nor is one that looks like a permit
  readCurrent(queryable, forged),
  // @ts-expect-error nor nothing at all
  readCurrent(queryable),
]

/** The same for every way to read. */
export const others = (
  queryable: Queryable,
  forged: {
    readonly version: Forged<Asked<typeof readVersion>>
    readonly search: Forged<Asked<typeof searchResources>>
    readonly history: Forged<Asked<typeof readHistoryPage>>
    readonly everything: Forged<Asked<typeof readEverything>>
    readonly match: Forged<Asked<typeof readMatches>>
    readonly targets: Forged<Asked<typeof readTargets>>
    readonly patients: Forged<Asked<typeof readPatients>>
  },
): readonly unknown[] => [
  // @ts-expect-error made by hand
  readVersion(queryable, forged.version),
  // @ts-expect-error made by hand
  searchResources(queryable, forged.search),
  // @ts-expect-error made by hand
  readHistoryPage(queryable, forged.history),
  // @ts-expect-error made by hand
  readEverything(queryable, forged.everything),
  // @ts-expect-error made by hand
  readMatches(queryable, forged.match),
  // @ts-expect-error made by hand
  readTargets(queryable, forged.targets),
  // @ts-expect-error made by hand
  readPatients(queryable, forged.patients),
]

t.test('every way to read takes a question and nothing else than a permitted one', t => {
  const reads = [readCurrent, readVersion, searchResources, readHistoryPage, readEverything]
  for (const read of [...reads, readMatches, readTargets, readPatients])
    t.ok(read.length >= 2, read.name)
  t.end()
})
