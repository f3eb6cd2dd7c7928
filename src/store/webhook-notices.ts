import type { Queryable } from '../db/database.ts'

/** Something a hospital is to be told. */
export interface Notice {
  readonly id: string
  /** `organization.number` of the hospital. */
  readonly owner: number
  /** JSON that names resources by their ids and says nothing else. */
  readonly body: string
}

/** A notice to be sent now. */
export interface DueNotice {
  readonly id: string
  readonly body: string
  /** How many times it was tried, this one included. */
  readonly attempts: number
  readonly url: string
  readonly secret: Buffer
  /** Seconds since the epoch. */
  readonly now: number
}

/** Seconds to the second attempt; each further one waits twice as long, up to the maximum. */
const delaySeconds = 10
const delaySecondsMax = 3600
/** Attempts after which a notice is given up, some nine hours after the first. */
const attemptsMax = 16
/** Notices sent at a time. */
export const dueMax = 10

/**
 * Keeps notices for the hospitals that want to be told, in the transaction of what they are about; those
 * for others are left out.
 */
export const queueNotices = (
  transaction: Queryable,
  notices: readonly Notice[],
): Promise<unknown> =>
  transaction.query({
    name: 'webhook-queue',
    text: `insert into webhook_notice (id, owner, body)
      select n.id, n.owner, n.body from unnest($1::text[], $2::integer[], $3::text[]) n(id, owner, body)
      join webhook w on w.owner = n.owner`,
    values: [
      notices.map(({ id }) => id),
      notices.map(({ owner }) => owner),
      notices.map(({ body }) => body),
    ],
  })

/**
 * The notices that are due, each now counted as tried once more and not due again until its delay is over:
 * a process that dies while it sends loses nothing. Others take other notices.
 */
export const claimNotices = async (queryable: Queryable): Promise<readonly DueNotice[]> => {
  await queryable.query({
    name: 'webhook-forget',
    text: `update webhook_notice n set ended = now(), outcome = 'no-webhook'
      where n.ended is null and not exists (select from webhook w where w.owner = n.owner)`,
    values: [],
  })
  return queryable.query<DueNotice>({
    name: 'webhook-claim',
    text: `update webhook_notice n set attempts = n.attempts + 1,
        next_attempt = now() + least($1 * 2 ^ n.attempts, $2) * interval '1 second'
      from webhook w
      where w.owner = n.owner and n.id in (
        select d.id from webhook_notice d where d.ended is null and d.next_attempt <= now()
        order by d.next_attempt limit $3 for update skip locked)
      returning n.id, n.body, n.attempts, w.url, w.secret, extract(epoch from now())::integer as now`,
    values: [delaySeconds, delaySecondsMax, dueMax],
  })
}

/** Says how an attempt ended: with a status of HTTP, or a code. The last attempt ends the notice. */
export const settleNotice = (
  queryable: Queryable,
  { id, attempts }: Pick<DueNotice, 'id' | 'attempts'>,
  outcome: string,
): Promise<unknown> =>
  queryable.query({
    name: 'webhook-settle',
    text: `update webhook_notice set outcome = $2, ended = case when $3 then now() end
      where id = $1 and ended is null`,
    values: [id, outcome, /^2\d\d$/.test(outcome) || attempts >= attemptsMax],
  })
