import pg, { type PoolConfig } from 'pg'

/** How one process reaches its PostgreSQL. */
export interface ConnectionOptions {
  /** A PostgreSQL URL; for a unix socket `postgres://user@localhost/name?host=/folder`. */
  readonly url: string
  /** Connections at most. */
  readonly max?: number | undefined
  /** Milliseconds one statement may run before it is refused as too costly; 0 for no bound. */
  readonly statementMillisecondsMax?: number | undefined
  /** Milliseconds a request waits for a connection before it is refused as unavailable. */
  readonly connectMillisecondsMax?: number | undefined
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string | undefined
  /** The schema of Huizhen's tables. */
  readonly schema?: string | undefined
}

/** What a connection is opened with when nothing else is said. */
export const connectionDefaults = {
  max: 16,
  statementMillisecondsMax: 30_000,
  connectMillisecondsMax: 5_000,
  applicationName: 'huizhen',
  schema: 'public',
} as const

/** Milliseconds beyond the server's own statement bound after which a silent server counts as lost. */
const silenceMillisecondsMax = 10_000

/** Prepares a row's texts: bigint for int8, plain text for time (microseconds and infinity survive). */
const parsers = new Map<number, (text: string) => unknown>()
const int8 = 20
const int8Array = 1016
const textArray = 1009
const times = [1082, 1083, 1114, 1184, 1266]
const timeArrays = [1115, 1182, 1185]

const parseTextArray = pg.types.getTypeParser(textArray as 16, 'text') as unknown as (
  text: string,
) => (string | null)[]
parsers.set(int8, BigInt)
parsers.set(int8Array, text =>
  parseTextArray(text).map(value => (value === null ? null : BigInt(value))),
)
for (const oid of times) parsers.set(oid, text => text)
for (const oid of timeArrays) parsers.set(oid, parseTextArray)

/**
 * How values come back: `bigint` for int8 (and arrays of it), `string` for numeric and for every
 * date and time type, `Buffer` for bytea, and pg's own for the rest. Times are in UTC as PostgreSQL
 * prints them (`2026-01-31 08:00:00.123+00`, `infinity`), which `new Date(text)` reads.
 */
export const types: NonNullable<PoolConfig['types']> = {
  getTypeParser: (oid: number, format?: string) =>
    (format === 'binary' ? undefined : parsers.get(oid)) ??
    (pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown),
}

/**
 * Server settings every connection starts with. Plans are short, so JIT only costs; storage is not
 * a spinning disk; times are read and written in UTC.
 */
const settings = (schema: string): string =>
  [
    'jit=off',
    'random_page_cost=1.1',
    'timezone=UTC',
    'datestyle=ISO',
    'default_transaction_isolation=read\\ committed',
    `search_path=${schema}`,
  ]
    .map(setting => `-c ${setting}`)
    .join(' ')

/** The URL without its `options`, and those options: `pg` would let them replace ours. */
const splitOptions = (url: string): [string, string] => {
  if (!URL.canParse(url)) return [url, '']
  const parsed = new URL(url)
  const options = parsed.searchParams.get('options') ?? ''
  parsed.searchParams.delete('options')
  return [parsed.href, options]
}

/** Milliseconds after which a server that says nothing counts as lost; 0 for no bound. */
export const silenceMillisecondsOf = ({
  statementMillisecondsMax = connectionDefaults.statementMillisecondsMax,
}: ConnectionOptions): number =>
  statementMillisecondsMax === 0 ? 0 : statementMillisecondsMax + silenceMillisecondsMax

/** Settings for `pg`: the options above, and pipelining, so that statements sent together travel together. */
export const poolConfig = (options: ConnectionOptions): PoolConfig & { pipeline: boolean } => {
  const statementMax =
    options.statementMillisecondsMax ?? connectionDefaults.statementMillisecondsMax
  const [connectionString, own] = splitOptions(options.url)
  return {
    connectionString,
    max: options.max ?? connectionDefaults.max,
    pipeline: true,
    connectionTimeoutMillis:
      options.connectMillisecondsMax ?? connectionDefaults.connectMillisecondsMax,
    idleTimeoutMillis: 0,
    keepAlive: true,
    application_name: options.applicationName ?? connectionDefaults.applicationName,
    options: `${settings(options.schema ?? connectionDefaults.schema)} ${own}`.trim(),
    types,
    ...(statementMax === 0
      ? {}
      : {
          statement_timeout: statementMax,
          query_timeout: silenceMillisecondsOf(options),
        }),
  }
}
