import type { Queryable } from '../db/database.ts'
import { compileSearch, type Position, type SearchRow } from '../search/compile.ts'
import { patientsNamed } from '../search/merged-patients.ts'
import type { Permitted } from '../search/permitted.ts'
import type { SearchQuery } from '../search/tree.ts'
import { TooCostly } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { readMerged } from './patient-merge.ts'
import { versionOf } from './read.ts'
import type { ResourceVersion } from './rows.ts'

/** One page of a search. */
export interface Page {
  readonly matches: readonly ResourceVersion[]
  readonly included: readonly ResourceVersion[]
  /** How many resources match in all; undefined when the search did not want to know. */
  readonly total: number | undefined
  /** Patients of other hospitals' records that only the total tells of. */
  readonly countedPatients: readonly bigint[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: Position | undefined
}

/**
 * One page after `position`, from one statement and so of one moment; a second one when a Patient it
 * names has replaced another, whose records are then among the matches.
 * @throws TooCostly when more is included than one answer may hold
 */
export const searchResources = async (
  queryable: Queryable,
  query: Permitted<SearchQuery>,
  position?: Position,
): Promise<Page> => {
  let rows = await queryable.query<SearchRow>(compileSearch(query, position))
  if (rows.some(({ mode }) => mode === 'merged')) {
    const merged = await readMerged(queryable, query, patientsNamed(query.asked.criteria))
    rows = await queryable.query<SearchRow>(compileSearch(query, position, merged))
  }
  const matches = rows.filter(({ mode }) => mode === 'match')
  const included = rows.filter(({ mode }) => mode === 'include')
  if (included.length > limits.includedResourcesMax)
    throw new TooCostly('search-includes-too-many', { limit: limits.includedResourcesMax })
  const counted = rows.find(({ mode }) => mode === 'total')
  const { count } = query.asked
  const shown = matches.slice(0, count)
  const last = shown.at(-1)
  return {
    matches: shown.map(row => versionOf(row)),
    included: included.map(row => versionOf(row)),
    total: counted?.total ?? undefined,
    countedPatients: counted?.counted_patients ?? [],
    next: matches.length > count && last !== undefined ? positionOf(last.sort) : undefined,
  }
}

/** The position a row carries. */
const positionOf = (text: string | null): Position | undefined =>
  text === null ? undefined : (JSON.parse(text) as Position)
