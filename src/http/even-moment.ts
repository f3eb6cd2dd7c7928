import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { NotFound } from '../fhir/errors.ts'

/** Milliseconds between the moments at which "not found" may leave, counted from the request's arrival. */
export const evenMomentMs = 20

/**
 * What `work` comes to; but that nothing was found is told at the next even moment only. To find a
 * record and see that it is hidden takes longer than to find none, and the time must not tell which it
 * was (decision 0027).
 */
export const atEvenMoment = async <T>(reply: FastifyReply, work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof NotFound && error.code === 'not-found') await evenMoment(reply)
    throw error
  }
}

/**
 * A timer counts from the turn of the event loop it was set in, and would carry on what it should
 * even out: it ends early, and the last milliseconds are waited for one by one.
 */
const evenMoment = async (reply: FastifyReply): Promise<void> => {
  const until = Math.ceil(reply.elapsedTime / evenMomentMs) * evenMomentMs
  for (let left = until - reply.elapsedTime; left > 0; left = until - reply.elapsedTime)
    await sleep(Math.max(1, Math.floor(left) - 2))
}
