import { signingKeysName } from '../auth/keys.ts'
import { readConfig, type Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { startEmbedded } from '../db/embedded.ts'
import { readMigrations } from '../db/migrate.ts'
import { createDatabase } from '../db/pool.ts'
import { CommandFailed, readArguments, type Command, type Output } from './command.ts'
import { requireCluster } from './with-registry.ts'

/** Seconds this machine's clock may differ from the database's: tokens live five minutes. */
const clockSecondsMax = 5
/** The oldest PostgreSQL supported, as `server_version_num`. */
const versionMin = 150_000

/** `huizhen doctor`: whether this installation can work. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'check the database, migrations, keys and clock',
  help: `huizhen doctor

Checks the configuration, the database, its migrations, the signing keys and the clock. Prints one
line per check, and exits with 1 when one of them failed.
`,
  async run(args, output) {
    readArguments(args, {})
    const config = readConfig()
    output.out('ok    configuration\n')
    try {
      requireCluster(config)
      return await withDatabase(config, database => checkAll(database, output))
    } catch (error) {
      const reason = error instanceof CommandFailed ? error.message : 'it cannot be reached'
      output.out(`FAIL  database: ${reason}\n`)
      return 1
    }
  },
}

/** The database as it is: unlike every other command, this one does not migrate it. */
const withDatabase = async <T>(
  { databaseUrl, dataDir }: Config,
  work: (database: Database) => Promise<T>,
): Promise<T> => {
  const embedded = databaseUrl === undefined ? await startEmbedded(dataDir) : undefined
  const url = databaseUrl ?? embedded?.url() ?? ''
  const database = createDatabase({ url, max: 1 })
  try {
    return await work(database)
  } finally {
    await database.close()
    await embedded?.stop()
  }
}

/** What one check found: a text, and whether it is good. */
type Finding = readonly [good: boolean, text: string]

const checks: readonly ((database: Database, now: () => number) => Promise<Finding>)[] = [
  async database => {
    const [row] = await database.query<{ number: number }>({
      name: 'doctor-version',
      text: `select current_setting('server_version_num')::integer as number`,
      values: [],
    })
    const version = row?.number ?? 0
    const found = `PostgreSQL ${Math.floor(version / 10_000)}`
    return version >= versionMin
      ? [true, `database: ${found}`]
      : [false, `database: ${found} is too old; 15 or newer is needed`]
  },
  async database => {
    const [row] = await database.query<{ exists: boolean }>({
      name: 'doctor-migration',
      text: `select to_regclass('migration') is not null as exists`,
      values: [],
    })
    if (row?.exists !== true) return [false, 'migrations: none applied; run huizhen migrate']
    const [found] = await database.query<{ applied: number }>({
      name: 'doctor-migrations',
      text: 'select count(*)::integer as applied from migration',
      values: [],
    })
    const wanted = (await readMigrations()).length
    const applied = found?.applied ?? 0
    return [applied === wanted, `migrations: ${applied} of ${wanted} applied`]
  },
  async database => {
    const isThere = await hasSigningKeys(database)
    return isThere
      ? [true, 'signing keys']
      : [false, 'signing keys: none yet; the first start of the server makes them']
  },
  async (database, now) => {
    const [row] = await database.query<{ seconds: number }>({
      name: 'doctor-clock',
      text: 'select extract(epoch from clock_timestamp())::float8 as seconds',
      values: [],
    })
    const apart = Math.abs((row?.seconds ?? 0) - now())
    const text = `clock: ${apart.toFixed(1)} s from the database's`
    return [apart <= clockSecondsMax, text]
  },
]

const hasSigningKeys = async (database: Database): Promise<boolean> => {
  const [row] = await database.query<{ exists: boolean }>({
    name: 'doctor-secret',
    text: `select to_regclass('secret') is not null as exists`,
    values: [],
  })
  if (row?.exists !== true) return false
  const query = database.kysely
    .selectFrom('secret')
    .select('name')
    .where('name', '=', signingKeysName)
  return (await query.executeTakeFirst()) !== undefined
}

const checkAll = async (database: Database, output: Output): Promise<number> => {
  let failed = 0
  for (const check of checks) {
    const [good, text] = await check(database, output.now)
    output.out(`${good ? 'ok   ' : 'FAIL '} ${text}\n`)
    if (!good) failed++
  }
  return failed === 0 ? 0 : 1
}
