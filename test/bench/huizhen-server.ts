import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild, type Child } from './child.ts'
import { poolConnections } from './setting.ts'

/** A Huizhen in a process of its own, as `npm start` runs it. */
export interface HuizhenServer {
  readonly pid: number
  readonly origin: string
  /** Milliseconds from starting the process to its first FHIR answer. */
  readonly startMilliseconds: number
  /** Port of the inspector, when it was asked for. */
  readonly inspectorPort: number | undefined
  stop(): Promise<void>
}

export interface ServerPlace {
  readonly dataDir: string
  readonly databaseUrl: string | undefined
  readonly isInspected: boolean
}

const startMillisecondsMax = 60_000
const pollMilliseconds = 10

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Starts Huizhen and waits for its first answer. @throws Error when it ends or stays silent */
export const startHuizhen = async (place: ServerPlace): Promise<HuizhenServer> => {
  const port = await freePort()
  const inspectorPort = place.isInspected ? await freePort() : undefined
  const origin = `http://127.0.0.1:${port}`
  const begin = performance.now()
  const child = await startChild(
    new URL('../../src/main.js', import.meta.url),
    {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: place.databaseUrl ?? '',
      HUIZHEN_DATA_DIR: place.dataDir,
      HUIZHEN_BASE_URL: '',
      HUIZHEN_SANDBOX: 'on',
      HUIZHEN_POOL: String(poolConnections),
      LOG_LEVEL: 'warn',
    },
    inspectorPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectorPort}`],
  )
  await firstAnswer(origin, child)
  const startMilliseconds = performance.now() - begin
  return { pid: child.pid, origin, startMilliseconds, inspectorPort, stop: () => child.stop() }
}

const firstAnswer = async (origin: string, child: Child): Promise<void> => {
  const deadline = performance.now() + startMillisecondsMax
  while (performance.now() < deadline) {
    const answer = await fetch(`${origin}/fhir/metadata`, { method: 'HEAD' }).catch(() => undefined)
    if (answer?.ok === true) return
    await Promise.race([sleep(pollMilliseconds), child.ended])
  }
  throw new Error(`Huizhen did not answer within ${startMillisecondsMax} ms`)
}
