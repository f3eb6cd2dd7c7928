import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCredentials } from '../../src/sandbox/credentials.ts'
import { atEnd } from '../bench/ending.ts'
import { startHuizhen, type HuizhenServer } from '../bench/huizhen-server.ts'
import { createTokens, type Authorize } from '../bench/tokens.ts'

/** A sandbox in a folder of its own, which can be killed and started again. */
export interface Exchange {
  readonly dataDir: string
  readonly server: () => HuizhenServer
  readonly authorize: Authorize
  readonly origin: () => string
  /** Ends the process at once, as `kill -9` does. */
  readonly kill: () => void
  /** Starts it; milliseconds to the first answer. */
  readonly start: () => Promise<number>
  readonly stop: () => Promise<void>
}

/** @param dataDir of a cluster that is there already; otherwise a new one */
export const anExchange = async (dataDir?: string): Promise<Exchange> => {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'huizhen-drill-')))
  atEnd(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const place = { dataDir: folder, databaseUrl: undefined, isInspected: false }
  let server = await startHuizhen(place)
  const tokens = async () => createTokens(server.origin, await readCredentials(folder))
  let authorize = await tokens()
  let isRunning = true
  const stop = async (): Promise<void> => {
    if (isRunning) await server.stop()
    isRunning = false
  }
  atEnd(stop)
  return {
    ...{ dataDir: folder, server: () => server, origin: () => server.origin, stop },
    authorize: caller => authorize(caller),
    kill: () => {
      process.kill(server.pid, 'SIGKILL')
      isRunning = false
    },
    start: async () => {
      server = await startHuizhen(place)
      authorize = await tokens()
      isRunning = true
      return server.startMilliseconds
    },
  }
}
