import type { Database } from '../store/queryable.ts'
import { claimNotices, dueMax, settleNotice } from '../store/webhook-notices.ts'
import { createRounds, type Worker } from './rounds.ts'
import { sendNotice } from './webhook-request.ts'

/** Between two looks for notices that another process has left, or that are to be tried again. */
const lookMilliseconds = 5000

/** What the sending of notices needs. */
export interface WebhooksOptions {
  readonly database: Database
  /** Addresses of this machine and its network, and such without TLS, will do. */
  readonly isSandbox: boolean
  /** Told of what made it stop; it tries again later. For the log. */
  readonly onFault: (error: unknown) => void
}

/** Sends what hospitals are to be told, whichever process has kept it. */
export const createWebhookSender = (options: WebhooksOptions): Worker =>
  createRounds({
    lookMilliseconds,
    onFault: options.onFault,
    round: async going => {
      while (!going.isStopped && (await sendDue(options)) === dueMax);
    },
  })

/** Sends the notices that are due, side by side. @returns how many there were */
const sendDue = async ({ database, isSandbox }: WebhooksOptions): Promise<number> => {
  const due = await claimNotices(database)
  await Promise.all(
    due.map(async notice => settleNotice(database, notice, await sendNotice(notice, isSandbox))),
  )
  return due.length
}
