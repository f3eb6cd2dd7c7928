import { hash, randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Test } from 'tap'
import type { Database } from '../src/db/database.ts'
import { migrate, readMigrations } from '../src/db/migrate.ts'
import { createDatabase, type DatabaseOptions } from '../src/db/pool.ts'

/** The server that tests make their databases on: `DATABASE_URL`, or the one `npm test` has started. */
export const serverUrl = (): string => {
  const url = process.env['DATABASE_URL'] ?? process.env['HUIZHEN_TEST_DATABASE_URL']
  if (url === undefined) {
    throw new Error('no PostgreSQL to test on: run `npm test`, or set DATABASE_URL')
  }
  return url
}

/** The address of another database on the same server. */
export const urlOf = (name: string): string => {
  const url = new URL(serverUrl())
  url.pathname = `/${name}`
  return url.href
}

/** Runs `work` on one connection to the server's own database. */
export const onServer = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: serverUrl() })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

const templateLock = '5208153477122462'

const exists = async (client: pg.Client, name: string): Promise<boolean> =>
  (await client.query('select 1 from pg_database where datname = $1', [name])).rowCount === 1

/** Makes the migrated database that all others are copied from, once per state of `migrations/`. */
const makeTemplate = async (client: pg.Client): Promise<string> => {
  const migrations = await readMigrations()
  const state = migrations.map(({ name, checksum }) => `${name} ${checksum}`).join()
  const template = `huizhen_template_${hash('sha256', state, 'hex').slice(0, 16)}`
  if (await exists(client, template)) return template
  const unfinished = `${template}_${randomUUID().slice(0, 8)}`
  await client.query(`create database ${unfinished} template template0`)
  await migrate({ url: urlOf(unfinished) }, migrations)
  // The name appears only once the content is whole, so a killed run leaves no half template.
  await client.query(`alter database ${unfinished} rename to ${template}`)
  return template
}

const makeDatabase = (name: string): Promise<void> =>
  onServer(async client => {
    await client.query(`select pg_advisory_lock(${templateLock})`)
    await client.query(`create database ${name} template ${await makeTemplate(client)}`)
  })

/** A fresh migrated database of the test's own, gone when the test ends. Its address. */
export const aDatabaseUrl = async (t: Test): Promise<string> => {
  const name = `huizhen_test_${randomUUID().replaceAll('-', '')}`
  await makeDatabase(name)
  t.teardown(() =>
    onServer(async client => void (await client.query(`drop database if exists ${name} (force)`))),
  )
  return urlOf(name)
}

/** A fresh migrated database of the test's own, closed and dropped when the test ends. */
export const aDatabase = async (
  t: Test,
  options: Omit<DatabaseOptions, 'url'> = {},
): Promise<Database> => {
  const database = createDatabase({ max: 8, ...options, url: await aDatabaseUrl(t) })
  t.teardown(() => database.close())
  return database
}
