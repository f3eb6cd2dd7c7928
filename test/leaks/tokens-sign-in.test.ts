/** Leaks by the tokens of a sign-in, CONSENT.md 4, and what introspection and revocation tell. */
import t from 'tap'
import { aSignInServer } from '../auth/sign-in-server.ts'

const server = await aSignInServer(t)
const { baseUrl, registry, signIn, redeem, post, desk, tokenFor } = server
const read = async (token: unknown, path = 'Patient/tinglin-liuyang') =>
  (
    await fetch(`${baseUrl}/fhir/${path}`, {
      headers: { authorization: `Bearer ${String(token)}` },
    })
  ).status
const tokens = async (scope = 'offline_access user/*.rs') =>
  (await redeem(await signIn({ scope }))).body

t.test('L79 an id token, a refresh token and a code are no access tokens', async t => {
  const got = await signIn({ scope: 'openid offline_access user/*.rs' })
  t.equal(await read(got.code), 401)
  const { body } = await redeem(got)
  t.equal(await read(body['access_token']), 200)
  t.equal(await read(body['id_token']), 401)
  t.equal(await read(body['refresh_token']), 401)
})

t.test('L86 an app takes back an access token of its own, and no other', async t => {
  const { access_token: token } = await tokens()
  const form = { token: String(token) }
  t.equal((await post('revoke', form, desk)).status, 200, 'nothing is told')
  t.equal(await read(token), 200, 'but it is another app')
  t.equal((await post('revoke', form)).status, 400, 'nobody')
  t.equal((await post('revoke', { ...form, client_id: 'no6-phone' })).status, 200)
  t.equal(await read(token), 401)
  t.equal((await post('revoke', { ...form, client_id: 'no6-phone' })).status, 200, 'once more')
})

t.test('L86 a refresh token that is taken back takes its access tokens with it', async t => {
  const { access_token: token, refresh_token: refresh } = await tokens()
  const form = { token: String(refresh), client_id: 'no6-phone' }
  t.equal((await post('revoke', form)).status, 200)
  t.equal(await read(token), 401)
  const again = { grant_type: 'refresh_token', refresh_token: String(refresh) }
  t.match(await post('token', { ...again, client_id: 'no6-phone' }), { status: 400 })
})

t.test('L86 who was switched off renews nothing, nor gets a code redeemed', async t => {
  const { refresh_token: refresh } = await tokens()
  const form = { grant_type: 'refresh_token', refresh_token: String(refresh) }
  const got = await signIn()
  await registry.people.setActive('no6-zhang', false)
  t.match(await redeem(got), { status: 400, body: { error: 'invalid_grant' } })
  t.match(await post('token', { ...form, client_id: 'no6-phone' }), { status: 400 })
  await registry.people.setActive('no6-zhang', true)
  const later = await tokens()
  await registry.clients.setActive('no6-phone', false)
  const renewed = { ...form, refresh_token: String(later['refresh_token']) }
  t.match(await post('token', { ...renewed, client_id: 'no6-phone' }), { status: 401 })
  await registry.clients.setActive('no6-phone', true)
})

t.test('L82 a token is worth no more than its client and the request together', async t => {
  const { access_token: token, scope } = await tokens('user/Patient.rs user/Observation.rs?code=x')
  t.equal(scope, 'user/Patient.rs user/Observation.rs?code=x')
  t.equal(await read(token), 200)
  t.equal(await read(token, 'Observation?patient=tinglin-liuyang'), 200)
  t.equal(await read(token, 'Condition?patient=tinglin-liuyang'), 403)
})

t.test(
  'introspection tells confidential clients of the same hospital, and nobody else',
  async t => {
    const { access_token: token, refresh_token: refresh } = await tokens()
    const inspect = async (form: Record<string, string>, headers = desk) =>
      post('introspect', form, headers)
    t.match(await inspect({ token: String(token) }), {
      status: 200,
      body: {
        ...{ active: true, client_id: 'no6-phone', sub: 'no6-zhang', token_type: 'Bearer' },
        ...{ scope: 'user/*.rs', exp: Number, iss: `${baseUrl}/auth` },
        fhirUser: `${baseUrl}/fhir/Practitioner/no6-zhang`,
      },
    })
    const inactive = { status: 200, body: { active: false } }
    const system = await tokenFor({ client: 'tinglin-ehr' })
    t.same(await inspect({ token: system }), inactive, 'of another hospital')
    t.same(await inspect({ token: 'a.b.c' }), inactive)
    t.same(await inspect({ token: String(refresh) }), inactive, 'a refresh token of another app')
    const open = await inspect({ token: String(token), client_id: 'no6-phone' }, {} as typeof desk)
    t.same(open, inactive, 'a public app proves nothing')
    t.equal((await inspect({ token: String(token) }, {} as typeof desk)).status, 400, 'nobody')
    await post('revoke', { token: String(token), client_id: 'no6-phone' })
    t.same(await inspect({ token: String(token) }), inactive, 'nor what was revoked')
  },
)
