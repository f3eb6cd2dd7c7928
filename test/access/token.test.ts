/**
 * Access tokens of our own.
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-4
 * @see https://www.rfc-editor.org/rfc/rfc8725 (what goes wrong with JWTs)
 */
import { createHmac } from 'node:crypto'
import { exportSPKI, importJWK } from 'jose'
import t from 'tap'
import { tokenBytesMax } from '../../src/access/token.ts'
import {
  aScene,
  aSigner,
  baseUrl,
  claims,
  iua,
  ownIssuer,
  startOfTime,
  systemClaims,
} from './token-issuer.ts'

const invalid = { status: 401, code: 'token-invalid' }
const expired = { status: 401, code: 'token-expired' }
const missing = { status: 401, code: 'token-missing' }

t.test('a good token of a person becomes a principal', async t => {
  const { verifier, own, registry } = await aScene(t)
  const token = await own.sign(claims({ patient: 'tinglin-p1' }))
  const no6 = await registry.organizations.byId('no6')
  t.same(await verifier.verify(`Bearer ${token}`), {
    issuer: ownIssuer,
    tokenId: 'token-1',
    clientId: 'no6-app',
    subject: 'no6-zhang',
    organization: { number: no6!.number, id: 'no6', name: 'no6' },
    practitioner: 'no6-zhang',
    scopes: [
      { context: 'user', resourceType: '*', letters: 'rs' },
      { context: 'user', resourceType: 'DiagnosticReport', letters: 'c' },
    ],
    purpose: 'TREAT',
    patient: 'tinglin-p1',
    writeRules: {
      ...{ requiresTargets: true, resolvesIdentifiers: false },
      ...{ conditionalDeleteMax: 1, requiresIfMatch: false, profiles: {} },
      ...{ makesStubPatients: false, isVersionedBySource: false, validation: 'strict' },
    },
    expiresAt: startOfTime + 300,
  })
  t.match(await verifier.verify(`bearer   ${token}  `), { tokenId: 'token-1' }, 'any case, blanks')
})

t.test('a token of a system has no practitioner and only system scopes', async t => {
  const { verifier, own } = await aScene(t)
  const scope = 'system/*.rs user/*.cruds patient/*.rs system/*.dus'
  const principal = await verifier.verify(`Bearer ${await own.sign(systemClaims({ scope }))}`)
  t.notOk('practitioner' in principal)
  t.notOk('patient' in principal)
  t.same(principal.scopes, [{ context: 'system', resourceType: '*', letters: 'rs' }])
})

t.test('without a bearer token the answer is that one is missing', async t => {
  const { verifier } = await aScene(t)
  for (const header of [undefined, '', 'Basic YTpi', 'Bearerx y', 'Digest a']) {
    await t.rejects(verifier.verify(header), missing, String(header))
  }
  for (const header of [
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer é',
    'Bearer ..',
    'Bearer a.b.c',
  ]) {
    await t.rejects(verifier.verify(header), invalid, header)
  }
})

t.test('scopes beyond what the client may have now grant nothing', async t => {
  const { verifier, own, registry, database } = await aScene(t)
  const header = `Bearer ${await own.sign(systemClaims())}`
  t.match((await verifier.verify(header)).scopes, [{ letters: 'cruds' }])
  await database.kysely
    .updateTable('client')
    .set({ scopes: ['system/Patient.rs'] })
    .where('id', '=', 'no6-system')
    .execute()
  t.match((await verifier.verify(header)).scopes, [{ resourceType: 'Patient', letters: 'rs' }])
  t.ok(await registry.clients.setActive('no6-system', false))
  await t.rejects(verifier.verify(header), invalid)
})

