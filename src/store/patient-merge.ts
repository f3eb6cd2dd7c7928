import type { Queryable } from '../db/database.ts'
import { compileMerged, type MergedRow } from '../search/compile-merged.ts'
import type { MergedPatients } from '../search/merged-patients.ts'
import type { Permitted } from '../search/permitted.ts'

/** By which Patients one was replaced, as it says itself; none: by none any more. */
export interface PatientMerge {
  readonly merged: bigint
  readonly surviving: readonly bigint[]
}

/** Replaces what Patients said about it before, in the transaction that writes them, after their rows. */
export const replaceMerges = async (
  transaction: Queryable,
  merges: readonly PatientMerge[],
): Promise<void> => {
  if (merges.length === 0) return
  await transaction.query({
    name: 'patient-merges-gone',
    text: 'delete from patient_merge where merged = any($1::bigint[])',
    values: [merges.map(({ merged }) => merged)],
  })
  const pairs = merges.flatMap(({ merged, surviving }) => surviving.map(key => [merged, key]))
  if (pairs.length === 0) return
  await transaction.query({
    name: 'patient-merges',
    text: `insert into patient_merge (merged, surviving, owner)
      select r.key, m.surviving, r.owner
      from unnest($1::bigint[], $2::bigint[]) as m(merged, surviving) join resource r on r.key = m.merged
      on conflict do nothing`,
    values: [pairs.map(([merged]) => merged), pairs.map(([, surviving]) => surviving)],
  })
}

/** The merged Patients of those that a permitted question names. One statement, by the index `patient_merge_surviving`. */
export const readMerged = async (
  queryable: Queryable,
  question: Permitted<unknown>,
  patients: readonly bigint[],
): Promise<MergedPatients> => {
  const rows = await queryable.query<MergedRow>(compileMerged(question, patients))
  const merged = new Map<bigint, bigint[]>()
  for (const { surviving, key } of rows) {
    const keys = merged.get(surviving)
    if (keys === undefined) merged.set(surviving, [key])
    else keys.push(key)
  }
  return merged
}
