import type { Statement } from '../db/database.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { codingHash, parameterHash, token } from './hash.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values } from './statement-text.ts'
import { Guard } from './visible.ts'

/** Which of the caller's own Patients have these identifiers. */
export interface PatientQuestion {
  readonly tokens: readonly bigint[]
}

/** The caller's own Patient with the identifier of `token`. */
export interface PatientRow {
  readonly token: bigint
  readonly id: string
  /** Another Patient has replaced it. */
  readonly merged: boolean
}

/** Rows per identifier: the second one only says that it is not exact. */
const patientsPerIdentifierMax = 2

/** How the index names an identifier of a Patient. */
export const identifierToken = (system: string | undefined, value: string): bigint =>
  token(parameterHash('Patient', 'identifier'), codingHash(system, value))

/**
 * Up to two Patients of the caller's own for each identifier, one that was not replaced first, as
 * `PatientRow`s. One statement for all identifiers; each is found by the index `resource_tokens`.
 */
export const compilePatients = ({ asked, visibility }: Permitted<PatientQuestion>): Statement => {
  const values = new Values()
  const guard = new Guard(visibility, values)
  const text = `select w.token, p.id, p.merged
from unnest(${values.bigints(asked.tokens)}) w(token) cross join lateral (
  select r.id, exists (select from patient_merge m where m.merged = r.key) as merged
  from (select * from resource f where f.tokens @> array[w.token] and not f.deleted offset 0) r
  where r.type = ${values.smallint(resourceTypeNumber('Patient')!)} and ${guard.ownVisible('r', ['Patient'])}
  order by merged limit ${patientsPerIdentifierMax}
) p`
  return statement('patients', text, values)
}
