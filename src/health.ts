import { statfs } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './db/database.ts'
import { readMigrations } from './db/migrate.ts'
import { limits } from './fhir/limits.ts'
import type { Reading } from './http/metrics.ts'
import type { Readiness } from './http/operations.ts'
import type { Shares } from './http/share.ts'
import type { Context } from './interactions/interaction.ts'
import { readBacklogs } from './store/backlogs.ts'

/** Milliseconds after which what does not answer counts as not there. */
const answerMilliseconds = 3000

/** What health is asked of. */
export interface Watched {
  readonly context: Context
  readonly shares: Shares
  readonly dataDir: string
}

/**
 * Ready when the database answers and takes writes, has every migration this program needs, the
 * definitions are those the database names, and the disk of the data folder has room.
 */
export const readinessOf = ({ context, dataDir }: Watched): Readiness => {
  // The files do not change while the program runs.
  const needed = readMigrations().then(migrations => migrations.map(({ name }) => name))
  needed.catch(() => {})
  return async () => {
    const { database } = context
    const [takesWrites, migrations, definitions, free] = await Promise.all([
      within(isWritable(database), false),
      within(
        needed.then(names => areApplied(database, names)),
        false,
      ),
      within(
        context.renewDefinitions().then(() => true),
        false,
      ),
      within(freeBytes(dataDir), undefined),
    ])
    const disk = free === undefined || free >= limits.diskBytesMin
    const checks = { database: takesWrites, migrations, definitions, disk }
    return { ready: Object.values(checks).every(Boolean), checks }
  }
}

/** What a scrape of `/metrics` reads. What cannot be told at this moment is left out. */
export const readingsOf =
  ({ context: { database, auditTrail, feed }, shares, dataDir }: Watched) =>
  async (): Promise<readonly Reading[]> => {
    const { open, idle, waiting, short } = database.occupancy()
    const { running, waiting: turns } = shares.load()
    const [backlogs, free] = await Promise.all([
      within(readBacklogs(database), undefined),
      within(freeBytes(dataDir), undefined),
    ])
    return [
      ['database_connections_open', 'Connections to PostgreSQL.', open],
      ['database_connections_idle', 'Connections nobody uses.', idle],
      ['database_connections_awaited', 'Callers that wait for a connection.', waiting],
      ['database_short_statements', 'Short statements under way on shared connections.', short],
      ['requests_running', 'Requests on the FHIR endpoint under way.', running],
      ['requests_waiting', 'Requests that wait for the turn of their organization.', turns],
      ['audit_records_waiting', 'Audit records not yet in the database.', auditTrail.waiting()],
      [
        'audit_unsealed_seconds',
        'Age of the oldest audit record without a seal.',
        backlogs?.unsealedSeconds,
      ],
      ['refused_payloads_kept', 'Refused payloads kept since the start.', feed.tally().kept],
      ['refused_payloads_lost', 'Refused payloads that could not be kept.', feed.tally().lost],
      ['reindex_jobs_open', 'Reindex jobs that wait or run.', backlogs?.reindexJobs],
      ['disk_free_bytes', 'Free on the disk of the data folder.', free],
    ].flatMap(([name, help, value]) =>
      typeof value === 'number' ? [{ name: String(name), help: String(help), value }] : [],
    )
  }

const within = <T>(work: Promise<T>, otherwise: T): Promise<T> =>
  Promise.race([work.catch(() => otherwise), sleep(answerMilliseconds, otherwise, { ref: false })])

const isWritable = async (database: Database): Promise<boolean> => {
  const [row] = await database.query<{ readonly: string }>({
    name: 'ready',
    text: `select current_setting('transaction_read_only') as readonly`,
    values: [],
  })
  return row?.readonly === 'off'
}

const areApplied = async (database: Database, names: readonly string[]): Promise<boolean> => {
  const rows = await database.query({
    name: 'ready-migrations',
    text: 'select from migration where name = any($1::text[])',
    values: [names],
  })
  return rows.length === names.length
}

/** Undefined where there is no such folder: an external database may need none. */
const freeBytes = async (folder: string): Promise<number | undefined> => {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