t.test('claims that are missing, foreign or ambiguous are refused', async t => {
  const { verifier, own } = await aScene(t)
  const reason = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
  const purpose = (...codes: unknown[]) => ({
    extensions: {
      ihe_iua: iua({ purpose_of_use: codes.map(code => ({ system: reason, code })) }),
    },
  })
  const organization = (id: unknown) => ({
    extensions: { ihe_iua: iua({ subject_organization_id: id }) },
  })
  const wrong: Record<string, unknown>[] = [
    { aud: 'https://elsewhere.example/fhir' },
    { aud: [`${baseUrl}/fhir`, 'https://elsewhere.example/fhir'] },
    { aud: `${baseUrl}/fhir/` },
    { aud: undefined },
    { iss: undefined },
    { iss: `${ownIssuer}/` },
    { iss: { a: 1 } },
    { exp: undefined },
    { exp: 'soon' },
    { iat: undefined },
    { iat: startOfTime + 120 },
    { nbf: startOfTime + 120 },
    { jti: undefined },
    { jti: 5 },
    { sub: '' },
    { client_id: undefined },
    { client_id: 'nobody' },
    { client_id: 'no6-app\0' },
    { client_id: 'no6-system' },
    { fhirUser: undefined },
    { fhirUser: `${baseUrl}/fhir/Practitioner/no6-nobody` },
    { fhirUser: `${baseUrl}/fhir/Practitioner/tinglin-wang` },
    { fhirUser: `${baseUrl}/fhir/Patient/no6-zhang` },
    { fhirUser: 'https://elsewhere.example/fhir/Practitioner/no6-zhang' },
    { fhirUser: ['no6-zhang'] },
    { patient: 'a/b' },
    { patient: 5 },
    { extensions: undefined },
    { extensions: [] },
    { extensions: { ihe_iua: iua({ person_id: 'tinglin-p1' }) } },
    { patient: 'tinglin-p2', extensions: { ihe_iua: iua({ person_id: 'tinglin-p1' }) } },
    organization(undefined),
    organization('no6'),
    organization(`${baseUrl}/fhir/Organization/tinglin`),
    organization(`${baseUrl}/fhir/Organization/absent`),
    organization([`${baseUrl}/fhir/Organization/no6`]),
    purpose(),
    purpose('TREAT', 'ETREAT'),
    purpose('TREAT', 'TREAT'),
    purpose('NOPE'),
    purpose('BTG'),
    purpose(5),
    { extensions: { ihe_iua: iua({ purpose_of_use: [{ code: 'TREAT' }] }) } },
    { extensions: { ihe_iua: iua({ purpose_of_use: 'TREAT' }) } },
  ]
  for (const change of wrong) {
    const token = await own.sign(claims(change))
    await t.rejects(verifier.verify(`Bearer ${token}`), invalid, JSON.stringify(change))
  }
  t.ok(await verifier.verify(`Bearer ${await own.sign(claims())}`), 'unchanged it is good')
  t.ok(await verifier.verify(`Bearer ${await own.sign(claims({ aud: [`${baseUrl}/fhir`] }))}`))
  const person = { patient: 'p1', extensions: { ihe_iua: iua({ person_id: 'p1' }) } }
  t.match(await verifier.verify(`Bearer ${await own.sign(claims(person))}`), { patient: 'p1' })
})

t.test('headers that try to choose their own key or rules are refused', async t => {
  const { verifier, own } = await aScene(t)
  const stranger = await aSigner('ES256', 'own-1')
  const byStranger = await stranger.sign(claims(), { jwk: stranger.publicKey })
  await t.rejects(verifier.verify(`Bearer ${byStranger}`), invalid, 'jwk in the header')
  const remote = await stranger.sign(claims(), { jku: 'https://evil.example/jwks' })
  await t.rejects(verifier.verify(`Bearer ${remote}`), invalid, 'jku in the header')
  for (const kid of ['', '../own-1', "' or 1=1 --", 'own-2', 'a'.repeat(5000)]) {
    await t.rejects(verifier.verify(`Bearer ${await own.sign(claims(), { kid })}`), invalid, kid)
  }
  for (const typ of ['JWT', undefined, 'id+jwt', 'at+jwt+x']) {
    await t.rejects(
      verifier.verify(`Bearer ${await own.sign(claims(), { typ })}`),
      invalid,
      String(typ),
    )
  }
  const critical = await own.sign(claims(), { crit: ['urn:x'], 'urn:x': 1 })
  await t.rejects(verifier.verify(`Bearer ${critical}`), invalid, 'crit')
})

