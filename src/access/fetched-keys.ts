import { createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import { Unavailable } from '../fhir/errors.ts'

/** Seconds after which fetched keys no longer count: a key that was withdrawn is refused by then. */
export const keySetAgeSecondsMax = 300
/** Seconds in which an unknown `kid` fetches nothing again. */
const cooldownSeconds = 30
const timeoutMilliseconds = 5_000
const keySetBytesMax = 262_144

type FindKey = (...asked: Parameters<LocalKeys>) => ReturnType<LocalKeys>
type LocalKeys = ReturnType<typeof createLocalJWKSet>

/** The keys an issuer shows at an address. */
export interface FetchedKeys {
  /**
   * The key of a token's header.
   * @throws Unavailable when the keys cannot be had: that says nothing about the token
   */
  readonly find: FindKey
  /** Whether the set that a found key came from is still the one shown, as far as is known and not too old. */
  readonly stands: (key: object) => boolean
}

interface KeySet {
  readonly text: string
  readonly find: FindKey
}

/**
 * Keys behind an address: fetched when first needed, when too old, and, not often, for a `kid` that is
 * not among them. A token by a key that is gone is thus refused within `keySetAgeSecondsMax`.
 * @param now seconds since the epoch
 */
export const createFetchedKeys = (address: string, now: () => number): FetchedKeys => {
  let current: KeySet | undefined
  let fetchedAt = -Infinity
  let renewing: Promise<KeySet> | undefined
  const setOf = new WeakMap<object, KeySet>()
  const isYoungerThan = (seconds: number): boolean => {
    const age = now() - fetchedAt
    return age >= 0 && age < seconds
  }
  const fetchNow = async (): Promise<KeySet> => {
    const askedAt = now()
    const text = await fetchText(address)
    // The same text keeps the same set, and with it what is remembered of its keys.
    if (current?.text !== text) current = keySetOf(text)
    fetchedAt = askedAt
    return current
  }
  const renew = (): Promise<KeySet> =>
    (renewing ??= fetchNow().finally(() => {
      renewing = undefined
    }))
  const findIn = async (set: KeySet, ...[header, token]: Parameters<FindKey>) => {
    const key = await set.find(header, token)
    setOf.set(key, set)
    return key
  }
  const find: FindKey = async (header, token) => {
    const isFresh = current !== undefined && isYoungerThan(keySetAgeSecondsMax)
    const set = isFresh ? current! : await renew()
    try {
      return await findIn(set, header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || isYoungerThan(cooldownSeconds))
        throw error
    }
    return findIn(await renew(), header, token)
  }
  return {
    find: (header, token) => find(header, token).catch(refuse),
    stands: key => isYoungerThan(keySetAgeSecondsMax) && setOf.get(key) === current,
  }
}

const refuse = (error: unknown): never => {
  if (isAboutToken(error)) throw error
  throw new Unavailable()
}

const isAboutToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported

const keySetOf = (text: string): KeySet => ({
  text,
  find: createLocalJWKSet(JSON.parse(text) as JSONWebKeySet),
})

/** @throws Error for any answer but a whole one of bounded size in time */
const fetchText = async (address: string): Promise<string> => {
  const response = await fetch(address, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMilliseconds),
  })
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel()
    throw new Error(`keys answered with ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > keySetBytesMax) throw new Error(`keys of more than ${keySetBytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
