import type { Statement } from '../db/database.ts'
import { limits } from '../fhir/limits.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values } from './statement-text.ts'

/** A Patient that, at one or more removes, was replaced by `surviving`. */
export interface MergedRow {
  readonly surviving: bigint
  readonly key: bigint
}

/**
 * The Patients that were replaced by those that a permitted question names, as `MergedRow`s, at most
 * `limits.mergedPatientsMax`. A merge counts only while both are of one tenant. It tells which records
 * to look among; whether they are seen is decided for each row by its own patient.
 */
export const compileMerged = (
  _question: Permitted<unknown>,
  patients: readonly bigint[],
): Statement => {
  const values = new Values()
  const named = values.bigints(patients)
  const text = `with recursive found(surviving, key) as (
  select m.surviving, m.merged from patient_merge m
    join resource s on s.key = m.surviving and s.owner = m.owner
  where m.surviving = any(${named})
  union
  select f.surviving, m.merged from found f
    join patient_merge m on m.surviving = f.key
    join resource s on s.key = m.surviving and s.owner = m.owner
)
select surviving, key from found limit ${values.integer(limits.mergedPatientsMax)}`
  return statement('merged', text, values)
}
