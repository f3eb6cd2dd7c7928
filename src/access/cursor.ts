import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { InvalidRequest } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { Principal } from './principal.ts'
import { formatScope } from './scopes.ts'

/** Where a search goes on, with the question it belongs to. */
export interface Place {
  readonly resourceType: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
  /** Values of the sort keys and the key of the last row shown; empty: at the beginning. */
  readonly position: readonly (string | null)[]
  /** Where the pages before this one began, the last of them last. */
  readonly earlier?: readonly (readonly (string | null)[])[]
}

/**
 * Page links. A cursor is encrypted (it holds search values), expires, and opens only for the caller,
 * tenant, purpose and scopes it was made for. It carries no authority: the next page is searched with
 * the rights of the moment.
 */
export interface Cursors {
  seal(place: Place, principal: Principal, now: Date): string
  /** @throws InvalidRequest with one text for every fault */
  open(cursor: string, principal: Principal, now: Date): Place
}

const cipher = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

const bindings = new WeakMap<Principal, Buffer>()

/** What a cursor is bound to. Tokens are renewed while a caller pages, so the token id is no part of it. */
const boundTo = (principal: Principal): Buffer => {
  let binding = bindings.get(principal)
  if (binding === undefined) {
    const { issuer, clientId, subject, organization, purpose, scopes, patient } = principal
    const parts = [issuer, clientId, subject, organization.id, purpose]
    binding = Buffer.from(JSON.stringify([...parts, scopes.map(formatScope), patient ?? null]))
    bindings.set(principal, binding)
  }
  return binding
}

/** `secret` is 32 bytes, shared by every process of an installation. */
export const createCursors = (secret: Buffer): Cursors => ({
  seal(place, principal, now) {
    const iv = randomBytes(ivBytes)
    const encipher = createCipheriv(cipher, secret, iv).setAAD(boundTo(principal))
    const expires = Math.floor(now.getTime() / 1000) + limits.cursorAgeSecondsMax
    const { resourceType, parameters, position, earlier = [] } = place
    const text = JSON.stringify([expires, resourceType, parameters, position, earlier])
    const sealed = Buffer.concat([encipher.update(text, 'utf8'), encipher.final()])
    return Buffer.concat([iv, encipher.getAuthTag(), sealed]).toString('base64url')
  },

  open(cursor, principal, now) {
    try {
      const bytes = Buffer.from(cursor, 'base64url')
      const decipher = createDecipheriv(cipher, secret, bytes.subarray(0, ivBytes))
        .setAAD(boundTo(principal))
        .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes))
      const text = Buffer.concat([
        decipher.update(bytes.subarray(ivBytes + tagBytes)),
        decipher.final(),
      ]).toString('utf8')
      const [expires, resourceType, parameters, position, earlier] = JSON.parse(text)
      if (expires * 1000 < now.getTime()) throw new Error('expired')
      return { resourceType, parameters, position, earlier }
    } catch {
      throw new InvalidRequest('cursor-invalid')
    }
  },
})
