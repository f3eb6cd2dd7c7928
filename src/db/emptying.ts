import type { Database } from './database.ts'

/** Tables that say who takes part and what the database is; everything else is records. */
const kept = [
  ...['migration', 'secret', 'organization', 'owner_policy', 'client', 'person', 'issuer'],
  ...['person_credential', 'registry_generation', 'index_generation'],
]

/** Tables that keep their rows from everybody. */
const guarded = ['audit_event', 'audit_seal']

/** Somebody else works on the database; the message is for the operator. */
export class DatabaseInUse extends Error {}

/**
 * Removes every row but those of the registry, the audit trail with its seals included, in one
 * transaction. For sandboxes alone: nothing of it comes back.
 * @throws DatabaseInUse when a server is connected, which remembers what would be gone
 */
export const emptyTables = (database: Database): Promise<void> =>
  database.transaction(async transaction => {
    const run = <R>(text: string, values: readonly unknown[] = []) =>
      transaction.query<R>({ name: '', text, values })
    const [others] = await run<{ count: number }>(
      `select count(*)::integer as count from pg_stat_activity where datname = current_database()
        and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    )
    if (others!.count > 0) throw new DatabaseInUse('stop the server first')
    const tables = await run<{ name: string; isPartition: boolean }>(
      `select c.oid::regclass::text as name, c.relispartition as "isPartition" from pg_class c
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
          and c.relname <> all($1::text[])`,
      [kept],
    )
    // The trail refuses to be emptied. Its months are made anew when they are needed.
    for (const { name, isPartition } of tables) if (isPartition) await run(`drop table ${name}`)
    const whole = tables.filter(({ isPartition }) => !isPartition).map(({ name }) => name)
    for (const name of guarded) await run(`alter table ${name} disable trigger user`)
    await run(`truncate ${whole.join(', ')} restart identity`)
    for (const name of guarded) await run(`alter table ${name} enable trigger user`)
    await run('update registry_generation set generation = generation + 1')
  })
