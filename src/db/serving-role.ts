import pg from 'pg'
import { poolConfig, type ConnectionOptions } from './connection.ts'

/** The role cannot be served under; the message is for the operator. */
export class ServingRoleRefused extends Error {}

/** What the serving role may only read and add to, or only read. */
const appended = ['audit_event']
const read = ['audit_seal', 'migration']

const quoted = (name: string): string => pg.escapeIdentifier(name)

/**
 * Gives a role what a server needs and no more: it reads and writes rows of every table, adds to the
 * audit trail, and changes neither that trail nor the schema. The role must exist; `options` connect as
 * the owner of the tables. To be done again after an upgrade; where nothing is new, it changes nothing.
 * @throws ServingRoleRefused when there is no such role, or it owns the tables
 */
export const grantServing = async (options: ConnectionOptions, role: string): Promise<void> => {
  const client = new pg.Client({ ...poolConfig(options), pipeline: false } as pg.ClientConfig)
  client.on('error', () => {})
  await client.connect()
  try {
    await requireOther(client, role)
    const to = quoted(role)
    const { rows } = await client.query<{ schema: string; months: string[] }>(
      `select current_schema()::text as schema, array(
        select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'audit_event'::regclass) as months`,
    )
    const { schema, months } = rows[0]!
    const inSchema = `in schema ${quoted(schema)}`
    const names = (tables: readonly string[]): string => tables.map(quoted).join(', ')
    await client.query('begin')
    for (const text of [
      `grant usage on schema ${quoted(schema)} to ${to}`,
      `revoke create on schema ${quoted(schema)} from ${to}`,
      `grant select, insert, update, delete on all tables ${inSchema} to ${to}`,
      `grant usage, select on all sequences ${inSchema} to ${to}`,
      `revoke update, delete on ${names(appended)} from ${to}`,
      `revoke insert, update, delete on ${names(read)} from ${to}`,
      // Months are reached through their parent alone, and so are those to come.
      ...(months.length === 0 ? [] : [`revoke all on ${names(months)} from ${to}`]),
    ])
      await client.query(text)
    await client.query('commit')
  } finally {
    await client.end().catch(() => {})
  }
}

const requireOther = async (client: pg.Client, role: string): Promise<void> => {
  const { rows } = await client.query<{ owns: boolean }>(
    `select pg_has_role(r.oid, c.relowner, 'member') as owns
     from pg_roles r, pg_class c where r.rolname = $1 and c.oid = 'resource'::regclass`,
    [role],
  )
  if (rows[0] === undefined)
    throw new ServingRoleRefused(
      `There is no role "${role}". Make it first: create role "${role}" login password '...'`,
    )
  if (rows[0].owns)
    throw new ServingRoleRefused(
      `The role "${role}" owns the tables or is a superuser. Serve under another one.`,
    )
}
