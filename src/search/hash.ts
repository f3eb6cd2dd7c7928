import { hash } from 'node:crypto'

/** Hashes of one kind remembered: codes, categories and patients repeat, so most calls are look-ups. */
const rememberedMax = 30_000

/**
 * The hash of a text that `join` makes of two parts, found again by the parts: to put the text
 * together costs more than the look-up. Those not asked for again are forgotten, half at a time.
 */
const remembering = (join: (first: string, second: string) => string) => {
  let recent = new Map<string, Map<string, bigint>>()
  let earlier = recent
  let count = 0
  return (first: string, second: string): bigint => {
    const known = recent.get(first)?.get(second)
    if (known !== undefined) return known
    const value = earlier.get(first)?.get(second) ?? computed(join(first, second))
    if (++count > rememberedMax / 2) {
      earlier = recent
      recent = new Map()
      count = 1
    }
    const seconds = recent.get(first)
    if (seconds === undefined) recent.set(first, new Map([[second, value]]))
    else seconds.set(second, value)
    return value
  }
}

const computed = (text: string): bigint =>
  BigInt.asIntN(64, BigInt(`0x${hash('sha256', text, 'hex').slice(0, 16)}`))

const whole = remembering((_, text) => text)
const address = remembering((resourceType, id) => `${resourceType}/${id}`)
const coding = remembering((system, code) => `=${system}|${code}`)

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

/** The identity of a search parameter, such as `Observation.code`. */
export const parameterHash = (resourceType: string, code: string): bigint =>
  hash64(`?${resourceType}.${code}`)

/** One entry of the `tokens` column. XOR, so that SQL can make it from a `key`: `key # parameter`. */
export const token = (parameter: bigint, value: bigint): bigint => parameter ^ value

/** `system|code`, `|code` (no system) or `code` in any system: the three ways a token is asked for. */
export const codingHash = (system: string | undefined, code: string): bigint =>
  coding(system ?? '', code)
export const codeHash = (code: string): bigint => coding('*', code)
export const systemHash = (system: string): bigint => coding(system, '*')
