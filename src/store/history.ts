import {
  compileHistory,
  type HistoryPosition,
  type HistoryQuestion,
  type HistoryRow,
} from '../search/compile-history.ts'
import type { Permitted } from '../search/permitted.ts'
import type { Queryable } from './queryable.ts'
import { versionOf } from './read.ts'
import type { HistoryVersion } from './rows.ts'

/** One page of a history. */
export interface HistoryPage {
  readonly versions: readonly HistoryVersion[]
  /** How many versions all pages have together; undefined when the question did not want to know. */
  readonly total: number | undefined
  /** Patients of other hospitals' versions that the total tells of. */
  readonly countedPatients: readonly bigint[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: HistoryPosition | undefined
  /** False when the resource asked about is absent or hidden. */
  readonly isFound: boolean
}

/** The versions after `position`, from one statement and so of one moment. */
export const readHistoryPage = async (
  queryable: Queryable,
  query: Permitted<HistoryQuestion>,
  position?: HistoryPosition,
): Promise<HistoryPage> => {
  const rows = await queryable.query<HistoryRow>(compileHistory(query, position))
  const versions = rows.filter(({ mode }) => mode === 'version')
  const summary = rows.find(({ mode }) => mode === 'total')
  const { count } = query.asked
  const shown = versions.slice(0, count)
  const last = shown.at(-1)
  return {
    versions: shown.map(row => ({
      ...versionOf(row, row.deleted),
      method: row.method,
      isBroughtBack: row.brought_back,
    })),
    total: summary?.total ?? undefined,
    countedPatients: summary?.counted_patients ?? [],
    next:
      versions.length > count && last !== undefined
        ? [last.last_updated, String(last.key), String(last.version)]
        : undefined,
    isFound: summary?.found === true,
  }
}
