import { setTimeout as sleep } from 'node:timers/promises'
import { resourceTypes } from '../fhir/resource-types.ts'
import type { IndexOptions } from '../search/index-sink.ts'
import type { Definitions } from '../fhir/definitions.ts'
import type { Database } from '../store/queryable.ts'
import { hasOpenJobs } from '../store/reindex-jobs.ts'
import { claimJob, endJob, isFencePassed } from '../store/reindex-progress.ts'
import { runBatch } from './reindex-batch.ts'

/** Between two batches, so that requests have the processor in between. */
const pauseMilliseconds = 5
/** Between two looks at the transactions to wait for, or at a job another process works on. */
const waitMilliseconds = 100
/** Between two looks for jobs that a process has left behind. */
const lookMilliseconds = 30_000

/** What the reindexing of a process needs. */
export interface ReindexerOptions extends IndexOptions {
  readonly database: Database
  readonly definitions: () => Definitions
  readonly renewDefinitions: () => Promise<unknown>
  /** Told of what made it stop; it tries again later. For the log. */
  readonly onFault: (error: unknown) => void
}

/** Works on reindex jobs, whichever process was asked for them, one batch after the other. */
export interface Reindexer {
  /** Looks for jobs now. */
  wake(): void
  /** Waits for the batch under way, and begins none after it. */
  stop(): Promise<void>
}

export const createReindexer = (options: ReindexerOptions): Reindexer => {
  let working: Promise<void> | undefined
  const state = { isStopped: false, isWoken: false }

  const work = async (): Promise<void> => {
    try {
      while (!state.isStopped && (await hasOpenJobs(options.database))) {
        state.isWoken = false
        const outcome = await runStep(options)
        await sleep(outcome === 'waits' ? waitMilliseconds : pauseMilliseconds)
      }
    } catch (error) {
      if (!state.isStopped) options.onFault(error)
    }
    working = undefined
    if (state.isWoken) wake()
  }
  const wake = (): void => {
    state.isWoken = true
    if (!state.isStopped && working === undefined) {
      state.isWoken = false
      working = work()
    }
  }
  const timer = setInterval(wake, lookMilliseconds)
  timer.unref()
  return {
    wake,
    async stop() {
      state.isStopped = true
      clearInterval(timer)
      await working
    },
  }
}

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
