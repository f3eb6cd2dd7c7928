/** Leaks by the assertions with which clients prove themselves, CONSENT.md 4. */
import t from 'tap'
import { aClientKey, now } from '../auth/token-endpoint.ts'
import { aForge } from './forged-token.ts'

const { registry, server, claims, iua, read, refuses, baseUrl } = await aForge(t)
const address = await server.listen({ host: '127.0.0.1', port: 0 })

/** A system of a hospital that proves itself with a key. */
const aClient = async (organization: string, name: string) => {
  const id = `${organization}-${name}`
  const { jwk, sign } = await aClientKey('ES384')
  await registry.clients.create({
    ...{ id, organization, name, kind: 'system', scopes: ['system/*.rs'], purposes: ['TREAT'] },
    ...{ grantTypes: ['client_credentials'], jwks: { keys: [{ ...jwk }] } },
  })
  const assertion = (changes: Record<string, unknown> = {}, header = {}) =>
    sign(
      {
        ...{ iss: id, sub: id, aud: `${baseUrl}/auth/token` },
        ...{ jti: crypto.randomUUID(), iat: now(), exp: now() + 240, ...changes },
      },
      header,
    )
  return { id, assertion }
}

const prove = async (assertion: string) => {
  const response = await fetch(`${address}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const refused = { status: 401, body: { error: 'invalid_client' } }

t.test('L79 a client assertion is no access token, whatever it says', async t => {
  const { id, assertion } = await aClient('tinglin', 'first')
  await refuses(t, await assertion(), 'as it is')
  const organization = `${baseUrl}/fhir/Organization/tinglin`
  const full = claims({
    ...{ client_id: id, iss: id, sub: id, scope: 'system/*.rs', fhirUser: undefined },
    extensions: iua({ subject_organization_id: organization }),
  })
  await refuses(t, await assertion(full, { typ: 'at+jwt' }), 'dressed as an access token')
  const issuer = { ...full, iss: `${baseUrl}/auth` }
  await refuses(t, await assertion(issuer, { typ: 'at+jwt' }), 'said to be by the server')
  const { status, body } = await prove(await assertion())
  t.equal(status, 200, 'it proves who the client is')
  t.equal((await read(String(body['access_token']))).status, 200, 'and that token reads')
})

t.test('L80 an assertion is good once, also for many at the same time', async t => {
  const { assertion } = await aClient('tinglin', 'second')
  const one = await assertion()
  t.equal((await prove(one)).status, 200)
  t.match(await prove(one), refused, 'again')
  const jti = crypto.randomUUID()
  t.equal((await prove(await assertion({ jti }))).status, 200)
  t.match(await prove(await assertion({ jti, exp: now() + 200 })), refused, 'another of its jti')
  const racing = await assertion()
  const answers = await Promise.all(Array.from({ length: 6 }, () => prove(racing)))
  t.same(answers.map(({ status }) => status).sort(), [200, 401, 401, 401, 401, 401])
})

t.test('L80 what one client has used does not use up the jti of another', async t => {
  const [one, two] = [await aClient('tinglin', 'third'), await aClient('zhujing', 'third')]
  const jti = crypto.randomUUID()
  t.equal((await prove(await one.assertion({ jti }))).status, 200)
  t.equal((await prove(await two.assertion({ jti }))).status, 200, 'jti per client')
  t.match(await prove(await one.assertion({ jti })), refused)
  t.match(await prove(await two.assertion({ jti })), refused)
})
