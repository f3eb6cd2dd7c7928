import { hash } from 'node:crypto'

/** Distinct texts remembered; codes, categories and patients repeat, so most calls are look-ups. */
const hashesRememberedMax = 50_000
const remembered = new Map<string, bigint>()

/**
 * 64 bits of SHA-256, as PostgreSQL's signed bigint. Cryptographic, so that a sender who chooses
 * ids cannot make one resource pass for another.
 */
export const hash64 = (text: string): bigint => {
  const known = remembered.get(text)
  if (known !== undefined) return known
  const value = Buffer.from(hash('sha256', text, 'hex').slice(0, 16), 'hex').readBigInt64BE()
  if (remembered.size >= hashesRememberedMax) remembered.clear()
  remembered.set(text, value)
  return value
}

/** The key of a resource: the `key` column, and how every reference to it is indexed. */
export const keyOf = (resourceType: string, id: string): bigint => hash64(`${resourceType}/${id}`)

/** The identity of a search parameter, such as `Observation.code`. */
export const parameterHash = (resourceType: string, code: string): bigint =>
  hash64(`?${resourceType}.${code}`)

/** One entry of the `tokens` column. XOR, so that SQL can make it from a `key`: `key # parameter`. */
export const token = (parameter: bigint, value: bigint): bigint => parameter ^ value

/** `system|code`, `|code` (no system) or `code` in any system: the three ways a token is asked for. */
export const codingHash = (system: string | undefined, code: string): bigint =>
  hash64(`=${system ?? ''}|${code}`)
export const codeHash = (code: string): bigint => hash64(`=*|${code}`)
export const systemHash = (system: string): bigint => hash64(`=${system}|*`)
