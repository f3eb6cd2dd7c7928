import type { Queryable } from '../db/database.ts'
import type { ReindexJob } from './reindex-jobs.ts'
import type { RowPlace } from './reindex-rows.ts'
import type { VersionPlace } from './reindex-versions.ts'

/** A job that this transaction works on, with the place it has got to. */
export interface ClaimedJob extends ReindexJob {
  /** Transactions to wait for; null before anybody looked. */
  readonly fence: readonly string[] | null
  readonly atType: number | null
  readonly atUpdated: string | null
  readonly atKey: bigint | null
  /** Set once the resources are done and the job is among superseded versions. */
  readonly atVersion: number | null
}

/**
 * The oldest open job that no other process works on, held until the transaction ends: a process that
 * dies lets it go with its connection. Undefined when there is none.
 */
export const claimJob = async (transaction: Queryable): Promise<ClaimedJob | undefined> => {
  const [job] = await transaction.query<ClaimedJob>({
    name: 'reindex-claim',
    text: `select number, types, generation, whole, state, requested, ended, seen, written, refused, expected,
        fence, at_type as "atType", at_updated as "atUpdated", at_key as "atKey", at_version as "atVersion"
      from reindex_job where state in ('waiting', 'running') order by number limit 1 for update skip locked`,
    values: [],
  })
  return job
}

/**
 * Whether every write that may not have heard of the job's generation has ended. Asked first, it notes
 * the transactions that are writing to `resource`; then it waits for those alone. A statement locks the
 * table before it takes its snapshot, so one that begins later sees the generation, and is refused if it
 * was made by an earlier one. Nobody waits for the job.
 * @see https://www.postgresql.org/docs/current/view-pg-locks.html
 */
export const isFencePassed = async (
  transaction: Queryable,
  { number, fence }: ClaimedJob,
): Promise<boolean> => {
  if (fence?.length === 0) return true
  const [row] = await transaction.query<{ left: number }>({
    name: fence === null ? 'reindex-fence' : 'reindex-fence-again',
    text: `update reindex_job set state = 'running', started = coalesce(started, now()), fence = array(
        select distinct virtualtransaction from pg_locks
        where locktype = 'relation' and relation = 'resource'::regclass and mode = 'RowExclusiveLock' and granted
          and database = (select oid from pg_database where datname = current_database())
          and pid <> pg_backend_pid()
          ${fence === null ? '' : 'and virtualtransaction = any($2::text[])'})
      where number = $1 returning cardinality(fence) as left`,
    values: fence === null ? [number] : [number, fence],
  })
  return row?.left === 0
}

/** What one batch did. */
export interface BatchOutcome {
  readonly seen: number
  readonly written: number
  readonly refused: readonly string[]
}

/** Addresses of refused resources that are kept. */
const refusedKeptMax = 20

/** Where a job goes on after a batch. */
export type JobPlace =
  | ({ readonly of: 'rows'; readonly type: number } & RowPlace)
  | ({ readonly of: 'versions' } & VersionPlace)

/** Keeps the place of a job, in the transaction that has got there. */
export const advanceJob = async (
  transaction: Queryable,
  number: bigint,
  place: JobPlace,
  { seen, written, refused }: BatchOutcome,
): Promise<void> => {
  const [type, updated, key, version] =
    place.of === 'rows'
      ? [place.type, place.updated, place.key, null]
      : [null, null, place.key, place.version]
  await transaction.query({
    name: 'reindex-advance',
    text: `update reindex_job set at_type = $2, at_updated = $3, at_key = $4, at_version = $5,
        seen = seen + $6, written = written + $7, refused = (refused || $8::text[])[:${refusedKeptMax}]
      where number = $1`,
    values: [number, type, updated, key, version, seen, written, refused],
  })
}

/**
 * Ends a job. Parameters it was for are ready with this commit, unless something could not be indexed:
 * then searches by them would be incomplete.
 * @param types the names of the job's types
 */
export const endJob = async (
  transaction: Queryable,
  { number, generation }: ReindexJob,
  types: readonly string[],
): Promise<void> => {
  await transaction.query({
    name: 'reindex-end',
    text: `with ended as (
        update reindex_job set ended = now(), state = case when refused = '{}' then 'done' else 'failed' end
        where number = $1 returning state
      )
      update search_parameter set ready = true
      where not ready and generation <= $2 and base <@ $3::text[] and (select state from ended) = 'done'`,
    values: [number, generation, types],
  })
}
