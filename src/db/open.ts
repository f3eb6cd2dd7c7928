import type { Database } from './database.ts'
import { startEmbedded } from './embedded.ts'
import { migrate } from './migrate.ts'
import { createDatabase, type DatabaseOptions } from './pool.ts'

/** The part of the configuration that says which database. */
export interface OpenOptions extends Omit<DatabaseOptions, 'url' | 'max'> {
  /** An existing PostgreSQL; without it, an embedded one in `dataDir`. */
  readonly databaseUrl?: string | undefined
  readonly dataDir: string
  readonly poolConnectionsMax?: number | undefined
}

/** A database ready for use, and how to leave it. */
export interface OpenDatabase {
  readonly database: Database
  /** The address in use, for programs that open connections of their own. */
  readonly url: string
  /** Closes the pool after running statements have ended, then stops an embedded server. */
  readonly stop: () => Promise<void>
}

/**
 * Opens the configured PostgreSQL, or starts the embedded one, and migrates it.
 * @throws MigrationRefused when the database is newer than this program
 * @throws Unavailable when the configured database is away
 * @throws Error when the embedded server cannot start
 */
export const openDatabase = async (options: OpenOptions): Promise<OpenDatabase> => {
  const { databaseUrl, dataDir, poolConnectionsMax, ...connection } = options
  const embedded = databaseUrl === undefined ? await startEmbedded(dataDir) : undefined
  const url = databaseUrl ?? embedded!.url()
  try {
    await migrate({ ...connection, url })
  } catch (error) {
    await embedded?.stop()
    throw error
  }
  const database = createDatabase({ ...connection, url, max: poolConnectionsMax })
  const stop = async (): Promise<void> => {
    await database.close()
    await embedded?.stop()
  }
  return { database, url, stop }
}