t.test('no algorithm but the issuer’s own is taken', async t => {
  const { verifier, own } = await aScene(t)
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = encode(claims())
  const none = `${encode({ alg: 'none', typ: 'at+jwt' })}.${body}.`
  await t.rejects(verifier.verify(`Bearer ${none}`), invalid, 'none')
  const signed = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'own-1' })}.${body}`
  const key = await importJWK(own.publicKey, 'ES256', { extractable: true })
  if (key instanceof Uint8Array) throw new Error('an EC key is no byte string')
  for (const secret of [await exportSPKI(key), JSON.stringify(own.publicKey)]) {
    const mac = createHmac('sha256', secret).update(signed).digest('base64url')
    await t.rejects(verifier.verify(`Bearer ${signed}.${mac}`), invalid, 'HMAC by the public key')
  }
  const other = await aSigner('ES384', 'own-1')
  await t.rejects(verifier.verify(`Bearer ${await other.sign(claims())}`), invalid, 'ES384')
})

t.test('every changed byte of a token makes it invalid', async t => {
  const { verifier, own } = await aScene(t)
  const token = await own.sign(claims())
  // The last character of a base64url text may hold bits that mean nothing.
  for (let at = 0; at < token.length - 1; at += 7) {
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    await t.rejects(verifier.verify(`Bearer ${changed}`), invalid)
  }
  t.ok(await verifier.verify(`Bearer ${token}`))
})

t.test('an expired token says so, also when it was good before', async t => {
  const { verifier, own, clock } = await aScene(t)
  const header = `Bearer ${await own.sign(claims())}`
  t.ok(await verifier.verify(header))
  clock.seconds = startOfTime + 300 + 20
  t.ok(await verifier.verify(header), 'within the tolerance for clocks')
  clock.seconds = startOfTime + 300 + 60
  await t.rejects(verifier.verify(header), expired)
  await t.rejects(verifier.verify(`Bearer ${await own.sign(claims({ jti: 'b' }))}`), expired)
  clock.seconds = startOfTime
  const old = claims({ iat: startOfTime - 2000, exp: startOfTime + 300 })
  await t.rejects(verifier.verify(`Bearer ${await own.sign(old)}`), expired, 'too old by its iat')
  const stranger = await aSigner('ES256', 'own-1')
  const forged = await stranger.sign(claims({ exp: startOfTime - 600 }))
  await t.rejects(verifier.verify(`Bearer ${forged}`), invalid, 'a forged one says nothing more')
})

t.test('a token beyond 8 kB is refused unread', async t => {
  const { verifier, own } = await aScene(t)
  const filler = (length: number) => own.sign(claims({ filler: 'x'.repeat(length) }))
  t.ok(await verifier.verify(`Bearer ${await filler(4000)}`))
  const big = await filler(6500)
  t.ok(big.length > tokenBytesMax)
  await t.rejects(verifier.verify(`Bearer ${big}`), invalid)
  await t.rejects(verifier.verify(`Bearer ${'a'.repeat(10_000_000)}`), invalid)
})

t.test(
  'whoever is switched off is out with the next request, and back with the one after',
  async t => {
    const { verifier, own, registry } = await aScene(t)
    const header = `Bearer ${await own.sign(claims())}`
    const { clients, people, organizations } = registry
    const switches: [string, (active: boolean) => Promise<boolean>][] = [
      ['client', active => clients.setActive('no6-app', active)],
      ['person', active => people.setActive('no6-zhang', active)],
      ['organization', active => organizations.setActive('no6', active)],
    ]
    for (const [what, set] of switches) {
      t.ok(await verifier.verify(header))
      t.ok(await set(false))
      await t.rejects(verifier.verify(header), invalid, what)
      t.ok(await set(true))
      t.ok(await verifier.verify(header), what)
    }
  },
)

t.test('a token seen before costs one statement, shared by all requests of a moment', async t => {
  const { verifier, own, statements } = await aScene(t)
  const header = `Bearer ${await own.sign(claims())}`
  await verifier.verify(header)
  statements.length = 0
  const principals = await Promise.all(Array.from({ length: 40 }, () => verifier.verify(header)))
  t.equal(new Set(principals).size, 1, 'the very same principal')
  t.same(statements, ['registry-generation'])
})

t.test('a lost database is 503, not a refusal of the token', async t => {
  const { verifier, own, database } = await aScene(t)
  const header = `Bearer ${await own.sign(claims())}`
  await verifier.verify(header)
  await database.close()
  await t.rejects(verifier.verify(header), { code: 'unavailable' })
})
