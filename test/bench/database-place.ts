import pg from 'pg'
import { openDatabase } from '../../src/db/open.ts'
import { postmasterOf } from './system-figures.ts'

/** The PostgreSQL of a benchmark, with a connection for filling and for figures. */
export interface BenchDatabase {
  readonly url: string
  readonly client: pg.Client
  /** Process id; undefined when PostgreSQL runs on another machine. */
  readonly postmaster: number | undefined
  readonly version: string
  close(): Promise<void>
}

/** Makes an empty database beside the one `url` names. Its address, and how to drop it. */
export const makeDatabaseOn = async (
  url: string,
): Promise<{ readonly url: string; drop(): Promise<void> }> => {
  const name = `huizhen_bench_${process.pid}`
  const run = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(text)
    await client.end()
  }
  await run(`create database ${name}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, drop: () => run(`drop database if exists ${name} with (force)`) }
}

/** Opens the database Huizhen has made: the embedded one of `dataDir`, or `databaseUrl`. */
export const openBenchDatabase = async (
  dataDir: string,
  databaseUrl: string | undefined,
): Promise<BenchDatabase> => {
  const { url, stop } = await openDatabase({ dataDir, databaseUrl, poolConnectionsMax: 1 })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ pid: number; version: string }>(
    `select pg_backend_pid() as pid, current_setting('server_version') as version`,
  )
  return {
    url,
    client,
    postmaster: postmasterOf(rows[0]!.pid),
    version: rows[0]!.version,
    close: async () => {
      await client.end()
      await stop()
    },
  }
}

/** What the stored resources take on disk. */
export interface DiskFigures {
  readonly resources: number
  readonly bytesPerResource: number
  /** Bytes with indexes and out-of-line values, by table. */
  readonly tables: Readonly<Record<string, number>>
}

const tables = [
  ...['resource', 'resource_version', 'resource_text', 'shared_text', 'search_string', 'search_date'],
  'search_quantity',
]

/** Measures the tables after a vacuum, which also gives the planner its statistics. */
export const diskFigures = async (client: pg.Client): Promise<DiskFigures> => {
  await client.query('vacuum (analyze)')
  const { rows } = await client.query<{ name: string; bytes: string }>(
    `select name, pg_total_relation_size(name::regclass)::text as bytes from unnest($1::text[]) as name`,
    [tables],
  )
  const counted = await client.query<{ count: number }>(
    'select count(*)::integer as count from resource',
  )
  const resources = counted.rows[0]!.count
  const bytes = rows.map(row => [row.name, Number(row.bytes)] as const)
  const sum = bytes.reduce((total, [, size]) => total + size, 0)
  return { resources, bytesPerResource: sum / resources, tables: Object.fromEntries(bytes) }
}
