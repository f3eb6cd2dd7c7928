import type { Queryable } from '../db/database.ts'
import { arrayLiteral } from '../db/array-literal.ts'

/**
 * Which organization keeps each of these Patients; null for those nobody keeps. Of use for the audit
 * trail alone: no answer holds it.
 */
export const ownersOf = async (
  queryable: Queryable,
  patients: readonly bigint[],
): Promise<ReadonlyMap<number | null, readonly bigint[]>> => {
  const rows = await queryable.query<{ owner: number | null; patients: bigint[] }>({
    name: 'audit-owners',
    text: `select r.owner, array_agg(p.key) as patients
from unnest($1::bigint[]) p(key) left join resource r on r.key = p.key group by r.owner`,
    values: [arrayLiteral(patients)],
  })
  return new Map(rows.map(({ owner, patients: keys }) => [owner, keys]))
}
