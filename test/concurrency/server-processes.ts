import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { readCredentials } from '../../src/sandbox/credentials.ts'
import { startChild } from '../bench/child.ts'
import { createTokens } from '../bench/tokens.ts'
import { aDatabaseUrl } from '../database.ts'
import { freePort } from '../story/listening.ts'

/** An answer of one of the servers, and when it was asked for and there, in milliseconds. */
export interface Timed {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line no-explicit-any -- tests look into answers freely
  readonly json: any
  readonly invoked: number
  readonly returned: number
}

export interface Asking {
  readonly method: string
  /** Relative to the FHIR endpoint. */
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Servers in processes of their own on one database. */
export interface ServerProcesses {
  /** Asks the server of that number, as the hospital tinglin. */
  readonly ask: (server: number, asking: Asking) => Promise<Timed>
  /** Of the database they share. */
  readonly databaseUrl: string
  /** Ends one at once, as kill -9 does. */
  readonly kill: (server: number) => void
  /** Starts another one; its number. */
  readonly start: () => Promise<number>
}

const startMillisecondsMax = 60_000
const pollMilliseconds = 50

/** Starts `count` servers as an operator would, all at once; they end with the test. */
export const serverProcesses = async (t: Test, count: number): Promise<ServerProcesses> => {
  const databaseUrl = await aDatabaseUrl(t)
  const dataDir = t.testdir()
  const servers = await Promise.all(
    Array.from({ length: count }, () => startServer(t, { databaseUrl, dataDir })),
  )
  const authorize = createTokens(servers[0]!.origin, await readCredentials(dataDir))
  const ask: ServerProcesses['ask'] = async (server, { method, path, body, headers }) => {
    const authorization = await authorize('owner')
    const invoked = performance.now()
    const answer = await fetch(`${servers[server]!.origin}/fhir${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/fhir+json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const returned = performance.now()
    const json: unknown = text === '' ? undefined : JSON.parse(text)
    return { status: answer.status, headers: answer.headers, json, invoked, returned }
  }
  const kill = (server: number): void => void process.kill(servers[server]!.pid, 'SIGKILL')
  const start = async (): Promise<number> =>
    servers.push(await startServer(t, { databaseUrl, dataDir })) - 1
  return { ask, databaseUrl, kill, start }
}

const startServer = async (
  t: Test,
  place: { readonly databaseUrl: string; readonly dataDir: string },
): Promise<{ readonly origin: string; readonly pid: number }> => {
  const port = await freePort()
  const child = await startChild(new URL('../../src/main.js', import.meta.url), {
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: place.databaseUrl,
    HUIZHEN_DATA_DIR: place.dataDir,
    // One address, as behind a load balancer: a token of one server is good at the other.
    HUIZHEN_BASE_URL: 'http://huizhen.test',
    HUIZHEN_SANDBOX: 'on',
    LOG_LEVEL: 'error',
  })
  t.teardown(() => child.stop())
  const origin = `http://127.0.0.1:${port}`
  const deadline = performance.now() + startMillisecondsMax
  while (performance.now() < deadline) {
    const answer = await fetch(`${origin}/health/ready`).catch(() => undefined)
    if (answer?.ok === true) return { origin, pid: child.pid }
    await Promise.race([sleep(pollMilliseconds), child.ended])
  }
  throw new Error(`the server did not answer within ${startMillisecondsMax} ms`)
}
