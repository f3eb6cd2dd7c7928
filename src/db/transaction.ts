import assert from 'node:assert'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import { limits } from '../fhir/limits.ts'
import type { Queryable, Row, Statement } from './database.ts'
import { choosePlan } from './plan-choice.ts'
import { isRetryable, refusalOf } from './sqlstate.ts'

/** Sees each statement just before it is sent, begin, commit and rollback too; what it throws stops it. */
export type StatementObserver = (statement: Statement) => void

/** How a transaction gets a connection, and what it tells of. */
export interface TransactionOptions {
  readonly connect: () => Promise<PoolClient>
  readonly onStatement?: StatementObserver | undefined
  /** The statement that begins it; its isolation level. */
  readonly begin: Statement
}

const retryPauseMilliseconds = 4

const commit: Statement = { name: '', text: 'commit', values: [] }
const rollback: Statement = { name: '', text: 'rollback', values: [] }

/** One open transaction on one connection. `begin` travels with the first statement, in one write. */
class Transaction implements Queryable {
  readonly #client: PoolClient
  readonly #options: TransactionOptions
  #state: 'new' | 'begun' | 'ended' = 'new'

  constructor(client: PoolClient, options: TransactionOptions) {
    this.#client = client
    this.#options = options
  }

  async query<R = Row>(statement: Statement): Promise<R[]> {
    assert(this.#state !== 'ended', `${statement.name}: the transaction has ended`)
    if (this.#state === 'begun') return this.#send<R>(statement)
    const { stream } = this.#client.connection
    stream.cork()
    try {
      choosePlan(this.#client, 'by-values')
      this.#options.onStatement?.(this.#options.begin)
      this.#state = 'begun'
      const begun = this.#client.query(this.#options.begin.text)
      const [, rows] = await Promise.all([begun, this.#send<R>(statement, () => stream.uncork())])
      return rows
    } finally {
      if (stream.writableCorked > 0) stream.uncork()
    }
  }

  async #send<R>(statement: Statement, sent?: () => void): Promise<R[]> {
    this.#options.onStatement?.(statement)
    const { name, text, values } = statement
    const pending = this.#client.query({ name, text, values: values as unknown[] })
    sent?.()
    try {
      return (await pending).rows as R[]
    } catch (error) {
      throw refusalOf(error, false)
    }
  }

  /** @throws when COMMIT fails, or when PostgreSQL answers it with ROLLBACK because a statement had failed. */
  async commit(): Promise<void> {
    if (this.#state === 'new') return void (this.#state = 'ended')
    this.#options.onStatement?.(commit)
    this.#state = 'ended'
    let answer
    try {
      answer = await this.#client.query(commit.text)
    } catch (error) {
      throw refusalOf(error, !isRetryable(error))
    }
    assert.equal(answer.command, 'COMMIT', 'a transaction with a failed statement cannot commit')
  }

  /** Undoes everything. `false` when that is not sure, and the connection must not be used again. */
  async rollback(): Promise<boolean> {
    const begun = this.#state === 'begun'
    this.#state = 'ended'
    if (!begun) return true
    try {
      this.#options.onStatement?.(rollback)
      await this.#client.query(rollback.text)
      return true
    } catch {
      return false
    }
  }
}

const attempt = async <T>(
  work: (transaction: Queryable) => Promise<T>,
  options: TransactionOptions,
): Promise<T> => {
  const client = await options.connect()
  const transaction = new Transaction(client, options)
  let clean = false
  try {
    const result = await work(transaction)
    await transaction.commit()
    clean = true
    return result
  } catch (error) {
    clean = await transaction.rollback()
    throw error
  } finally {
    client.release(!clean)
  }
}

/**
 * What `work` gives back, once PostgreSQL has confirmed the commit. A serialization failure or a
 * deadlock runs `work` again, `limits.writeRetriesMax` times at most, after a short random pause.
 * @throws VersionConflict when the retries are used up
 * @throws Unavailable when the database is away; `outcome-unknown` when it went during the commit
 */
export const inTransaction = async <T>(
  work: (transaction: Queryable) => Promise<T>,
  options: TransactionOptions,
): Promise<T> => {
  for (let retries = 0; ; retries++) {
    try {
      return await attempt(work, options)
    } catch (error) {
      const refusal = refusalOf(error, false)
      const original = refusal instanceof Error && refusal.cause ? refusal.cause : refusal
      if (!isRetryable(original) || retries >= limits.writeRetriesMax) throw refusal
      await sleep(randomInt(retryPauseMilliseconds, retryPauseMilliseconds * 2 ** (retries + 1)))
    }
  }
}
