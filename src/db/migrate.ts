import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg, { type Client } from 'pg'
import { poolConfig, type ConnectionOptions } from './connection.ts'
import { refusalOf } from './sqlstate.ts'

/** One file of `migrations/`. */
export interface Migration {
  readonly name: string
  readonly checksum: string
  readonly text: string
  /** False when the header says `transaction: none`: for statements that PostgreSQL refuses in one. */
  readonly inTransaction: boolean
}

/** The database cannot be brought to what this code needs. Its message is for the operator. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused'
}

/** The folder of the migrations, from the compiled place of this file. */
export const migrationsFolder = new URL('../../../migrations/', import.meta.url)

/** One number for all processes that migrate the same database, whatever else locks there. */
const advisoryLock = '5208153477122461'

const fileName = /^(\d{4})-[a-z0-9-]+\.sql$/

/**
 * The migrations of a folder, in order.
 * @throws MigrationRefused for a `.sql` file without a number, or two with one number
 */
export const readMigrations = async (folder: URL = migrationsFolder): Promise<Migration[]> => {
  const names = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort()
  const numbers = names.map(name => fileName.exec(name)?.[1])
  const wrong = names.find((_, at) => numbers[at] === undefined || numbers[at] === numbers[at - 1])
  if (wrong !== undefined) {
    throw new MigrationRefused(`${wrong}: name it NNNN-name.sql, with a number of its own`)
  }
  return Promise.all(
    names.map(async name => {
      const text = await readFile(new URL(name, folder), 'utf8')
      const header = /^(--.*\n)*/.exec(text)?.[0] ?? ''
      return {
        name,
        checksum: hash('sha256', text, 'hex'),
        text,
        inTransaction: !/\btransaction: none\b/.test(header),
      }
    }),
  )
}

interface Applied {
  readonly name: string
  readonly checksum: string
}

const refuseIfForeign = (applied: readonly Applied[], migrations: readonly Migration[]): void => {
  const known = new Map(migrations.map(migration => [migration.name, migration.checksum]))
  for (const { name, checksum } of applied) {
    const expected = known.get(name)
    if (expected === undefined) {
      throw new MigrationRefused(
        `the database is newer than this program: it has ${name}. Install the newer version.`,
      )
    }
    if (expected !== checksum) {
      throw new MigrationRefused(
        `${name} was edited after it was applied. Restore it, and put the change in a new file.`,
      )
    }
  }
  const last = applied.at(-1)?.name ?? ''
  const done = new Set(applied.map(({ name }) => name))
  const late = migrations.find(({ name }) => name < last && !done.has(name))
  if (late !== undefined) {
    throw new MigrationRefused(`${late.name} comes before ${last}, which is already applied.`)
  }
}

const apply = async (client: Client, migration: Migration): Promise<void> => {
  const { name, checksum, text, inTransaction } = migration
  const record = () =>
    client.query('insert into migration (name, checksum) values ($1, $2)', [name, checksum])
  if (!inTransaction) {
    await client.query(text)
    await record()
    return
  }
  await client.query('begin')
  try {
    await client.query(text)
    await record()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

const createTable = `create table if not exists migration (
  name     text primary key,
  checksum text not null,
  applied  timestamptz not null default clock_timestamp()
)`

const listApplied = async (client: Client): Promise<Applied[]> =>
  (await client.query<Applied>('select name, checksum from migration order by name')).rows

/** Whether everything is applied, without a lock and without writing: the usual start. */
const isCurrent = async (client: Client, migrations: readonly Migration[]): Promise<boolean> => {
  const { rows } = await client.query(`select to_regclass('migration') is not null as exists`)
  if (rows[0]?.exists !== true) return false
  const applied = await listApplied(client)
  refuseIfForeign(applied, migrations)
  return applied.length === migrations.length
}

/**
 * Brings the database to the newest migration and gives back the names it applied. Any number of
 * processes may do so at once: one works, the others wait for it and find it done.
 * @throws MigrationRefused when a file was edited after it was applied, or the database is newer
 * @throws Unavailable when the database is away
 */
export const migrate = async (
  options: ConnectionOptions,
  migrations?: readonly Migration[],
): Promise<string[]> => {
  const wanted = migrations ?? (await readMigrations())
  const client = new pg.Client({
    ...poolConfig({ ...options, statementMillisecondsMax: 0 }),
    pipeline: false,
  })
  // A lost connection also rejects the statement under way; this only keeps the process alive.
  client.on('error', () => {})
  try {
    await client.connect()
    if (await isCurrent(client, wanted)) return []
    await client.query(`select pg_advisory_lock(${advisoryLock})`)
    await client.query(createTable)
    const applied = await listApplied(client)
    refuseIfForeign(applied, wanted)
    const missing = wanted.slice(applied.length)
    for (const migration of missing) await apply(client, migration)
    return missing.map(({ name }) => name)
  } catch (error) {
    throw refusalOf(error, false)
  } finally {
    await client.end().catch(() => {})
  }
}
