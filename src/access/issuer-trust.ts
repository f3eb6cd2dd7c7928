import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose'
import { Unavailable } from '../fhir/errors.ts'
import type { Issuer } from '../registry/issuers.ts'
import type { Registry } from '../registry/registry.ts'

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
  readonly keys: JWTVerifyGetKey
}

/** Seconds after `iat` from which a token of our own is too old. */
const ownTokenAgeSecondsMax = 900
const keySetCooldownMilliseconds = 30_000
const keySetAgeMillisecondsMax = 300_000
const keySetTimeoutMilliseconds = 5_000
/** Key sets kept at most; there are only as many as issuers are registered. */
const keySetsMax = 1000
const issuerCharactersMax = 500

/**
 * Finds who may have issued a token: ourselves, or an active issuer of the registry. Everyone else
 * is undefined, and no key of theirs is ever looked for.
 */
export const createIssuerTrust = (
  registry: Registry,
  own: OwnIssuer,
): ((issuer: unknown) => Promise<IssuerTrust | undefined>) => {
  const ownTrust: IssuerTrust = {
    algorithms: own.algorithms,
    ageSecondsMax: ownTokenAgeSecondsMax,
    keys: createLocalJWKSet({ keys: [...own.publicKeys] }),
  }
  // Kept beside the registry's memory: a change elsewhere must not fetch every key set anew.
  const keySets = new Map<string, JWTVerifyGetKey>()
  return async url => {
    if (url === own.issuer) return ownTrust
    if (typeof url !== 'string' || url.length > issuerCharactersMax || url.includes('\0')) {
      return undefined
    }
    const external = await registry.issuers.byUrl(url)
    if (external?.active !== true) return undefined
    const { algorithms, tokenAgeSecondsMax } = external
    const keys = keysOf(external, keySets)
    return { external, algorithms, ageSecondsMax: tokenAgeSecondsMax, keys }
  }
}

const keysOf = (issuer: Issuer, keySets: Map<string, JWTVerifyGetKey>): JWTVerifyGetKey => {
  const { jwks, jwksUri } = issuer
  if (jwks !== undefined) return createLocalJWKSet(jwks as unknown as JSONWebKeySet)
  if (jwksUri === undefined) throw new Error('an issuer has keys or the address of its keys')
  const known = keySets.get(jwksUri)
  if (known !== undefined) return known
  if (keySets.size >= keySetsMax) keySets.clear()
  const keySet = fetchedKeys(jwksUri)
  keySets.set(jwksUri, keySet)
  return keySet
}

/** Keys behind an address. That they cannot be had says nothing about the token: 503, not 401. */
const fetchedKeys = (address: string): JWTVerifyGetKey => {
  const keySet = createRemoteJWKSet(new URL(address), {
    cooldownDuration: keySetCooldownMilliseconds,
    cacheMaxAge: keySetAgeMillisecondsMax,
    timeoutDuration: keySetTimeoutMilliseconds,
  })
  return async (header, token) => {
    try {
      return await keySet(header, token)
    } catch (error) {
      if (isAboutToken(error)) throw error
      throw new Unavailable()
    }
  }
}

const isAboutToken = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported
