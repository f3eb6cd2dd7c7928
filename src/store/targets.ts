import type { Queryable } from '../db/database.ts'
import {
  compilePatients,
  type PatientQuestion,
  type PatientRow,
} from '../search/compile-patients.ts'
import { compileTargets, type TargetQuestion } from '../search/compile-targets.ts'
import type { Permitted } from '../search/permitted.ts'

/** The keys of those resources that exist and are visible. One statement, by the primary key of `resource`. */
export const readTargets = async (
  queryable: Queryable,
  question: Permitted<TargetQuestion>,
): Promise<ReadonlySet<bigint>> => {
  const rows = await queryable.query<{ readonly key: bigint }>(compileTargets(question))
  return new Set(rows.map(({ key }) => key))
}

/** Own Patients by identifier, up to two for each. One statement, by the index `resource_tokens`. */
export const readPatients = (
  queryable: Queryable,
  question: Permitted<PatientQuestion>,
): Promise<PatientRow[]> => queryable.query<PatientRow>(compilePatients(question))
