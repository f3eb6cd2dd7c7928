import { hash, randomBytes } from 'node:crypto'
import { chmod, lstat, mkdir, readlink, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { accountFor, giveTo, isReachable, type Account } from './embedded-account.ts'

/** Where an embedded PostgreSQL keeps its files, and who it runs as. */
export interface Place {
  readonly account: Account
  /** The cluster: PostgreSQL's own data directory. */
  readonly cluster: string
  /** A private folder for the unix socket, the only way in. */
  readonly socketFolder: string
  readonly log: string
  /** Where a copy of the programs goes, if one is needed. */
  readonly copyFolder: string
}

/** Where root keeps clusters whose data folder the unprivileged user cannot enter. */
const reachableFolder = '/var/lib/huizhen'

/** A socket's whole path has about 100 bytes; the name PostgreSQL gives it takes 16. */
const socketFolderBytesMax = 84

/** The target of a link, or undefined where there is no link. */
const linkTarget = (path: string): Promise<string | undefined> =>
  readlink(path).catch(() => undefined)

/**
 * The folder of an unreachable data folder's cluster: where its link `postgres` points, or a new one.
 * It has a random name, so that a data folder made anew at the same path starts empty.
 */
const distantFolder = async (link: string): Promise<string> => {
  const target = await linkTarget(link)
  if (target === undefined) {
    const folder = join(reachableFolder, randomBytes(8).toString('hex'))
    await mkdir(folder, { recursive: true, mode: 0o755 })
    await symlink(join(folder, 'postgres'), link)
    return folder
  }
  const isThere = await stat(dirname(target)).catch(() => undefined)
  if (isThere === undefined) {
    throw new Error(
      `${link} points to ${target}, which is gone. Restore it, or remove the link to start with an empty database.`,
    )
  }
  return dirname(target)
}

/** Milliseconds another process that has just made the same folder gets to hand it over. */
const handOverMillisecondsMax = 1_000
const handOverPollMilliseconds = 10

/** Makes a folder that only `account` (and root) may enter; two processes may do so at once. */
const makePrivate = async (folder: string, account: Account): Promise<void> => {
  await mkdir(folder, { mode: 0o700 }).then(
    () => giveTo(account, folder),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  const owner = account?.uid ?? process.getuid?.()
  let found = await lstat(folder)
  for (
    let waited = 0;
    found.uid !== owner && waited < handOverMillisecondsMax;
    waited += handOverPollMilliseconds
  ) {
    await sleep(handOverPollMilliseconds)
    found = await lstat(folder)
  }
  if (!found.isDirectory() || found.uid !== owner) {
    throw new Error(`${folder} is not a private folder of the user with id ${owner}. Remove it.`)
  }
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700)
}

const socketFolderIn = (folder: string, cluster: string): string => {
  const beside = join(folder, 'socket')
  if (Buffer.byteLength(beside) <= socketFolderBytesMax) return beside
  return join(tmpdir(), `huizhen-${hash('sha256', cluster, 'hex').slice(0, 16)}`)
}

/**
 * Decides where the cluster of `dataDir` is, and makes the folders around it.
 * @throws Error, for the operator, when the data folder belongs to someone else or its cluster is gone
 */
export const preparePlace = async (dataDir: string): Promise<Place> => {
  const own = resolve(dataDir)
  await mkdir(own, { recursive: true })
  const link = join(own, 'postgres')
  const account = await accountFor(link)
  const isDistant = (await linkTarget(link)) !== undefined || !(await isReachable(own, account))
  const folder = isDistant ? await distantFolder(link) : own
  const cluster = join(folder, 'postgres')
  const socketFolder = socketFolderIn(folder, cluster)
  await makePrivate(socketFolder, account)
  const copyFolder = account !== undefined && isDistant ? reachableFolder : folder
  return { account, cluster, socketFolder, log: join(folder, 'postgres.log'), copyFolder }
}
