import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'
import type { Test } from 'tap'
import {
  createAuthorizationServer,
  type AuthorizationServer,
} from '../../src/auth/authorization-server.ts'
import type { PatientFinder } from '../../src/auth/sign-in-visit.ts'
import type { Database } from '../../src/db/database.ts'
import { createRegistry, type Registry } from '../../src/registry/registry.ts'
import { aDatabase } from '../database.ts'

/** Seconds since the epoch, as the server under test sees them. */
export const now = (): number => Math.floor(Date.now() / 1000)

export interface TokenEndpoint {
  readonly database: Database
  readonly registry: Registry
  readonly authorization: AuthorizationServer
  readonly baseUrl: string
  readonly faults: Error[]
  /** A form sent to /auth/token. */
  post(form: Record<string, string> | string, headers?: Record<string, string>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** There are no patients beside a bare authorization server. */
export const nobody: PatientFinder = {
  find: async () => ({ patients: [], isMore: false }),
  isVisible: async () => false,
}

/** The authorization server on a real socket and a database of its own, in sandbox mode. */
export const aTokenEndpoint = async (t: Test, sandbox = true): Promise<TokenEndpoint> => {
  const database = await aDatabase(t)
  const registry = createRegistry(database)
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const faults: Error[] = []
  const onFault = (fault: Error) => void faults.push(fault)
  const authorization = await createAuthorizationServer({
    ...{ database, registry, baseUrl, sandbox, onFault, now, patients: nobody },
  })
  server.on('request', authorization.listener)
  const post: TokenEndpoint['post'] = async (form, headers = {}) => {
    const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await fetch(`${baseUrl}/auth/token`, {
      ...{ method: 'POST', body, headers: { ...type, ...headers } },
    })
    const text = await response.text()
    const { status, headers: answered } = response
    return { status, headers: answered, body: JSON.parse(text) as Record<string, unknown> }
  }
  return { database, registry, authorization, baseUrl, faults, post }
}

/** The header of HTTP Basic client authentication. */
export const basic = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

/** A key pair of a client: the public key as registered, and a signer of assertions. */
export const aClientKey = async (algorithm: string, kid = 'k1') => {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' }
  const sign = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: algorithm, kid, typ: 'JWT', ...header })
      .sign(privateKey)
  return { jwk, sign, privateKey }
}
