import {
  compileEverything,
  type EverythingPosition,
  type EverythingQuestion,
  type EverythingRow,
} from '../search/compile-everything.ts'
import type { Permitted } from '../search/permitted.ts'
import type { Queryable } from './queryable.ts'
import { keyOf } from '../search/hash.ts'
import { readMerged } from './patient-merge.ts'
import { versionOf } from './read.ts'
import type { ResourceVersion } from './rows.ts'

/** One page of a patient's record. */
export interface EverythingPage {
  readonly patient: ResourceVersion
  readonly members: readonly ResourceVersion[]
  /** The Patient and all members of all pages. */
  readonly total: number
  /** Where the next page begins; undefined on the last one. */
  readonly next: EverythingPosition | undefined
}

/**
 * One page after `position`, from one statement; undefined when the Patient is absent or hidden. Where
 * the Patient has replaced others, a second statement gives their records, too.
 */
export const readEverything = async (
  queryable: Queryable,
  question: Permitted<EverythingQuestion>,
  position?: EverythingPosition,
): Promise<EverythingPage | undefined> => {
  let rows = await queryable.query<EverythingRow>(compileEverything(question, position))
  if (rows.some(({ mode }) => mode === 'merged')) {
    const merged = await readMerged(queryable, question, [
      keyOf('Patient', question.asked.patientId),
    ])
    const keys = [...merged.values()].flat()
    rows = await queryable.query<EverythingRow>(compileEverything(question, position, keys))
  }
  const patient = rows.find(({ mode }) => mode === 'patient')
  if (patient === undefined) return undefined
  const members = rows.filter(({ mode }) => mode === 'member')
  const { count } = question.asked
  const shown = members.slice(0, count)
  const last = shown.at(-1)
  return {
    patient: versionOf(patient),
    members: shown.map(row => versionOf(row)),
    total: rows.find(({ mode }) => mode === 'total')?.total ?? 0,
    next:
      members.length > count && last !== undefined
        ? [String(last.type), last.date_low, String(last.key)]
        : undefined,
  }
}
