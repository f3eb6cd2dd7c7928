/** Access tokens of hospitals' own authorization servers. */
import t from 'tap'
import type { NewIssuer } from '../../src/registry/issuers.ts'
import { keySetAgeSecondsMax } from '../../src/access/fetched-keys.ts'
import { aKeyServer, aScene, aSigner, baseUrl, claims, iua, startOfTime } from './token-issuer.ts'

const url = 'https://idp.tinglin.example'
const invalid = { status: 401, code: 'token-invalid' }

const anIssuer = (changes: Partial<NewIssuer>): NewIssuer => ({
  url,
  algorithms: ['ES384', 'RS256'],
  organizations: ['tinglin'],
  clients: ['ward-app'],
  scopes: ['user/Observation.cruds'],
  tokenAgeSecondsMax: 600,
  ...changes,
})

/** Claims for the person tinglin-wang by the external issuer. */
const external = (changes: Record<string, unknown> = {}) =>
  claims({
    ...{ iss: url, sub: 'wang', client_id: 'ward-app', scope: 'user/*.cruds' },
    fhirUser: `${baseUrl}/fhir/Practitioner/tinglin-wang`,
    extensions: {
      ihe_iua: iua({ subject_organization_id: `${baseUrl}/fhir/Organization/tinglin` }),
    },
    ...changes,
  })

t.test('a registered issuer speaks for its organizations, up to its ceiling', async t => {
  const { verifier, registry } = await aScene(t)
  const signer = await aSigner('ES384', 'e1')
  await registry.issuers.create(anIssuer({ jwks: { keys: [{ ...signer.publicKey }] } }))
  const verify = async (changes?: Record<string, unknown>) =>
    verifier.verify(`Bearer ${await signer.sign(external(changes))}`)
  t.match(await verify(), {
    issuer: url,
    clientId: 'ward-app',
    practitioner: 'tinglin-wang',
    organization: { id: 'tinglin' },
    scopes: [{ context: 'user', resourceType: 'Observation', letters: 'cruds' }],
  })
  const no6 = `${baseUrl}/fhir/Organization/no6`
  const wrong: Record<string, unknown>[] = [
    { client_id: 'no6-app' },
    { client_id: 'other' },
    { iss: 'https://idp.other.example' },
    { extensions: { ihe_iua: iua({ subject_organization_id: no6 }) } },
    { fhirUser: `${baseUrl}/fhir/Practitioner/no6-zhang` },
    { fhirUser: `${baseUrl}/fhir/Practitioner/no6-zhang`, extensions: { ihe_iua: iua() } },
  ]
  for (const change of wrong) await t.rejects(verify(change), invalid, JSON.stringify(change))
  await t.rejects(verify({ iat: startOfTime - 700 }), { code: 'token-expired' })
  await registry.issuers.setActive(url, false)
  await t.rejects(verify(), invalid)
})

t.test(
  'an issuer vouches for a second factor, and without one nobody breaks the glass',
  async t => {
    const { verifier, registry } = await aScene(t)
    const signer = await aSigner('ES384', 'e1')
    await registry.issuers.create(anIssuer({ jwks: { keys: [{ ...signer.publicKey }] } }))
    const glass = iua({
      subject_organization_id: `${baseUrl}/fhir/Organization/tinglin`,
      purpose_of_use: [
        { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'BTG' },
      ],
    })
    const verify = async (changes: Record<string, unknown>) =>
      verifier.verify(
        `Bearer ${await signer.sign(external({ extensions: { ihe_iua: glass }, patient: 'no6-p1', ...changes }))}`,
      )
    for (const amr of [undefined, [], ['pwd'], 'mfa', ['MFA']])
      await t.rejects(verify({ amr }), invalid, JSON.stringify(amr))
    await t.rejects(verify({ acr: 'pwd' }), invalid)
    await t.rejects(verify({ acr: 'mfa', patient: undefined }), invalid, 'of no patient')
    await t.rejects(verify({ acr: 'mfa', fhirUser: undefined }), invalid, 'by a system')
    t.match(await verify({ acr: 'mfa' }), {
      purpose: 'BTG',
      patient: 'no6-p1',
      hasSecondFactor: true,
    })
    t.match(await verify({ amr: ['pwd', 'otp'] }), { purpose: 'BTG' })
  },
)

t.test('an issuer cannot sign for another, nor for us', async t => {
  const { verifier, registry } = await aScene(t)
  const signer = await aSigner('ES384', 'own-1')
  await registry.issuers.create(anIssuer({ jwks: { keys: [{ ...signer.publicKey }] } }))
  await t.rejects(verifier.verify(`Bearer ${await signer.sign(claims())}`), invalid)
})

t.test('a remembered token of an issuer ends with its greatest age', async t => {
  const { verifier, registry, clock } = await aScene(t)
  const signer = await aSigner('ES384', 'e1')
  await registry.issuers.create(anIssuer({ jwks: { keys: [{ ...signer.publicKey }] } }))
  const header = `Bearer ${await signer.sign(external({ exp: startOfTime + 86_400 }))}`
  t.match(await verifier.verify(header), { expiresAt: startOfTime + 600 })
  clock.seconds = startOfTime + 700
  await t.rejects(verifier.verify(header), { code: 'token-expired' })
})

