import { setTimeout as sleep } from 'node:timers/promises'

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

/** Work beside requests, one step after the other, whichever process was asked for it. */
export interface Worker {
  /** Looks for work now. */
  wake(): void
  /** Waits for the step under way, and begins none after it. */
  stop(): Promise<void>
}

export const createWorker = ({ hasWork, step, onFault }: WorkerOptions): Worker => {
  let working: Promise<void> | undefined
  const state = { isStopped: false, isWoken: false }

  const work = async (): Promise<void> => {
    try {
      while (!state.isStopped && (await hasWork())) {
        state.isWoken = false
        const outcome = await step()
        await sleep(outcome === 'waits' ? waitMilliseconds : pauseMilliseconds)
      }
    } catch (error) {
      if (!state.isStopped) onFault(error)
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
