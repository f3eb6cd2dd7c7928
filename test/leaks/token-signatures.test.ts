/** Leaks by tokens that choose their own key, algorithm or form, CONSENT.md 4. */
import { createHmac } from 'node:crypto'
import { exportJWK, exportSPKI, generateKeyPair, importJWK } from 'jose'
import t from 'tap'
import { tokenBytesMax } from '../../src/access/token.ts'
import { aKeyServer } from '../access/token-issuer.ts'
import { aForge, signerOf, signRaw } from './forged-token.ts'

const { own, sign, claims, read, refuses, baseUrl } = await aForge(t)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const publicKey = { ...own }
delete publicKey.d
const pair = await generateKeyPair('ES256', { extractable: true })
/** A key that says it is the server's. */
const foreign = { ...(await exportJWK(pair.privateKey)), alg: 'ES256', kid: own.kid! }
const signForeign = await signerOf(foreign)

t.test('L74 alg none is refused, in any spelling', async t => {
  for (const alg of ['none', 'None', 'NONE', '', undefined]) {
    const parts = `${encode({ alg, typ: 'at+jwt', kid: own.kid })}.${encode(claims())}`
    await refuses(t, `${parts}.`, `${alg} without a signature`)
    await refuses(t, `${parts}.${(await sign(claims())).split('.')[2]}`, `${alg} with another’s`)
  }
  t.equal((await read(await sign(claims()))).status, 200, 'signed as it should be it is good')
})

t.test('L74 an HMAC by the public key is no signature', async t => {
  const key = await importJWK(publicKey, 'ES256', { extractable: true })
  if (key instanceof Uint8Array) throw new Error('an EC key is no byte string')
  const secrets = [await exportSPKI(key), JSON.stringify(publicKey), publicKey.x!]
  for (const [n, secret] of secrets.entries()) {
    const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: own.kid })}.${encode(claims())}`
    const mac = createHmac('sha256', secret).update(signed).digest('base64url')
    await refuses(t, `${signed}.${mac}`, `form ${n} of the public key`)
  }
})

t.test('L75 a kid is a name, neither a path nor a statement', async t => {
  const kids = ['../../../../dev/null', '/dev/null', "' or '1'='1", "x'; drop table secret; --"]
  kids.push('', 'unknown', `${own.kid}\0`, '__proto__', 'constructor', 'k'.repeat(2000))
  for (const kid of kids) {
    await refuses(t, await sign(claims(), { kid }), JSON.stringify(kid).slice(0, 40))
    await refuses(t, await signForeign(claims(), { kid }), 'nor by another key')
  }
  await refuses(t, await signForeign(claims()), 'another key under the kid of ours')
  t.equal((await read(await sign(claims()))).status, 200)
})

t.test('L76 keys that a token brings along or points to are not looked at', async t => {
  const jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'foreign' }
  const { state, jwksUri } = await aKeyServer(t, [jwk])
  const headers = [{ jwk }, { jku: jwksUri }, { x5u: jwksUri }, { x5c: ['AAAA'] }, { x5t: 'AAAA' }]
  for (const header of headers) {
    await refuses(t, await signForeign(claims(), header), Object.keys(header).join())
    await refuses(t, await signForeign(claims(), { ...header, kid: 'foreign' }), 'by its own name')
  }
  t.equal(state.asked, 0, 'nothing was fetched')
})

t.test('L79 a type but that of access tokens is refused', async t => {
  for (const typ of ['JWT', 'id+jwt', 'logout+jwt', 'client-authentication+jwt', '', undefined])
    await refuses(t, await sign(claims(), { typ }), String(typ))
})

t.test('L89 a critical header is refused, known or not', async t => {
  const header = { alg: 'ES256', kid: own.kid, typ: 'at+jwt' }
  const raw = (more: Record<string, unknown>) =>
    signRaw(own, JSON.stringify({ ...header, ...more }), JSON.stringify(claims()))
  t.equal((await read(raw({}))).status, 200, 'without one it is good')
  await refuses(t, raw({ crit: ['urn:x'], 'urn:x': true }), 'an extension')
  for (const crit of [['exp'], ['b64'], [], 'exp', null, {}, [5]])
    await refuses(t, raw({ crit }), JSON.stringify(crit))
  await refuses(t, raw({ crit: ['b64'], b64: true }), 'b64, known to the library')
})

t.test('L89 an oversized token is refused', async t => {
  const big = await sign(claims({ filler: 'x'.repeat(tokenBytesMax) }))
  t.ok(big.length > tokenBytesMax)
  await refuses(t, big, 'with a good signature')
  const fitting = await sign(claims({ filler: 'x'.repeat(tokenBytesMax / 2) }))
  t.equal((await read(fitting)).status, 200)
})

t.test('L89 a claim or header that stands twice is refused, whichever is the good one', async t => {
  const good = JSON.stringify(claims())
  const header = JSON.stringify({ alg: 'ES256', kid: own.kid, typ: 'at+jwt' })
  const changes: [string, unknown][] = [
    ['iss', 'https://elsewhere.example'],
    ['aud', 'https://elsewhere.example/fhir'],
    ['client_id', 'tinglin-app'],
    ['fhirUser', `${baseUrl}/fhir/Practitioner/tinglin-wu`],
    ['exp', 1],
    ['scope', 'user/*.rs'],
  ]
  const with2 = (text: string, name: string, value: unknown) => {
    const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`
    return [`{${member},${text.slice(1)}`, `${text.slice(0, -1)},${member}}`]
  }
  for (const [name, value] of changes)
    for (const text of with2(good, name, value)) await refuses(t, await sign(text), name)
  for (const [name, value] of [['alg', 'none'] as const, ['kid', 'other'], ['typ', 'JWT']])
    for (const text of with2(header, name, value)) await refuses(t, signRaw(own, text, good), name)
  const nested = good.replace('"code":"TREAT"', '"code":"HMARKT","code":"TREAT"')
  t.not(nested, good)
  await refuses(t, await sign(nested), 'a member within a claim')
  await refuses(t, await sign(good.replace('"iss"', '"is\\u0073":"x","iss"')), 'escaped')
  t.equal((await read(signRaw(own, header, good))).status, 200)
})
