import type { Queryable } from '../db/database.ts'
import { compress, decompress } from './content.ts'

/** A client's name for one request. */
export interface RequestName {
  readonly organization: number
  readonly client: string
  readonly key: string
}

/** What was answered, and to which request. */
export interface KeptAnswer {
  readonly requestHash: Buffer
  readonly text: string
}

/** Answers past their time that are removed with each new one at most. */
const removedMax = 100

/** The answer kept under a name since `from`; undefined when there is none. By primary key. */
export const readAnswer = async (
  queryable: Queryable,
  { organization, client, key }: RequestName,
  from: string,
): Promise<KeptAnswer | undefined> => {
  const [row] = await queryable.query<{ request_hash: Buffer; answer: Buffer }>({
    name: 'idempotency-read',
    text: `select request_hash, answer from idempotency_key
      where organization = $1 and client = $2 and key = $3 and answered >= $4`,
    values: [organization, client, key, from],
  })
  return row && { requestHash: row.request_hash, text: decompress(row.answer).toString('utf8') }
}

/**
 * Keeps an answer, in the transaction that does what it tells of, and removes some whose time ended
 * before `from`, by the index `idempotency_key_answered`.
 */
export const keepAnswer = async (
  transaction: Queryable,
  { organization, client, key }: RequestName,
  { requestHash, text }: KeptAnswer,
  { now, from }: { readonly now: string; readonly from: string },
): Promise<void> => {
  await Promise.all([
    transaction.query({
      name: 'idempotency-keep',
      text: `insert into idempotency_key (organization, client, key, request_hash, answered, answer)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (organization, client, key) do update set
          request_hash = excluded.request_hash, answered = excluded.answered, answer = excluded.answer`,
      values: [organization, client, key, requestHash, now, compress(Buffer.from(text))],
    }),
    transaction.query({
      name: 'idempotency-remove',
      text: `delete from idempotency_key where ctid = any(array(
        select ctid from idempotency_key where answered < $1
        order by answered limit ${removedMax} for update skip locked))`,
      values: [from],
    }),
  ])
}
