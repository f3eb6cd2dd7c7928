import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig, type Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import { createRegistry, type Registry } from '../registry/registry.ts'
import { CommandFailed } from './command.ts'

/** What a command works on. */
export interface Installation {
  readonly config: Config
  readonly database: Database
  readonly registry: Registry
}

/**
 * Runs `work` on the configured database. An embedded one that is not running is started for the
 * time being and stopped again; one that was never made is not made here.
 * @throws CommandFailed when there is no database yet
 */
export const withRegistry = async <T>(
  work: (installation: Installation) => Promise<T>,
): Promise<T> => {
  const config = readConfig()
  requireCluster(config)
  const { databaseUrl, dataDir } = config
  const connection = { databaseUrl, dataDir, poolConnectionsMax: 2 }
  const { database, stop } = await openDatabase(connection)
  try {
    return await work({ config, database, registry: createRegistry(database) })
  } finally {
    await stop()
  }
}

/** @throws CommandFailed when an embedded database is configured and was never started */
export const requireCluster = ({ databaseUrl, dataDir }: Config): void => {
  if (databaseUrl !== undefined || existsSync(join(dataDir, 'postgres'))) return
  throw new CommandFailed(
    `there is no embedded database in ${dataDir} yet. Start the server once (npm start), or say with HUIZHEN_DATA_DIR or DATABASE_URL where the database is`,
  )
}
