import { startChild } from './child.ts'
import type { LoadMessage, LoadOutcome, LoadPlan, LoadRun } from './load-messages.ts'

/** The load generator, seen from the benchmark. One thing at a time. */
export interface Load {
  plan(name: string, plan: LoadPlan): Promise<void>
  run(run: LoadRun): Promise<LoadOutcome>
  stop(): Promise<void>
}

/** Starts the load generator. */
export const startLoad = async (): Promise<Load> => {
  const child = await startChild(new URL('load-generator.js', import.meta.url), {})
  await child.next()
  const ask = async (message: LoadMessage): Promise<LoadOutcome | undefined> => {
    child.send(message)
    return ((await child.next()) as { outcome?: LoadOutcome }).outcome
  }
  return {
    plan: async (name, plan) => void (await ask({ kind: 'plan', name, plan })),
    run: async run => (await ask({ kind: 'run', run }))!,
    stop: () => child.stop(),
  }
}
