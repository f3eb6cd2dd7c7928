import { resourceTypes } from '../fhir/resource-types.ts'
import type { IndexOptions } from '../search/index-sink.ts'
import type { Definitions } from '../fhir/definitions.ts'
import type { Database } from '../store/queryable.ts'
import { hasOpenJobs } from '../store/reindex-jobs.ts'
import { claimJob, endJob, isFencePassed } from '../store/reindex-progress.ts'
import { runBatch } from './reindex-batch.ts'
import { createWorker, type Worker } from './worker.ts'

/** What the reindexing of a process needs. */
export interface ReindexerOptions extends IndexOptions {
  readonly database: Database
  readonly definitions: () => Definitions
  readonly renewDefinitions: () => Promise<unknown>
  /** Told of what made it stop; it tries again later. For the log. */
  readonly onFault: (error: unknown) => void
}

/** Works on reindex jobs. */
export const createReindexer = (options: ReindexerOptions): Worker =>
  createWorker({
    hasWork: () => hasOpenJobs(options.database),
    step: () => runStep(options),
    onFault: options.onFault,
  })

/**
 * One batch of one job in one transaction: what it stores and how far the job has got are on disk
 * together, or neither is.
 * @returns waits: nothing could be done yet
 */
export const runStep = async ({
  database,
  definitions,
  renewDefinitions,
  timeZone,
  baseUrl,
}: Omit<ReindexerOptions, 'onFault'>): Promise<'done' | 'waits'> =>
  database.transaction(async transaction => {
    const job = await claimJob(transaction)
    if (job === undefined) return 'waits'
    if (definitions().indexGeneration < job.generation) await renewDefinitions()
    if (!(await isFencePassed(transaction, job))) return 'waits'
    const indexing = { definitions: definitions(), timeZone, baseUrl }
    if (!(await runBatch(transaction, job, indexing)))
      await endJob(
        transaction,
        job,
        job.types.map(type => resourceTypes[type]!),
      )
    return 'done'
  })
