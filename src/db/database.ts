import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** One SQL statement, prepared under `name` on each connection that runs it. Same name, same text. */
export interface Statement {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
  /**
   * `generic`: one plan serves all values, so it is never planned again; `by-values`: PostgreSQL
   * decides. Absent: either will do. Only for statements outside of transactions.
   */
  readonly plan?: 'generic' | 'by-values' | undefined
  /**
   * A read that ends within a millisecond whatever its values: by key, or a page of one patient. It
   * may share a connection with others.
   */
  readonly isShort?: true | undefined
}

export type Row = Record<string, unknown>

/** Something statements can be run on: the pool (each on its own) or one open transaction. */
export interface Queryable {
  query<R = Row>(statement: Statement): Promise<R[]>
}

/** Connections of the pool, open and idle; who waits for one; short statements under way. */
export interface Occupancy {
  readonly open: number
  readonly idle: number
  readonly waiting: number
  readonly short: number
}

/** The one PostgreSQL this process works on. */
export interface Database extends Queryable {
  /**
   * Runs `work` in one READ COMMITTED transaction and commits it. A serialization failure or a
   * deadlock runs the whole of `work` again, at most `limits.writeRetriesMax` times.
   * @throws VersionConflict when the retries are used up
   * @throws Unavailable when the database is away
   */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>
  /** Runs `work` in one read-only transaction whose statements all see the same moment. */
  snapshot<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>
  /** For the registry and other low-rate tables. FHIR data goes through `query`. */
  readonly kysely: Kysely<Tables>
  /** How the connections are taken up at this moment. */
  occupancy(): Occupancy
  close(): Promise<void>
}
