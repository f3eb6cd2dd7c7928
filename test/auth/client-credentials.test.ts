/**
 * Tokens for systems, over a real socket and a real database.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 * @see https://hl7.org/fhir/smart-app-launch/backend-services.html
 */
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import t from 'tap'
import { aClientKey, aTokenEndpoint, basic, now, type TokenEndpoint } from './token-endpoint.ts'

const scopes = ['system/*.cruds']
const purposes = ['TREAT', 'ETREAT', 'HMARKT', 'BTG']
const grantTypes = ['client_credentials']
const form = { grant_type: 'client_credentials' }

const aClientWithSecret = async (endpoint: TokenEndpoint, ceiling = scopes) => {
  await endpoint.registry.organizations.create({ id: 'tinglin', name: '金山区亭林医院' })
  const { secret = '' } = await endpoint.registry.clients.create({
    ...{ id: 'tinglin-ehr', organization: 'tinglin', name: 'Tinglin EHR', kind: 'system' },
    ...{ scopes: ceiling, purposes, grantTypes },
  })
  return basic('tinglin-ehr', secret)
}

const aClientWithKey = async (endpoint: TokenEndpoint, algorithm: string) => {
  const key = await aClientKey(algorithm)
  await endpoint.registry.organizations.create({ id: 'zhujing', name: '朱泾医院' })
  await endpoint.registry.clients.create({
    ...{ id: 'zhujing-ehr', organization: 'zhujing', name: 'Zhujing EHR', kind: 'system' },
    ...{ scopes, purposes, grantTypes, jwks: { keys: [{ ...key.jwk }] } },
  })
  const claims = (changes: Record<string, unknown> = {}) => ({
    ...{ iss: 'zhujing-ehr', sub: 'zhujing-ehr', aud: `${endpoint.baseUrl}/auth/token` },
    ...{ jti: `${Math.random()}`, iat: now(), exp: now() + 240, ...changes },
  })
  const assert = (assertion: string) =>
    endpoint.post({
      ...form,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    })
  return { key, claims, assert }
}

t.test('a client with a secret gets a signed token that says whose it is', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await aClientWithSecret(endpoint)
  const { status, body, headers: answered } = await endpoint.post(form, headers)
  t.match({ status, body }, { status: 200, body: { token_type: 'Bearer', expires_in: 300 } })
  t.equal(body['scope'], 'system/*.cruds', 'no scope asked for: the ceiling')
  t.match(answered.get('cache-control'), /no-store/)

  const keys = createRemoteJWKSet(new URL(`${endpoint.baseUrl}/auth/jwks`))
  const { payload, protectedHeader } = await jwtVerify(String(body['access_token']), keys)
  t.match(protectedHeader, { typ: 'at+jwt', alg: 'ES256' })
  t.match(payload, {
    iss: `${endpoint.baseUrl}/auth`,
    sub: 'tinglin-ehr',
    client_id: 'tinglin-ehr',
    aud: `${endpoint.baseUrl}/fhir`,
    scope: 'system/*.cruds',
    extensions: {
      ihe_iua: {
        subject_name: 'Tinglin EHR',
        subject_organization_id: `${endpoint.baseUrl}/fhir/Organization/tinglin`,
        subject_organization: '金山区亭林医院',
        purpose_of_use: [
          { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'TREAT' },
        ],
      },
    },
  })
  t.equal(payload.exp! - payload.iat!, 300)
  t.type(payload.jti, 'string')
  t.same(endpoint.faults, [])
})

t.test('the secret may stand in the body, and a wrong or missing one is refused', async t => {
  const endpoint = await aTokenEndpoint(t)
  const { authorization = '' } = await aClientWithSecret(endpoint)
  const secret = Buffer.from(authorization.slice(6), 'base64').toString().split(':')[1]!
  const inBody = { ...form, client_id: 'tinglin-ehr', client_secret: secret }
  t.equal((await endpoint.post(inBody)).status, 200)
  for (const wrong of [`${secret}x`, secret.slice(1), 'x', '\0']) {
    const answer = await endpoint.post({ ...inBody, client_secret: wrong })
    t.match(answer, { status: 401, body: { error: 'invalid_client' } })
  }
  const unnamed = await endpoint.post(form)
  t.match(unnamed, { status: 400, body: { error: 'invalid_request' } })
  const absent = await endpoint.post({ ...form, client_id: 'tinglin-ehr' })
  t.match(absent, { status: 401, body: { error: 'invalid_client' } })
  t.same(endpoint.faults, [])
})

for (const algorithm of ['ES384', 'RS384', 'ES256', 'RS256']) {
  t.test(`a client proves itself with a key of ${algorithm}, once per assertion`, async t => {
    const endpoint = await aTokenEndpoint(t)
    const { key, claims, assert } = await aClientWithKey(endpoint, algorithm)
    const assertion = await key.sign(claims())
    t.match(await assert(assertion), { status: 200, body: { scope: 'system/*.cruds' } })
    t.match(await assert(assertion), { status: 401, body: { error: 'invalid_client' } }, 'replay')
    const racing = await key.sign(claims())
    const answers = await Promise.all(Array.from({ length: 8 }, () => assert(racing)))
    t.equal(answers.filter(({ status }) => status === 200).length, 1, 'one of eight at once')
    t.equal(answers.filter(({ status }) => status === 401).length, 7)
    t.same(endpoint.faults, [])
  })
}

