import type { Queryable } from '../db/database.ts'

/** Locks on one name each that a transaction takes; beyond it, it takes the whole of its tenant. */
const locksMax = 500

/**
 * Holds `keys` until the transaction ends, so that of two writers who look for the same thing the
 * second one finds what the first one wrote. Keys are taken in order, so that two writers cannot wait
 * for each other. `gate` is the name of everything of one tenant: shared by writers of a few keys,
 * held alone by writers of more than `locksMax`, because the lock table of PostgreSQL is bounded.
 *
 * Statements sent after this one, even in the same write, see what earlier holders have committed.
 * @see https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export const lockKeys = async (
  transaction: Queryable,
  gate: bigint,
  keys: Iterable<bigint>,
): Promise<void> => {
  const distinct = [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1))
  if (distinct.length > locksMax)
    await transaction.query({
      name: 'lock-gate',
      text: 'select pg_advisory_xact_lock($1::bigint)',
      values: [gate],
    })
  else if (distinct.length > 0)
    await transaction.query({
      name: 'lock-keys',
      text: `select pg_advisory_xact_lock_shared($1::bigint)
        union all select pg_advisory_xact_lock(key) from unnest($2::bigint[]) as key`,
      values: [gate, `{${distinct.join(',')}}`],
    })
}
