import type { Queryable } from '../db/database.ts'

/** What waits to be done beside the requests. */
export interface Backlogs {
  /** Seconds since the oldest audit record that no seal covers yet; 0 when all are sealed. */
  readonly unsealedSeconds: number
  /** Reindex jobs that wait or are under way. */
  readonly reindexJobs: number
}

/**
 * Reads the backlogs: of the audit trail the first row after the last seal, by the primary key of its
 * partitions, so that a long backlog costs no more than a short one.
 */
export const readBacklogs = async (queryable: Queryable): Promise<Backlogs> => {
  const [row] = await queryable.query<{ seconds: number | null; jobs: number }>({
    name: 'backlogs',
    text: `select (select extract(epoch from now() - recorded)::float8 from audit_event
    where number > coalesce((select max(last) from audit_seal), 0) order by number limit 1) as seconds,
  (select count(*)::integer from reindex_job where state in ('waiting', 'running')) as jobs`,
    values: [],
  })
  return { unsealedSeconds: Math.max(0, row?.seconds ?? 0), reindexJobs: row?.jobs ?? 0 }
}
