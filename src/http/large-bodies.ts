import type { FastifyReply } from 'fastify'
import { Unavailable } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'

/**
 * Counts the bytes of a large body from when they are announced until the answer has left.
 * @throws Unavailable when the large bodies under way would become more than may be
 */
export type TakeRoom = (reply: FastifyReply, bytes: number) => void

/**
 * Room for the large bodies of this process, which are read and parsed whole and take ten times their
 * size in memory meanwhile. One alone is always taken. Smaller ones are bounded by the shares of the
 * organizations.
 */
export const createRoom = (bytesMax: number): TakeRoom => {
  let underWay = 0
  return (reply, bytes) => {
    if (bytes < limits.largeBodyBytesMin) return
    if (underWay > 0 && underWay + bytes > bytesMax) throw new Unavailable('large-bodies-busy')
    underWay += bytes
    reply.raw.once('close', () => {
      underWay -= bytes
    })
  }
}

/** Bytes of the body as a request announces them; 0 where it does not. */
export const announcedBytes = (contentLength: string | undefined): number => {
  const bytes = Number(contentLength)
  return bytes > 0 ? bytes : 0
}
