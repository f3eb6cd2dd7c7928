import { setTimeout as sleep } from 'node:timers/promises'
import { createRounds, type Worker } from './rounds.ts'

export type { Worker } from './rounds.ts'

/** Between two steps, so that requests have the processor in between. */
const pauseMilliseconds = 5
/** Between two looks at work that another process does. */
const waitMilliseconds = 100
/** Between two looks for work that a process has left behind. */
const lookMilliseconds = 30_000

/** What is worked on. */
export interface WorkerOptions {
  /** Whether anything is left, in this process or another one. */
  readonly hasWork: () => Promise<boolean>
  /** @returns waits: nothing could be done yet */
  readonly step: () => Promise<'done' | 'waits'>
  /** Told of what made it stop; it tries again later. For the log. */
  readonly onFault: (error: unknown) => void
}

/** One step after the other, as long as there is work. */
export const createWorker = ({ hasWork, step, onFault }: WorkerOptions): Worker =>
  createRounds({
    lookMilliseconds,
    onFault,
    round: async going => {
      while (!going.isStopped && (await hasWork())) {
        going.isWoken = false
        const outcome = await step()
        await sleep(outcome === 'waits' ? waitMilliseconds : pauseMilliseconds)
      }
    },
  })
