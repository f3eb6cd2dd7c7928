import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Bytes of a form at most; ours have a few hundred. */
const formBytesMax = 8192

/** The fields of a posted form; undefined when it is too long or no form. */
export const readForm = async (request: IncomingMessage): Promise<URLSearchParams | undefined> => {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(type)) return undefined
  const chunks: Buffer[] = []
  let length = 0
  // The answer still has to get through when the form is too long.
  const bytes = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > formBytesMax) return undefined
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

/** What only a page of this sign-in can carry: a page of another site cannot post in its name. */
export const proofOf = (uid: string, key: string): string =>
  createHmac('sha256', key).update(`sign-in ${uid}`).digest('base64url')

/** Whether a form came from our page. */
export const isProof = (given: string | null, uid: string, key: string): boolean => {
  const expected = Buffer.from(proofOf(uid, key))
  const actual = Buffer.from(given ?? '')
  return expected.length === actual.length && timingSafeEqual(expected, actual)
}

/**
 * Where a request comes from, to count attempts by. A proxy on this machine or network appends the
 * address it saw, so the last one counts; what others write before it does not.
 */
export const addressOf = ({ socket, headers }: IncomingMessage): string => {
  const peer = socket.remoteAddress ?? ''
  const forwarded = String(headers['x-forwarded-for'] ?? '')
  const last = forwarded.split(',').at(-1)?.trim() ?? ''
  return isNear(peer) && last !== '' ? last.slice(0, 100) : peer
}

const isNear = (address: string): boolean =>
  /^(?:::ffff:)?(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|^::1$|^f[cd]/i.test(address)
