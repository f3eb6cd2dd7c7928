import { execFile, spawn } from 'node:child_process'
import { mkdtemp, open, readFile, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { giveTo } from './embedded-account.ts'
import type { Binaries } from './embedded-binaries.ts'
import type { Place } from './embedded-place.ts'

const run = promisify(execFile)

/** PostgreSQL's programs get none of our environment, which may hold secrets. */
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const sharedBuffersMegabytesMax = 256
const logBytesMax = 1024 * 1024
const logTailCharacters = 2000

/** Settings of PostgreSQL, by their names in postgresql.conf. */
export type ServerSettings = Readonly<Record<string, string | number>>

/** How every program is run: as the account, away from folders it may not enter. */
const spawnOptions = ({ account }: Place) => ({ cwd: '/', env: environment, ...account })

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )

/**
 * Makes the cluster if it is not there: UTF-8, C.UTF-8 order, checksums. It appears whole or not at
 * all, and when two processes make it at once one of them wins.
 */
export const makeCluster = async (place: Place, { initdb }: Binaries): Promise<void> => {
  if (await isFolder(place.cluster)) return
  const unfinished = await mkdtemp(`${place.cluster}.`)
  await giveTo(place.account, unfinished)
  const options = [
    '--username=huizhen',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
  ]
  try {
    await run(initdb, [...options, '-D', unfinished], spawnOptions(place))
    await rename(unfinished, place.cluster)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    if (!(await isFolder(place.cluster))) throw error
  }
}

/**
 * Settings of the server. Durable (fsync and synchronous_commit stay on), reachable only through the
 * private socket, sized for one machine that also runs Huizhen; statements and values stay out of
 * the log, for they hold what patients would not want there.
 */
const settings = ({ socketFolder }: Place): ServerSettings => ({
  listen_addresses: '',
  unix_socket_directories: socketFolder,
  unix_socket_permissions: '0700',
  shared_buffers: `${Math.min(sharedBuffersMegabytesMax, Math.ceil(totalmem() / 2 ** 23))}MB`,
  max_connections: 100,
  work_mem: '16MB',
  maintenance_work_mem: '128MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  max_parallel_workers_per_gather: 0,
  random_page_cost: 1.1,
  jit: 'off',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
})

/** The process id in the cluster's lock file, if there is one. */
const postmasterOf = async (place: Place): Promise<number | undefined> => {
  const text = await readFile(join(place.cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}

/**
 * Removes the lock file of a server that was killed when its process id now belongs to some other
 * program, as happens in a container that is started again. PostgreSQL would take it for a server.
 */
export const clearStaleLock = async (place: Place): Promise<void> => {
  const pid = await postmasterOf(place)
  if (pid === undefined) return
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  if (folder === undefined || folder === (await realpath(place.cluster))) return
  await rm(join(place.cluster, 'postmaster.pid'), { force: true })
}

/** What the server last wrote to its log, for the operator. */
const tailOf = async (log: string): Promise<string> =>
  (await readFile(log, 'utf8').catch(() => '')).slice(-logTailCharacters).trim()

/**
 * Starts the server in a session of its own, so that Ctrl-C reaches Huizhen alone and requests can
 * be finished. `others` replace the settings above. Does not wait until it answers. `ended` gives the log's end if the server exits.
 */
export const startServer = async (
  place: Place,
  { postgres }: Binaries,
  others: ServerSettings,
): Promise<{ readonly ended: Promise<string> }> => {
  const isLong = await stat(place.log).then(
    ({ size }) => size > logBytesMax,
    () => false,
  )
  const log = await open(place.log, isLong ? 'w' : 'a', 0o600)
  try {
    const all = { ...settings(place), ...others }
    const options = Object.entries(all).map(([name, value]) => `--${name}=${value}`)
    const server = spawn(postgres, ['-D', place.cluster, ...options], {
      ...spawnOptions(place),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    const ended = new Promise<string>(resolve => {
      server.once('error', error => resolve(error.message))
      server.once('exit', () => void tailOf(place.log).then(resolve))
    })
    server.unref()
    return { ended }
  } finally {
    await log.close()
  }
}

/** Asks the running server for a fast shutdown; false when it has already gone. */
export const requestStop = async (place: Place): Promise<boolean> => {
  const pid = await postmasterOf(place)
  try {
    return pid !== undefined && process.kill(pid, 'SIGINT')
  } catch {
    return false
  }
}

/** Whether the cluster's lock file stands: a server is starting, running or stopping. */
export const isLocked = async (place: Place): Promise<boolean> =>
  (await postmasterOf(place)) !== undefined
