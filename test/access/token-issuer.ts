import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { generateKeyPair, exportJWK, SignJWT, type JWK } from 'jose'
import type { Test } from 'tap'
import { createTokenVerifier, type TokenVerifier } from '../../src/access/token.ts'
import type { Database } from '../../src/db/database.ts'
import { createRegistry, type Registry } from '../../src/registry/registry.ts'
import { aDatabase } from '../database.ts'

export const baseUrl = 'https://fhir.example'
export const ownIssuer = `${baseUrl}/auth`
export const startOfTime = 1_790_000_000

/** A verifier on a registry of two hospitals, with a clock that stands still until it is set. */
export interface Scene {
  readonly database: Database
  readonly registry: Registry
  readonly verifier: TokenVerifier
  readonly clock: { seconds: number }
  readonly own: Signer
  /** Names of the statements sent so far. */
  readonly statements: string[]
}

/** A key and a way to sign claims with it. */
export interface Signer {
  readonly publicKey: JWK
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
}

export const aSigner = async (algorithm: string, kid: string): Promise<Signer> => {
  const pair = await generateKeyPair(algorithm, { extractable: true })
  const publicKey = { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: 'sig' }
  return {
    publicKey,
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid, typ: 'at+jwt', ...header })
        .sign(pair.privateKey, { crit: { b64: true, 'urn:x': true } }),
  }
}

/** What the tokens of the tests say unless a test changes it: `no6-app` for `no6-zhang`. */
export const claims = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  iss: ownIssuer,
  sub: 'no6-zhang',
  client_id: 'no6-app',
  aud: `${baseUrl}/fhir`,
  jti: 'token-1',
  iat: startOfTime,
  exp: startOfTime + 300,
  scope: 'user/*.rs user/DiagnosticReport.c',
  fhirUser: `${baseUrl}/fhir/Practitioner/no6-zhang`,
  extensions: { ihe_iua: iua() },
  ...changes,
})

export const iua = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  subject_organization_id: `${baseUrl}/fhir/Organization/no6`,
  purpose_of_use: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' }],
  ...changes,
})

/** Claims of the system client of no6. */
export const systemClaims = (changes: Record<string, unknown> = {}): Record<string, unknown> =>
  claims({
    ...{ client_id: 'no6-system', sub: 'no6-system', fhirUser: undefined },
    ...{ scope: 'system/*.cruds', ...changes },
  })

export const aScene = async (t: Test): Promise<Scene> => {
  const statements: string[] = []
  const database = await aDatabase(t, { onStatement: ({ name }) => void statements.push(name) })
  const registry = createRegistry(database)
  for (const id of ['no6', 'tinglin']) await registry.organizations.create({ id, name: id })
  const client = { organization: 'no6', purposes: ['TREAT'], grantTypes: ['client_credentials'] }
  await registry.clients.create({
    ...{ ...client, id: 'no6-system', name: 'System', kind: 'system', scopes: ['system/*.cruds'] },
  })
  await registry.clients.create({
    ...{ ...client, id: 'no6-app', name: 'App', kind: 'people', scopes: ['user/*.cruds'] },
  })
  await registry.people.create({ id: 'no6-zhang', organization: 'no6', name: 'Zhang' })
  await registry.people.create({ id: 'tinglin-wang', organization: 'tinglin', name: 'Wang' })
  const own = await aSigner('ES256', 'own-1')
  const clock = { seconds: startOfTime }
  const verifier = createTokenVerifier({
    registry,
    baseUrl,
    own: { issuer: ownIssuer, publicKeys: [own.publicKey], algorithms: ['ES256'] },
    now: () => clock.seconds,
  })
  return { database, registry, verifier, clock, own, statements }
}

/** Serves whatever keys, or text in their place, it holds at the moment, and counts how often it is asked. */
export const aKeyServer = async (t: Test, keys: readonly JWK[]) => {
  const state = { keys, asked: 0, status: 200, body: undefined as string | undefined }
  const server = createServer((_, response) => {
    state.asked++
    response.writeHead(state.status, { 'content-type': 'application/json', location: '/jwks' })
    response.end(state.body ?? JSON.stringify({ keys: state.keys }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return { state, jwksUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` }
}
