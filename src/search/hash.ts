import { hash } from 'node:crypto'
import { remembering } from './remembering.ts'

const computed = (text: string): bigint =>
  BigInt.asIntN(64, BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`))

const codingText = (system: string, code: string): string => `=${system}|${code}`

const whole = remembering((_, text) => computed(text))
const address = remembering((resourceType, id) => computed(`${resourceType}/${id}`))
const coding = remembering((system, code) => computed(codingText(system, code)))
const codings = remembering<CodingHashes>((system, code) => ({
  code: computed(codingText('*', code)),
  coding: computed(codingText(system, code)),
}))

/**
 * 64 bits of SHA-256, as PostgreSQL's signed bigint. Cryptographic, so that a sender who chooses
 * ids cannot make one resource pass for another.
 */
export const hash64 = (text: string): bigint => whole('', text)

/** The key of a resource: the `key` column, and how every reference to it is indexed. */
export const keyOf = (resourceType: string, id: string): bigint => address(resourceType, id)

/** The same of a resource that is only now made: not remembered, for few ask for it again soon. */
export const keyOfNew = (resourceType: string, id: string): bigint =>
  computed(`${resourceType}/${id}`)

/** The identity of a text: not remembered, for it may be long. */
export const textHash = (text: string): bigint => computed(`text ${text}`)

/** The identity of a search parameter, such as `Observation.code`. */
export const parameterHash = (resourceType: string, code: string): bigint =>
  hash64(`?${resourceType}.${code}`)

/** One entry of the `tokens` column. XOR, so that SQL can make it from a `key`: `key # parameter`. */
export const token = (parameter: bigint, value: bigint): bigint => parameter ^ value

/** The two hashes of a code: in any system, and in its own. */
export interface CodingHashes {
  readonly code: bigint
  readonly coding: bigint
}

/** `system|code`, `|code` (no system) or `code` in any system: the three ways a token is asked for. */
export const codingHash = (system: string | undefined, code: string): bigint =>
  coding(system ?? '', code)
export const codeHash = (code: string): bigint => coding('*', code)
export const systemHash = (system: string): bigint => coding(system, '*')

/** `codeHash` and `codingHash` of a code in one look-up, for who indexes it. */
export const codingHashes = (system: string | undefined, code: string): CodingHashes =>
  codings(system ?? '', code)
