import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg, { type Pool, type PoolClient } from 'pg'
import { Unavailable } from '../fhir/errors.ts'
import {
  connectionDefaults,
  poolConfig,
  silenceMillisecondsOf,
  type ConnectionOptions,
} from './connection.ts'
import type { Database, Occupancy, Queryable, Row, Statement } from './database.ts'
import { createLanes, lanesOf } from './lanes.ts'
import { choosePlan } from './plan-choice.ts'
import { isConnectionLoss, refusalOf } from './sqlstate.ts'
import type { Tables } from './tables.ts'
import { inTransaction, type StatementObserver } from './transaction.ts'

export interface DatabaseOptions extends ConnectionOptions {
  /**
   * Called with each statement just before it is sent (begin, commit and rollback included, with an
   * empty name). What it throws is thrown in the statement's place: tests count and fail by it.
   */
  readonly onStatement?: StatementObserver | undefined
  /** Told of each idle connection that was lost; the pool has already replaced it. For the log. */
  readonly onConnectionLoss?: ((error: Error) => void) | undefined
}

/** Callers that may wait for a connection at one time; the next one is refused as unavailable. */
const waitingMax = 1000

const beginReadCommitted: Statement = { name: '', text: 'begin', values: [] }
const beginSnapshot: Statement = {
  name: '',
  text: 'begin isolation level repeatable read read only',
  values: [],
}

const openPool = (options: DatabaseOptions): Pool => {
  const pool = new pg.Pool(poolConfig(options))
  // Without these two listeners a connection lost while idle, or between two statements of a
  // transaction, would end the process.
  pool.on('error', error => options.onConnectionLoss?.(error))
  pool.on('connect', client => void client.on('error', () => {}))
  return pool
}

/** The part of a pool that kysely uses, with our refusals in place of the driver's errors. */
const kyselyPool = (
  connect: () => Promise<PoolClient>,
  onStatement: StatementObserver | undefined,
): PostgresPool => ({
  connect: async () => {
    const client = await connect()
    const query = async (text: string, values: readonly unknown[]) => {
      onStatement?.({ name: '', text, values })
      try {
        return await client.query(text, [...values])
      } catch (error) {
        throw refusalOf(error, true)
      }
    }
    return { query, release: () => client.release() } as unknown as PostgresPoolClient
  },
  end: async () => {},
})

/**
 * The database behind `options.url`. Opens no connection until the first statement, and opens new
 * ones by itself after PostgreSQL has been away.
 *
 * Every error of PostgreSQL comes out as a refusal of `fhir/errors.ts` where the client can do
 * something about it (see sqlstate.ts), as it is otherwise. Values come back as connection.ts says.
 */
export const createDatabase = (options: DatabaseOptions): Database => {
  const pool = openPool(options)
  const { onStatement } = options
  let closing: Promise<void> | undefined

  const connect = async (): Promise<PoolClient> => {
    if (closing !== undefined || pool.waitingCount >= waitingMax) throw new Unavailable()
    try {
      return await pool.connect()
    } catch (error) {
      throw refusalOf(error, false)
    }
  }

  const laneCount = lanesOf(options.max ?? connectionDefaults.max)
  const lanes = createLanes({
    connect,
    count: laneCount,
    silenceMilliseconds: silenceMillisecondsOf(options),
    onStatement,
  })

  const queryOnPool = async <R = Row>(statement: Statement): Promise<R[]> => {
    const client = await connect()
    let isLost = false
    try {
      onStatement?.(statement)
      choosePlan(client, statement.plan)
      const { name, text, values } = statement
      return (await client.query({ name, text, values: values as unknown[] })).rows as R[]
    } catch (error) {
      isLost = isConnectionLoss(error)
      throw refusalOf(error, true)
    } finally {
      client.release(isLost)
    }
  }

  const run = <T>(begin: Statement, work: (transaction: Queryable) => Promise<T>): Promise<T> =>
    inTransaction(work, { connect, onStatement, begin })

  return {
    query: statement =>
      statement.isShort === true && laneCount > 0 ? lanes.query(statement) : queryOnPool(statement),
    transaction: work => run(beginReadCommitted, work),
    snapshot: work => run(beginSnapshot, work),
    kysely: new Kysely<Tables>({
      dialect: new PostgresDialect({ pool: kyselyPool(connect, onStatement) }),
    }),
    occupancy: () => occupancyOf(pool, lanes.underWay()),
    close: () => (closing ??= lanes.close().then(() => pool.end())),
  }
}

const occupancyOf = (pool: Pool, short: number): Occupancy => ({
  ...{ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, short },
})
