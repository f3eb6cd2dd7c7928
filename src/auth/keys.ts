import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { sharedSecret } from '../db/secret.ts'

/** How access tokens are signed. ES256 verifies ten times faster than ES384, at 128 bits of strength. */
export const signingAlgorithm = 'ES256'

/** Their name in the table `secret`. */
export const signingKeysName = 'authorization-signing-keys'

/** The keys of the authorization server. */
export interface AuthorizationKeys {
  /** Private keys, the signing one first. */
  readonly private: readonly JWK[]
  /** What `/auth/jwks` shows. */
  readonly public: readonly JWK[]
  /** Signs cookies. */
  readonly cookies: readonly string[]
}

/** Reads the keys of this installation; the first process to start makes them. */
export const loadKeys = async (kysely: Kysely<Tables>): Promise<AuthorizationKeys> => {
  const stored = await sharedSecret(kysely, signingKeysName, makeKeySet)
  const cookies = await sharedSecret(kysely, 'authorization-cookie-key', async () =>
    randomBytes(32),
  )
  const { keys } = JSON.parse(stored.toString('utf8')) as { keys: JWK[] }
  return { private: keys, public: keys.map(publicPart), cookies: [cookies.toString('base64url')] }
}

const makeKeySet = async (): Promise<Buffer> => {
  const { privateKey } = await generateKeyPair(signingAlgorithm, { extractable: true })
  const key = await exportJWK(privateKey)
  const kid = randomBytes(12).toString('base64url')
  return Buffer.from(JSON.stringify({ keys: [{ ...key, kid, alg: signingAlgorithm, use: 'sig' }] }))
}

const publicPart = ({ d: _, ...key }: JWK): JWK => key