t.test('keys are fetched once, and an unknown key does not fetch them again and again', async t => {
  const { verifier, registry } = await aScene(t)
  const signer = await aSigner('RS256', 'e1')
  const { state, jwksUri } = await aKeyServer(t, [signer.publicKey])
  await registry.issuers.create(anIssuer({ jwksUri }))
  for (let n = 0; n < 5; n++) {
    t.ok(await verifier.verify(`Bearer ${await signer.sign(external({ jti: `t${n}` }))}`))
  }
  t.equal(state.asked, 1)
  for (let n = 0; n < 20; n++) {
    const token = await signer.sign(external(), { kid: `unknown-${n}` })
    await t.rejects(verifier.verify(`Bearer ${token}`), invalid)
  }
  t.ok(state.asked <= 2, `asked ${state.asked} times`)
})

t.test('two keys of one kid, or none at all, are refused', async t => {
  const { verifier, registry } = await aScene(t)
  const [one, other] = [await aSigner('ES384', 'e1'), await aSigner('ES384', 'e1')]
  const { jwksUri } = await aKeyServer(t, [one.publicKey, other.publicKey])
  await registry.issuers.create(anIssuer({ jwksUri }))
  await t.rejects(verifier.verify(`Bearer ${await one.sign(external())}`), invalid)
})

t.test('keys that cannot be had are 503, and the token is good again afterwards', async t => {
  const { verifier, registry } = await aScene(t)
  const signer = await aSigner('ES384', 'e1')
  const { state, jwksUri } = await aKeyServer(t, [signer.publicKey])
  await registry.issuers.create(anIssuer({ jwksUri }))
  state.status = 500
  const header = `Bearer ${await signer.sign(external())}`
  await t.rejects(verifier.verify(header), { code: 'unavailable' })
  state.status = 200
  t.ok(await verifier.verify(header))
})

t.test('L81 a key that an issuer withdraws is refused in minutes, remembered or not', async t => {
  const { verifier, registry, clock } = await aScene(t)
  const [before, after] = [await aSigner('ES384', 'before'), await aSigner('ES384', 'after')]
  const { state, jwksUri } = await aKeyServer(t, [before.publicKey])
  await registry.issuers.create(anIssuer({ jwksUri }))
  const header = `Bearer ${await before.sign(external({ exp: startOfTime + 600 }))}`
  t.ok(await verifier.verify(header))
  t.ok(verifier.recall(header), 'remembered')
  state.keys = [after.publicKey]
  clock.seconds += keySetAgeSecondsMax - 1
  t.ok(await verifier.verify(header), 'the keys of a moment ago')
  t.equal(state.asked, 1)
  clock.seconds++
  t.equal(verifier.recall(header), undefined, 'not to be believed from memory')
  await t.rejects(verifier.verify(header), invalid)
  await t.rejects(verifier.verify(header), invalid, 'nor later')
  t.equal(state.asked, 2)
  const next = `Bearer ${await after.sign(external({ exp: startOfTime + 600, jti: 'next' }))}`
  t.ok(await verifier.verify(next))
})

t.test('a withdrawn key is refused as soon as a new one has been seen', async t => {
  const { verifier, registry, clock } = await aScene(t)
  const [before, after] = [await aSigner('ES384', 'before'), await aSigner('ES384', 'after')]
  const { state, jwksUri } = await aKeyServer(t, [before.publicKey])
  await registry.issuers.create(anIssuer({ jwksUri }))
  const header = `Bearer ${await before.sign(external())}`
  t.ok(await verifier.verify(header))
  state.keys = [after.publicKey]
  clock.seconds += 60
  t.ok(await verifier.verify(`Bearer ${await after.sign(external({ jti: 'next' }))}`))
  t.equal(verifier.recall(header), undefined)
  await t.rejects(verifier.verify(header), invalid)
})

t.test('keys that stay keep remembered tokens good; keys that cannot be had do not', async t => {
  const { verifier, registry, clock } = await aScene(t)
  const signer = await aSigner('ES384', 'e1')
  const { state, jwksUri } = await aKeyServer(t, [signer.publicKey])
  await registry.issuers.create(anIssuer({ jwksUri }))
  const header = `Bearer ${await signer.sign(external({ exp: startOfTime + 600 }))}`
  t.ok(await verifier.verify(header))
  clock.seconds += keySetAgeSecondsMax
  t.ok(await verifier.verify(header), 'looked at again')
  t.ok(verifier.recall(header))
  t.equal(state.asked, 2)
  clock.seconds += keySetAgeSecondsMax - 1
  state.status = 500
  t.ok(verifier.recall(header), 'still of these minutes')
  clock.seconds++
  await t.rejects(verifier.verify(header), { code: 'unavailable' })
})

t.test('a key set that is no key set, endless or elsewhere is 503', async t => {
  const { verifier, registry } = await aScene(t)
  const signer = await aSigner('ES384', 'e1')
  const { state, jwksUri } = await aKeyServer(t, [signer.publicKey])
  await registry.issuers.create(anIssuer({ jwksUri }))
  const verify = async () => verifier.verify(`Bearer ${await signer.sign(external())}`)
  for (const body of ['', '[]', '{"keys":5}', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`]) {
    state.body = body
    await t.rejects(verify(), { code: 'unavailable' }, body.slice(0, 20))
  }
  state.body = undefined
  state.status = 302
  await t.rejects(verify(), { code: 'unavailable' })
  state.status = 200
  t.ok(await verify())
})
