import type { Queryable } from '../db/database.ts'
import { raiseIndexGeneration } from './search-parameters.ts'

/** Going through what was stored by an earlier index generation. */
export interface ReindexJob {
  readonly number: bigint
  /** Numbers of fhir/resource-types.ts, in the order they are gone through. */
  readonly types: readonly number[]
  readonly generation: number
  /** Everything anew, superseded versions too; otherwise only what a parameter adds. */
  readonly whole: boolean
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  readonly requested: string
  readonly ended: string | null
  /** Resources and versions looked at, and stored anew. */
  readonly seen: bigint
  readonly written: bigint
  /** The first that could not be indexed, as `Type/id`; then the job fails. */
  readonly refused: readonly string[]
  /** How many will be looked at, as estimated at the beginning. */
  readonly expected: bigint
}

/** What is asked for: everything of some types, or what one parameter adds to them. */
export interface ReindexRequest {
  readonly types: readonly number[]
  /** That of the parameter; absent: everything anew. */
  readonly generation?: number
  /** Who asks. */
  readonly by: string
  /** An open job that does the same does not do, as what it has gone through must be done again. */
  readonly isNew?: true
}

const shownColumns =
  'number, types, generation, whole, state, requested, ended, seen, written, refused, expected'

/** Jobs that are shown at most, the newest first. */
const jobsShownMax = 20

export const readJobs = (queryable: Queryable): Promise<ReindexJob[]> =>
  queryable.query<ReindexJob>({
    name: 'reindex-jobs',
    text: `select ${shownColumns} from reindex_job order by number desc limit ${jobsShownMax}`,
    values: [],
  })

/** Undefined when there is no such job. */
export const readJob = async (
  queryable: Queryable,
  number: bigint,
): Promise<ReindexJob | undefined> => {
  const [job] = await queryable.query<ReindexJob>({
    name: 'reindex-job',
    text: `select ${shownColumns} from reindex_job where number = $1`,
    values: [number],
  })
  return job
}

/** Whether a job is waiting or under way. */
export const hasOpenJobs = async (queryable: Queryable): Promise<boolean> => {
  const rows = await queryable.query({
    name: 'reindex-jobs-open',
    text: `select from reindex_job where state in ('waiting', 'running') limit 1`,
    values: [],
  })
  return rows.length > 0
}

/**
 * Asks for a job. One that is open and does the same is given in its place. Everything anew begins a
 * new index generation, so what other processes write meanwhile is by that one.
 */
export const requestReindex = async (
  transaction: Queryable,
  { types, generation, by, isNew }: ReindexRequest,
): Promise<ReindexJob> => {
  const whole = generation === undefined
  await transaction.query({
    name: 'reindex-request-lock',
    text: 'select from index_generation for update',
    values: [],
  })
  const [open] = await transaction.query<ReindexJob>({
    name: 'reindex-same',
    text: `select ${shownColumns} from reindex_job
      where state in ('waiting', 'running') and types = $1::smallint[] and whole = $2
        and ($2 or generation = $3)`,
    values: [types, whole, generation ?? 0],
  })
  if (open !== undefined && isNew !== true) return open
  const [job] = await transaction.query<ReindexJob>({
    name: 'reindex-request',
    text: `insert into reindex_job (types, generation, whole, requested, requested_by, expected)
      values ($1::smallint[], $2, $3, now(), $4, ${expectedText}) returning ${shownColumns}`,
    values: [types, generation ?? (await raiseIndexGeneration(transaction)), whole, by, countedMax],
  })
  return job!
}

/** Resources counted to know how long a job will take; of more the table's statistics tell. */
const countedMax = 200_000

const expectedText = `(select case when count(*) < $5 then count(*) else greatest(count(*),
    (select reltuples::bigint from pg_class where oid = 'resource'::regclass)) end
    from (select from resource where type = any($1::smallint[]) limit $5) r)
  + case when $3 then (select count(*) from (
    select from resource_version where type = any($1::smallint[]) limit $5) v) else 0 end`
