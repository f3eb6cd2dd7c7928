import type { Queryable } from '../db/database.ts'
import { compileSearch, type Position } from '../search/compile.ts'
import type { Permitted } from '../search/permitted.ts'
import type { SearchQuery } from '../search/tree.ts'

/** How PostgreSQL answers one search. */
export interface Explanation {
  /** Its name is under which it is prepared; its text has no value in it. */
  readonly statement: { readonly name: string; readonly text: string }
  /** As PostgreSQL writes it, with the time each step took; it may hold values of the search. */
  readonly plan: string
  /** Milliseconds PostgreSQL took to plan it, and to run it. */
  readonly planning: number
  readonly execution: number
}

/**
 * Runs a search for the sake of its plan, under the same access predicate; what it finds is thrown away.
 * The plan tells how many rows were passed over, also those that the caller may not see: it is for
 * operators and for the sandbox.
 */
export const explainSearch = async (
  queryable: Queryable,
  query: Permitted<SearchQuery>,
  position?: Position,
): Promise<Explanation> => {
  const { name, text, values } = compileSearch(query, position)
  const rows = await queryable.query<{ 'QUERY PLAN': string }>({
    name: '',
    text: `explain (analyze, buffers) ${text}`,
    values,
  })
  const plan = rows.map(row => row['QUERY PLAN']).join('\n')
  const milliseconds = (step: string): number =>
    Number(new RegExp(`^${step} Time: ([0-9.]+) ms`, 'm').exec(plan)?.[1] ?? 0)
  return {
    ...{ statement: { name, text }, plan },
    ...{ planning: milliseconds('Planning'), execution: milliseconds('Execution') },
  }
}
