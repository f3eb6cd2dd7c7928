/** Leaks by authorization servers of hospitals, CONSENT.md 4: what they may not say, and their keys. */
import { exportJWK, exportSPKI, generateKeyPair, type JWK } from 'jose'
import { createHmac } from 'node:crypto'
import t from 'tap'
import { aKeyServer } from '../access/token-issuer.ts'
import { aForge, signerOf } from './forged-token.ts'

const { registry, claims, iua, read, refuses, baseUrl, app, sign: signAsServer } = await aForge(t)
const algorithms = ['RS256', 'ES384'] as const

const aKey = async (kid: string, alg = 'ES384') => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
  const sign = await signerOf({ ...(await exportJWK(privateKey)), kid, alg })
  return { jwk, sign, publicKey }
}

/** Claims about tinglin-wu by tinglin's issuer. */
const claimsBy = (iss: string, changes: Record<string, unknown> = {}) =>
  claims({
    ...{ iss, client_id: 'ward-app', sub: 'wu', scope: 'user/*.rs' },
    fhirUser: `${baseUrl}/fhir/Practitioner/tinglin-wu`,
    extensions: iua({ subject_organization_id: `${baseUrl}/fhir/Organization/tinglin` }),
    ...changes,
  })

const register = async (
  url: string,
  keys: { readonly jwks: { keys: JWK[] } } | { readonly jwksUri: string },
) => {
  await registry.issuers.create({
    ...{ url, algorithms, organizations: ['tinglin'], clients: ['ward-app'] },
    ...{ scopes: ['user/*.cruds'], tokenAgeSecondsMax: 600 },
    ...('jwksUri' in keys ? keys : { jwks: { keys: keys.jwks.keys.map(key => ({ ...key })) } }),
  })
  return url
}

t.test('L74 an algorithm that the issuer is not registered with is refused', async t => {
  const [good, other] = [await aKey('good'), await aKey('other', 'ES256')]
  const jwks = { keys: [good.jwk, other.jwk] }
  const url = await register('https://a.tinglin.example', { jwks })
  t.equal((await read(await good.sign(claimsBy(url)))).status, 200)
  await refuses(t, await other.sign(claimsBy(url)), 'ES256 by a key of the issuer')
})

t.test('L74 an HMAC by the public RSA key of an issuer is no signature', async t => {
  const key = await aKey('rsa', 'RS256')
  const url = await register('https://b.tinglin.example', { jwks: { keys: [key.jwk] } })
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const secret of [await exportSPKI(key.publicKey), key.jwk.n!]) {
    const header = encode({ alg: 'HS256', typ: 'at+jwt', kid: 'rsa' })
    const signed = `${header}.${encode(claimsBy(url))}`
    const mac = createHmac('sha256', secret).update(signed).digest('base64url')
    await refuses(t, `${signed}.${mac}`, 'HS256')
  }
  t.equal((await read(await key.sign(claimsBy(url)))).status, 200)
})

t.test('L75 a storm of unknown kids does not fetch the keys again and again', async t => {
  const key = await aKey('known')
  const { state, jwksUri } = await aKeyServer(t, [key.jwk])
  const url = await register('https://c.tinglin.example', { jwksUri })
  t.equal((await read(await key.sign(claimsBy(url)))).status, 200)
  const storm = Array.from({ length: 30 }, (_, n) => key.sign(claimsBy(url), { kid: `k${n}` }))
  for (const token of await Promise.all(storm)) await refuses(t, token, 'an unknown kid')
  t.ok(state.asked <= 2, `asked ${state.asked} times`)
  t.equal((await read(await key.sign(claimsBy(url)))).status, 200, 'the known one stays good')
})

t.test('L75 two keys under one kid are refused, both of them', async t => {
  const [one, two] = [await aKey('same'), await aKey('same')]
  const { jwksUri } = await aKeyServer(t, [one.jwk, two.jwk])
  const url = await register('https://d.tinglin.example', { jwksUri })
  for (const { sign } of [one, two]) await refuses(t, await sign(claimsBy(url)), 'ambiguous')
})

t.test('L77 an issuer speaks for its own hospital, clients and people only', async t => {
  const key = await aKey('e')
  const url = await register('https://e.tinglin.example', { jwks: { keys: [key.jwk] } })
  const no6 = iua({ subject_organization_id: `${baseUrl}/fhir/Organization/no6` })
  const zhang = `${baseUrl}/fhir/Practitioner/no6-zhang`
  const wrong: Record<string, unknown>[] = [
    ...[{ extensions: no6 }, { fhirUser: zhang }, { extensions: no6, fhirUser: zhang }],
    ...[{ client_id: 'no6-app' }, { client_id: 'tinglin-app' }, { iss: `${baseUrl}/auth` }],
  ]
  for (const changes of wrong)
    await refuses(t, await key.sign(claimsBy(url, changes)), JSON.stringify(changes))
  await refuses(t, await signAsServer(claimsBy(url)), 'nor does the server sign for it')
  t.equal((await read(await key.sign(claimsBy(url)))).status, 200)
})

t.test(
  'L81 of registered keys that change, the new one is good and the old one is not',
  async t => {
    const [before, after] = [await aKey('before'), await aKey('after')]
    const url = await register('https://f.tinglin.example', { jwks: { keys: [before.jwk] } })
    const old = await before.sign(claimsBy(url))
    t.equal((await read(old)).status, 200)
    await refuses(t, await after.sign(claimsBy(url)), 'before the change')
    const change = (keys: JWK[]) =>
      app.context.database.kysely
        .updateTable('issuer')
        .set({ jwks: JSON.stringify({ keys }) })
        .where('url', '=', url)
        .execute()
    await change([before.jwk, after.jwk])
    t.equal((await read(old)).status, 200, 'both, while they overlap')
    t.equal((await read(await after.sign(claimsBy(url)))).status, 200)
    await change([after.jwk])
    await refuses(t, old, 'a token that was good before')
    await refuses(t, await before.sign(claimsBy(url)), 'a new one by the old key')
    t.equal((await read(await after.sign(claimsBy(url)))).status, 200)
  },
)
