import { hash } from 'node:crypto'
import { decodeJwt, errors, jwtVerify, type JWTPayload } from 'jose'
import { FhirError, Unauthenticated } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import type { Registry } from '../registry/registry.ts'
import { createIssuerTrust, type IssuerTrust, type OwnIssuer } from './issuer-trust.ts'
import type { Principal } from './principal.ts'
import { readClaims } from './token-claims.ts'

/** Bytes of an access token at most. */
export const tokenBytesMax = 8192
/** Verified tokens remembered at most: a signature is checked once, then a hash is enough. */
export const tokensRememberedMax = 10_000
/** Seconds the clocks of two machines may differ. */
const clockToleranceSeconds = 30

/** What a verifier needs to know. */
export interface TokenVerifierOptions {
  readonly registry: Registry
  /** Where the server is seen from outside, without a trailing slash. */
  readonly baseUrl: string
  readonly own: OwnIssuer
  /** Seconds since the epoch. */
  readonly now: () => number
}

export interface TokenVerifier {
  /**
   * Who the bearer token speaks for. Revoking it, or switching off a client, person,
   * organization or issuer, holds from the next call on, also for tokens already seen.
   * @throws Unauthenticated when there is no token or it is not accepted, with one text for all reasons
   * @throws Unavailable when the database or the keys of an external issuer cannot be reached
   */
  verify(authorization: string | undefined): Promise<Principal>
  /**
   * Who a token verified before speaks for, without asking the database; undefined for any other.
   * Nothing may leave on its word before `isCurrent`, asked after the request came, has said true.
   */
  recall(authorization: string | undefined): Recalled | undefined
}

/** A caller from memory. */
export interface Recalled {
  readonly principal: Principal
  /** Whether nothing about clients, people, organizations and issuers has changed since. */
  readonly isCurrent: () => Promise<boolean>
}

/** A token whose signature was good. */
interface Verified {
  readonly principal: Principal
  /** Whether the key it was signed with still stands among those of its issuer. */
  readonly isSigned: () => boolean
}

/** Characters of an id that could be revoked. */
const idCharactersMax = 200

const digestOf = (token: string): string => hash('sha256', token, 'base64url')

/** @see https://www.rfc-editor.org/rfc/rfc9068#section-4 */
export const createTokenVerifier = (options: TokenVerifierOptions): TokenVerifier => {
  const { registry, now } = options
  const verified = registry.memory<string, Verified>(tokensRememberedMax)
  const trustOf = createIssuerTrust(registry, options.own, now)
  const isExpired = ({ expiresAt }: Principal): boolean =>
    expiresAt + clockToleranceSeconds <= now()
  return {
    async verify(authorization) {
      const token = bearerOf(authorization)
      const generation = await registry.refresh()
      const digest = digestOf(token)
      const known = verified.get(digest)
      if (known !== undefined && isExpired(known.principal))
        throw new Unauthenticated('token-expired')
      if (known?.isSigned() === true) return known.principal
      const trust = await trustOf(issuerOf(token))
      if (trust === undefined) throw new Unauthenticated('token-invalid')
      const { payload, isSigned } = await verifySignature(token, trust, options)
      const principal = await readClaims(payload, trust.external, options)
      if (principal === undefined || (await isRevoked(payload, registry)))
        throw new Unauthenticated('token-invalid')
      verified.set(digest, { principal, isSigned }, generation)
      return principal
    },
    recall(authorization) {
      const generation = registry.current()
      const known = verified.get(digestOf(bearerOf(authorization)))
      if (known === undefined || isExpired(known.principal) || !known.isSigned()) return
      const { principal } = known
      return { principal, isCurrent: async () => (await registry.refresh()) === generation }
    },
  }
}

/** Whether the token, or the grant it was made under, was taken back. */
const isRevoked = ({ iss = '', ...payload }: JWTPayload, { revocations }: Registry) => {
  const ids = [payload.jti, payload['grant_id']].filter(
    id => typeof id === 'string' && id.length <= idCharactersMax && !id.includes('\0'),
  ) as string[]
  return revocations.isAnyRevoked(iss, ids)
}

/** The token of an `Authorization: Bearer` header. @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1 */
const bearerOf = (authorization = ''): string => {
  if (!/^Bearer(?: |$)/i.test(authorization)) throw new Unauthenticated('token-missing')
  const token = authorization.slice('Bearer '.length).trim()
  if (token.length > tokenBytesMax || !/^[\w.-]+$/.test(token)) {
    throw new Unauthenticated('token-invalid')
  }
  return token
}

/** Who the token says issued it, still unproven. */
const issuerOf = (token: string): unknown => {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

/** Whether no member of header or claims stands twice: readers differ in which one they believe. */
const isUnambiguous = (token: string): boolean => {
  try {
    for (const part of token.split('.', 2)) parseJson(Buffer.from(part, 'base64url'))
    return true
  } catch {
    return false
  }
}

/** @throws Unauthenticated or Unavailable */
const verifySignature = async (
  token: string,
  trust: IssuerTrust,
  { baseUrl, now }: TokenVerifierOptions,
): Promise<{ readonly payload: JWTPayload; readonly isSigned: () => boolean }> => {
  if (!isUnambiguous(token)) throw new Unauthenticated('token-invalid')
  try {
    const { payload, protectedHeader, key } = await jwtVerify(token, trust.keys.find, {
      algorithms: [...trust.algorithms],
      audience: `${baseUrl}/fhir`,
      typ: 'at+jwt',
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: trust.ageSecondsMax,
      currentDate: new Date(now() * 1000),
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
    })
    if (protectedHeader.crit !== undefined) throw new Unauthenticated('token-invalid')
    // What is remembered of a token ends when the token itself would no longer be taken.
    const { exp = 0, iat = 0 } = payload
    return {
      payload: { ...payload, exp: Math.min(exp, iat + trust.ageSecondsMax) },
      isSigned: () => trust.keys.stands(key),
    }
  } catch (error) {
    if (error instanceof FhirError) throw error
    throw new Unauthenticated(
      error instanceof errors.JWTExpired ? 'token-expired' : 'token-invalid',
    )
  }
}
