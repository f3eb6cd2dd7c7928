import type { Database } from '../db/database.ts'
import { resourceTypeNumber, resourceTypes } from '../fhir/resource-types.ts'
import { requestReindex } from './reindex-jobs.ts'

/**
 * Tells the database by which value sets of sensitive codes records are labelled from now on. Where it was
 * by others, everything that is stored is gone through anew; until a record has been, it counts as one that
 * may hold more than its labels say.
 * @param mark the fact that records labelled by these sets have
 * @returns whether that is under way
 */
export const adoptLabelSets = (database: Database, mark: bigint): Promise<boolean> =>
  database.transaction(async transaction => {
    const changed = await transaction.query({
      name: 'label-sets-adopt',
      text: `insert into label_sets (mark) values ($1::bigint)
        on conflict (only_row) do update set mark = excluded.mark where label_sets.mark <> excluded.mark
        returning mark`,
      values: [mark],
    })
    if (changed.length === 0) return false
    const stored = await transaction.query({
      name: 'label-sets-stored',
      text: 'select from resource limit 1',
      values: [],
    })
    if (stored.length === 0) return false
    const types = resourceTypes.map(name => resourceTypeNumber(name)!)
    await requestReindex(transaction, { types, by: 'labels', isNew: true })
    return true
  })
