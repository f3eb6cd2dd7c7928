import { chown, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The operating-system user PostgreSQL runs as; undefined: the user of this process. */
export type Account = { readonly uid: number; readonly gid: number } | undefined

/** Unprivileged users that root hands PostgreSQL to, the first that exists. */
const candidates = ['postgres', 'nobody']

const statOf = (path: string) => stat(path).catch(() => undefined)

/**
 * Who runs the cluster in `folder`: this process's user, or, because PostgreSQL refuses to run as
 * root, whoever owns the cluster already, else `postgres`, else `nobody`.
 * @throws Error when the cluster belongs to someone this process cannot act as
 */
export const accountFor = async (folder: string): Promise<Account> => {
  const own = process.getuid?.()
  const owner = await statOf(folder)
  if (own !== 0) {
    if (owner !== undefined && owner.uid !== own) {
      throw new Error(
        `${folder} belongs to the user with id ${owner.uid}. Start as that user or as root, or set HUIZHEN_DATA_DIR to another folder.`,
      )
    }
    return undefined
  }
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n')
  for (const name of candidates) {
    const [, , uid, gid] = lines.find(line => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) {
      return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }
    }
  }
  return { uid: 65534, gid: 65534 }
}

/** Whether `account` may enter every folder on the way to `path`, and `path` itself where it exists. */
export const isReachable = async (path: string, account: Account): Promise<boolean> => {
  if (account === undefined) return true
  const found = await statOf(path)
  if (found?.isDirectory() === true) {
    const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001
    if ((found.mode & bit) === 0) return false
  }
  const parent = dirname(path)
  return parent === path || isReachable(parent, account)
}

/** Gives a file or folder to the account. */
export const giveTo = async (account: Account, path: string): Promise<void> => {
  if (account !== undefined) await chown(path, account.uid, account.gid)
}