t.test('an assertion that is not exactly right is refused', async t => {
  const endpoint = await aTokenEndpoint(t)
  const { key, claims, assert } = await aClientWithKey(endpoint, 'ES384')
  const stranger = await aClientKey('ES384')
  const wrong: [string, Promise<string>][] = [
    ['another key', stranger.sign(claims())],
    ['another audience', key.sign(claims({ aud: 'https://elsewhere.example/token' }))],
    ['another issuer', key.sign(claims({ iss: 'tinglin-ehr' }))],
    ['an unknown client', key.sign(claims({ iss: 'nobody', sub: 'nobody' }))],
    ['expired', key.sign(claims({ exp: now() - 60 }))],
    ['living for an hour', key.sign(claims({ exp: now() + 3600 }))],
    ['without exp', key.sign(claims({ exp: undefined }))],
    ['without jti', key.sign(claims({ jti: undefined }))],
    ['not yet valid', key.sign(claims({ nbf: now() + 120 }))],
    ['a sub that is no text', key.sign(claims({ sub: { a: 1 } }))],
  ]
  for (const [what, assertion] of wrong) {
    t.match(await assert(await assertion), { status: 401, body: { error: 'invalid_client' } }, what)
  }
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims())).toString('base64url')}.`
  t.equal((await assert(none)).status, 401, 'alg none')
  t.equal((await assert('not a token')).status, 400)
  t.same(endpoint.faults, [])
})

t.test('what is granted never exceeds the ceiling', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await aClientWithSecret(endpoint, ['system/Observation.cruds', 'system/*.rs'])
  const granted = async (scope: string) => (await endpoint.post({ ...form, scope }, headers)).body
  t.match(await granted('system/Observation.cu'), { scope: 'system/Observation.cu' })
  t.match(await granted('system/*.read'), { scope: 'system/*.read' }, 'v1 keeps its writing')
  t.match(await granted('system/*.cruds'), { scope: 'system/Observation.cruds system/*.rs' })
  t.match(await granted('system/Patient.cruds'), { scope: 'system/Patient.rs' })
  t.match(await granted('system/Patient.r user/*.r nonsense'), { scope: 'system/Patient.r' })
  for (const scope of ['user/*.rs', 'system/Patient.c', 'system/Patient.dus', 'openid', 'é', ' ']) {
    t.match(await granted(scope), { error: 'invalid_scope' }, scope)
  }
  const bound = 'system/Observation.rs?category=laboratory'
  t.match(await granted(bound), { scope: bound })
  const written = 'system/Observation.cu?category=laboratory'
  t.match(await granted(written), { error: 'invalid_scope' }, 'writes are not held to it')
})

t.test('a token has one purpose, of those the client is registered for', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await aClientWithSecret(endpoint)
  const { body } = await endpoint.post({ ...form, purpose: 'HMARKT' }, headers)
  t.match(decodeJwt(String(body['access_token'])), {
    extensions: { ihe_iua: { purpose_of_use: [{ code: 'HMARKT' }] } },
  })
  for (const purpose of ['HRESCH', 'treat', 'TREAT ETREAT', 'NOPE', 'BTG', '']) {
    const answer = await endpoint.post({ ...form, purpose }, headers)
    if (purpose === '') t.equal(answer.status, 200, 'empty is as absent')
    else t.match(answer, { status: 400, body: { error: 'invalid_request' } }, purpose)
  }
  const twice = await endpoint.post(
    `grant_type=client_credentials&purpose=TREAT&purpose=ETREAT`,
    headers,
  )
  t.match(twice, { status: 400, body: { error: 'invalid_request' } })
})

t.test('the resource may be named, if it is this one', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await aClientWithSecret(endpoint)
  const asked = (resource: string) => endpoint.post({ ...form, resource }, headers)
  t.equal((await asked(`${endpoint.baseUrl}/fhir`)).status, 200)
  t.match(await asked('https://elsewhere.example/fhir'), {
    status: 400,
    body: { error: 'invalid_target' },
  })
})

t.test('a client or organization that is switched off gets nothing, at once', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await aClientWithSecret(endpoint)
  const { clients, organizations } = endpoint.registry
  t.equal((await endpoint.post(form, headers)).status, 200)
  await clients.setActive('tinglin-ehr', false)
  t.match(await endpoint.post(form, headers), { status: 401, body: { error: 'invalid_client' } })
  await clients.setActive('tinglin-ehr', true)
  t.equal((await endpoint.post(form, headers)).status, 200)
  await organizations.setActive('tinglin', false)
  t.equal((await endpoint.post(form, headers)).status, 401)
})

t.test('nothing a client sends is answered with a fault of the server', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await aClientWithSecret(endpoint)
  const bodies = [
    '',
    '%',
    'grant_type',
    'grant_type=',
    'grant_type=password',
    '\0=\0',
    '__proto__=1',
  ]
  bodies.push('grant_type=implicit', 'grant_type=a&grant_type=b', 'client_id=%00', 'scope=%00')
  bodies.push(
    'grant_type=client_credentials&scope=%00',
    'a='.repeat(9000),
    `a=${'x'.repeat(70_000)}`,
  )
  for (const body of bodies) {
    for (const authorization of [headers, {}, { authorization: 'Basic !' }, basic('\u0000', 'é')]) {
      const answer = await endpoint.post(body, authorization)
      t.ok(answer.status >= 400 && answer.status < 500, `${body.slice(0, 30)} ${answer.status}`)
      t.type(answer.body['error'], 'string')
    }
  }
  const json = await endpoint.post('{}', { ...headers, 'content-type': 'application/json' })
  t.match(json, { status: 400, body: { error: 'invalid_request' } })
  t.same(endpoint.faults, [])
})

t.test('a lost database is 503 with Retry-After, and never a stack trace', async t => {
  const endpoint = await aTokenEndpoint(t)
  const headers = await aClientWithSecret(endpoint)
  await endpoint.database.close()
  const { status, body, headers: answered } = await endpoint.post(form, headers)
  t.match({ status, body }, { status: 503, body: { error: 'temporarily_unavailable' } })
  t.equal(answered.get('retry-after'), '5')
})
