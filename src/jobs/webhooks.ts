import type { Database } from '../store/queryable.ts'
import { claimNotices, dueMax, settleNotice } from '../store/webhook-notices.ts'
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
export interface WebhookSender {
  /** Looks for notices now. */
  wake(): void
  /** Waits for the attempts under way, and begins none after them. */
  stop(): Promise<void>
}

export const createWebhookSender = (options: WebhooksOptions): WebhookSender => {
  let sending: Promise<void> | undefined
  const state = { isStopped: false, isWoken: false }

  const send = async (): Promise<void> => {
    try {
      while (!state.isStopped && (await sendDue(options)) === dueMax);
    } catch (error) {
      if (!state.isStopped) options.onFault(error)
    }
    sending = undefined
    if (state.isWoken) wake()
  }
  const wake = (): void => {
    state.isWoken = true
    if (state.isStopped || sending !== undefined) return
    state.isWoken = false
    sending = send()
  }
  const timer = setInterval(wake, lookMilliseconds)
  timer.unref()
  return {
    wake,
    async stop() {
      state.isStopped = true
      clearInterval(timer)
      await sending
    },
  }
}

/** Sends the notices that are due, side by side. @returns how many there were */
const sendDue = async ({ database, isSandbox }: WebhooksOptions): Promise<number> => {
  const due = await claimNotices(database)
  await Promise.all(
    due.map(async notice => settleNotice(database, notice, await sendNotice(notice, isSandbox))),
  )
  return due.length
}
