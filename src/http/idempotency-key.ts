import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Exchange } from '../interactions/interaction.ts'

/**
 * The `Idempotency-Key` of a POST and the hash of what it asks for: address, criteria and body, byte
 * for byte. Other methods do the same however often they are sent and need no key.
 */
export const idempotencyOf = (request: FastifyRequest): Exchange['idempotency'] => {
  const key = request.headers['idempotency-key']
  if (request.method !== 'POST' || key === undefined) return undefined
  const hash = createHash('sha256')
    .update(`${request.url}\n${String(request.headers['if-none-exist'])}\n`)
    .update((request.body as Buffer | undefined) ?? '')
  return { key: String(key), requestHash: hash.digest() }
}
