import { createLocalJWKSet, type JSONWebKeySet, type JWK } from 'jose'
import type { Issuer } from '../registry/issuers.ts'
import type { Registry } from '../registry/registry.ts'
import { createFetchedKeys, type FetchedKeys } from './fetched-keys.ts'

/** The server's own authorization server: its `iss`, keys and signature algorithms. */
export interface OwnIssuer {
  readonly issuer: string
  readonly publicKeys: readonly JWK[]
  readonly algorithms: readonly string[]
}

/** How far the tokens of one issuer are believed. */
export interface IssuerTrust {
  /** The registered issuer; absent for our own tokens. */
  readonly external?: Issuer
  readonly algorithms: readonly string[]
  /** Seconds after `iat` from which a token is too old. */
  readonly ageSecondsMax: number
  readonly keys: FetchedKeys
}

/** Seconds after `iat` from which a token of our own is too old. */
const ownTokenAgeSecondsMax = 900
/** Key sets kept at most; there are only as many as issuers are registered. */
const keySetsMax = 1000
const issuerCharactersMax = 500

/**
 * Finds who may have issued a token: ourselves, or an active issuer of the registry. Everyone else
 * is undefined, and no key of theirs is ever looked for.
 * @param now seconds since the epoch
 */
export const createIssuerTrust = (
  registry: Registry,
  own: OwnIssuer,
  now: () => number,
): ((issuer: unknown) => Promise<IssuerTrust | undefined>) => {
  const ownTrust: IssuerTrust = {
    algorithms: own.algorithms,
    ageSecondsMax: ownTokenAgeSecondsMax,
    keys: registeredKeys({ keys: [...own.publicKeys] }),
  }
  // Kept beside the registry's memory: a change elsewhere must not fetch every key set anew.
  const keySets = new Map<string, FetchedKeys>()
  return async url => {
    if (url === own.issuer) return ownTrust
    if (typeof url !== 'string' || url.length > issuerCharactersMax || url.includes('\0')) {
      return undefined
    }
    const external = await registry.issuers.byUrl(url)
    if (external?.active !== true) return undefined
    const { algorithms, tokenAgeSecondsMax } = external
    const keys = keysOf(external, keySets, now)
    return { external, algorithms, ageSecondsMax: tokenAgeSecondsMax, keys }
  }
}

const keysOf = (
  { jwks, jwksUri }: Issuer,
  keySets: Map<string, FetchedKeys>,
  now: () => number,
): FetchedKeys => {
  if (jwks !== undefined) return registeredKeys(jwks as unknown as JSONWebKeySet)
  if (jwksUri === undefined) throw new Error('an issuer has keys or the address of its keys')
  const known = keySets.get(jwksUri)
  if (known !== undefined) return known
  if (keySets.size >= keySetsMax) keySets.clear()
  const keySet = createFetchedKeys(jwksUri, now)
  keySets.set(jwksUri, keySet)
  return keySet
}

/** Keys that change with the registry only, whose changes end all that is remembered. */
const registeredKeys = (keys: JSONWebKeySet): FetchedKeys => ({
  find: createLocalJWKSet(keys),
  stands: () => true,
})
