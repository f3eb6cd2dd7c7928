/** What the authorization server says of itself, and what it does with every other address. */
import t from 'tap'
import { createAuthorizationServer } from '../../src/auth/authorization-server.ts'
import { smartConfiguration } from '../../src/auth/smart-configuration.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { aDatabaseUrl } from '../database.ts'
import { createDatabase } from '../../src/db/pool.ts'
import { aTokenEndpoint, nobody, now } from './token-endpoint.ts'

t.test('discovery names only what is served', async t => {
  const { baseUrl } = await aTokenEndpoint(t)
  const names = ['openid-configuration', 'oauth-authorization-server']
  for (const name of names) {
    const response = await fetch(`${baseUrl}/auth/.well-known/${name}`)
    t.equal(response.status, 200)
    const document = (await response.json()) as Record<string, unknown>
    t.match(document, {
      issuer: `${baseUrl}/auth`,
      jwks_uri: `${baseUrl}/auth/jwks`,
      token_endpoint: `${baseUrl}/auth/token`,
      token_endpoint_auth_methods_supported: [
        'private_key_jwt',
        'client_secret_basic',
        'client_secret_post',
        'none',
      ],
    })
    const endpoints = Object.keys(document).filter(key => /_(endpoint|uri)$/.test(key))
    t.same(endpoints.sort(), [
      ...['authorization_endpoint', 'introspection_endpoint', 'jwks_uri'],
      ...['revocation_endpoint', 'token_endpoint'],
    ])
    for (const name of endpoints) {
      const { status } = await fetch(String(document[name]))
      t.not(status, 404, `${name} is there`)
    }
    t.same(document['code_challenge_methods_supported'], ['S256'])
    t.same(document['response_types_supported'], ['code'])
    t.same([...(document['token_endpoint_auth_signing_alg_values_supported'] as string[])].sort(), [
      'ES256',
      'ES384',
      'RS256',
      'RS384',
    ])
  }
})

t.test('the SMART configuration agrees with it, and promises no launch from an EHR', async t => {
  const { baseUrl } = await aTokenEndpoint(t)
  const response = await fetch(`${baseUrl}/auth/.well-known/openid-configuration`)
  const document = (await response.json()) as Record<string, unknown>
  const smart = smartConfiguration(baseUrl, true)
  const shared = ['issuer', 'jwks_uri', 'token_endpoint', 'scopes_supported']
  shared.push('token_endpoint_auth_methods_supported', 'code_challenge_methods_supported')
  shared.push('authorization_endpoint', 'introspection_endpoint', 'revocation_endpoint')
  shared.push('response_types_supported')
  for (const key of shared) t.same(smart[key], document[key], key)
  t.same(
    [...(smart['grant_types_supported'] as string[])].sort(),
    [...(document['grant_types_supported'] as string[])].sort(),
  )
  t.notMatch(JSON.stringify(smart['capabilities']), /ehr|post|banner|style/)
  t.notMatch(JSON.stringify(smartConfiguration(baseUrl, false)), /sandbox/)
})

t.test('the key set holds public keys only', async t => {
  const { baseUrl } = await aTokenEndpoint(t)
  const { keys } = (await (await fetch(`${baseUrl}/auth/jwks`)).json()) as { keys: object[] }
  t.equal(keys.length, 1)
  t.match(keys[0], { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: String })
  t.notOk('d' in keys[0]!)
})

t.test('every other address and method is refused in JSON', async t => {
  const { baseUrl, faults } = await aTokenEndpoint(t)
  const asked: [string, string, number][] = [
    ['GET', '/auth/token', 405],
    ['DELETE', '/auth/jwks', 405],
    ['GET', '/auth/auth', 404],
    ['GET', '/auth', 404],
    ['GET', '/auth/', 404],
    ['POST', '/auth/reg', 404],
    ['GET', '/auth/session/end', 404],
    ['GET', '/auth/%ff', 404],
    ['GET', '/auth/me', 404],
  ]
  for (const [method, path, status] of asked) {
    const response = await fetch(baseUrl + path, { method })
    t.equal(response.status, status, `${method} ${path}`)
    t.match(response.headers.get('content-type'), /^application\/json/)
    t.match(await response.json(), { error: 'invalid_request' })
  }
  const html = await fetch(`${baseUrl}/auth/token`, {
    method: 'POST',
    headers: { accept: 'text/html' },
  })
  t.match(html.headers.get('content-type'), /^application\/json/, 'a browser gets JSON, too')
  t.same(faults, [])
})

t.test('processes of one installation share their keys, and a restart keeps them', async t => {
  const url = await aDatabaseUrl(t)
  const start = async () => {
    const database = createDatabase({ url, max: 2 })
    const registry = createRegistry(database)
    const baseUrl = 'https://fhir.example'
    const rest = { sandbox: false, onFault: () => {}, now, patients: nobody }
    const { publicKeys } = await createAuthorizationServer({ database, registry, baseUrl, ...rest })
    await database.close()
    return publicKeys
  }
  const [first, second] = await Promise.all([start(), start()])
  t.same(first, second)
  t.same(await start(), first)
})
