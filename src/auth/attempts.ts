import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** Seconds failed attempts count, from the last one on. */
export const attemptSeconds = 900
/** Failures in a row after which nothing more is tried for that time. */
export const failuresMax = { account: 5, code: 5, address: 50 } as const

/** What an attempt is counted for: the name that was typed, a person's second factor, where it came from. */
export interface Tried {
  readonly of: keyof typeof failuresMax
  readonly who: string
}

/** Failed attempts to sign in, counted by all processes together. */
export interface Attempts {
  /**
   * Counts an attempt as failed before it is made, so that many at the same moment are not one. False
   * when there were too many already; then it must not be made.
   */
  begin(tried: readonly Tried[]): Promise<boolean>
  /**
   * It did not fail: nothing is counted for the account any more. An address loses this attempt alone:
   * who knows one password must not begin anew with those of others.
   */
  succeed(tried: readonly Tried[]): Promise<void>
}

/** Rows one clean-up removes at most, and attempts between two clean-ups of one process. */
const rowsPerCleanUpMax = 1000
const attemptsPerCleanUp = 20

/** @param kysely of the database; a name that nobody has is counted as any other */
export const createAttempts = (kysely: Kysely<Tables>): Attempts => {
  let begun = 0
  return {
    async begin(tried) {
      if (++begun % attemptsPerCleanUp === 0) await removeOld(kysely)
      const counts = await Promise.all(tried.map(one => count(kysely, keyOf(one))))
      return tried.every(({ of }, index) => counts[index]! <= failuresMax[of])
    },
    async succeed(tried) {
      const [addresses, others] = [tried.filter(isAddress), tried.filter(one => !isAddress(one))]
      if (others.length > 0)
        await kysely.deleteFrom('attempt').where('key', 'in', others.map(keyOf)).execute()
      if (addresses.length > 0)
        await kysely
          .updateTable('attempt')
          .set({ failures: sql<number>`greatest(failures - 1, 0)` })
          .where('key', 'in', addresses.map(keyOf))
          .execute()
    },
  }
}

const isAddress = ({ of }: Tried): boolean => of === 'address'

/** Names and addresses are not kept, only what tells them apart. */
const keyOf = ({ of, who }: Tried): string =>
  createHash('sha256').update(`${of} ${who}`).digest('base64url')

/** Failures in a row, this one included. While nothing more is tried the time does not start anew. */
const count = async (kysely: Kysely<Tables>, key: string): Promise<number> => {
  const until = sql<string>`now() + make_interval(secs => ${attemptSeconds})`
  const row = await kysely
    .insertInto('attempt')
    .values({ key, failures: 1, until })
    .onConflict(conflict =>
      conflict.column('key').doUpdateSet({
        failures: sql<number>`case when attempt.until <= now() then 1
          else least(attempt.failures + 1, 1000) end`,
        until: sql<string>`case when attempt.until > now()
          and attempt.failures >= ${Math.min(...Object.values(failuresMax))} then attempt.until
          else excluded.until end`,
      }),
    )
    .returning('failures')
    .executeTakeFirstOrThrow()
  return row.failures
}

const removeOld = async (kysely: Kysely<Tables>): Promise<void> => {
  await sql`delete from attempt where ctid = any (array(
    select ctid from attempt where until <= now()
    limit ${rowsPerCleanUpMax} for update skip locked))`.execute(kysely)
}
