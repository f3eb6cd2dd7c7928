import { createPrivateKey, sign as signBytes } from 'node:crypto'
import { CompactSign, importJWK, type JWK } from 'jose'
import type { Test } from 'tap'
import { loadKeys, signingAlgorithm } from '../../src/auth/keys.ts'
import { createRegistry, type Registry } from '../../src/registry/registry.ts'
import { aServer, seenOf, type Answer, type TestServer } from '../server.ts'

/** Signs a text, or claims as JSON, under a header of any content. */
export type Sign = (
  claims: string | Record<string, unknown>,
  header?: Record<string, unknown>,
) => Promise<string>

/** A signer with a private key; `alg` and `kid` are those of the key unless the header says others. */
export const signerOf = async (key: JWK): Promise<Sign> => {
  const privateKey = await importJWK(key, key.alg)
  return (claims, header = {}) =>
    new CompactSign(Buffer.from(typeof claims === 'string' ? claims : JSON.stringify(claims)))
      .setProtectedHeader({ alg: key.alg!, kid: key.kid!, typ: 'at+jwt', ...header })
      .sign(privateKey, { crit: { 'urn:x': true } })
}

/**
 * Signs any bytes as header and claims with an ES256 key: what a library would not let stand in a
 * header comes with a good signature.
 */
export const signRaw = (key: JWK, header: string, claims: string): string => {
  const signed = [header, claims].map(part => Buffer.from(part).toString('base64url')).join('.')
  const privateKey = createPrivateKey({ key: { ...key }, format: 'jwk' })
  const signature = signBytes('sha256', Buffer.from(signed), {
    ...{ key: privateKey, dsaEncoding: 'ieee-p1363' },
  })
  return `${signed}.${signature.toString('base64url')}`
}

/** Seconds since the epoch. */
export const now = (): number => Math.floor(Date.now() / 1000)

/** The patient every forged token is after: visible to a good one. */
export const target = 'tinglin-liuyang'

/** A server whose own key the test holds, to sign what its authorization server never would. */
export interface Forge extends TestServer {
  readonly registry: Registry
  readonly own: JWK
  readonly sign: Sign
  /** Claims of no6-zhang by no6-app, with changes. */
  readonly claims: (changes?: Record<string, unknown>) => Record<string, unknown>
  /** The part of the claims that IHE IUA names, with changes. */
  readonly iua: (changes: Record<string, unknown>) => Record<string, unknown>
  readonly read: (token: string) => Promise<Answer>
  /** That a token reads nothing, and is told what a text that is no token is told. */
  readonly refuses: (t: Test, token: string, what: string) => Promise<void>
}

export const aForge = async (t: Test): Promise<Forge> => {
  const server = await aServer(t)
  const { app, ask, baseUrl } = server
  const own = (await loadKeys(app.context.database.kysely)).private[0]!
  const read = (token: string) =>
    ask('GET', `/fhir/Patient/${target}`, { headers: { authorization: `Bearer ${token}` } })
  const refused = seenOf(await read('a.b.c'))
  const iua = (changes: Record<string, unknown>) => ({
    ihe_iua: {
      subject_organization_id: `${baseUrl}/fhir/Organization/no6`,
      purpose_of_use: [
        { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' },
      ],
      ...changes,
    },
  })
  const claims: Forge['claims'] = changes => ({
    ...{ iss: `${baseUrl}/auth`, aud: `${baseUrl}/fhir`, sub: 'no6-zhang', client_id: 'no6-app' },
    ...{ jti: app.context.newId(), iat: now(), exp: now() + 300, scope: 'user/*.rs' },
    ...{ fhirUser: `${baseUrl}/fhir/Practitioner/no6-zhang`, extensions: iua({}) },
    ...changes,
  })
  const refuses: Forge['refuses'] = async (test, token, what) => {
    const answer = seenOf(await read(token))
    test.equal(answer.status, 401, what)
    test.same(answer, refused, `${what}: told as of any other`)
  }
  const registry = createRegistry(app.context.database)
  return {
    ...{ ...server, registry, own: { ...own, alg: signingAlgorithm } },
    ...{ sign: await signerOf({ ...own, alg: signingAlgorithm }), claims, iua, read, refuses },
  }
}
