/** Pages of registered apps ask from their own origin, pages of nobody else do. @see https://fetch.spec.whatwg.org/#http-cors-protocol */
import t from 'tap'
import { authorizationCodeGrant } from '../../src/registry/grant-names.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { aServer, zhang } from '../server.ts'

const { ask, app, baseUrl } = await aServer(t)
const registry = createRegistry(app.context.database)
const origin = 'https://app.example'
const preflight = (path: string, from: string, method = 'GET', headers = 'authorization') =>
  ask('OPTIONS', path, {
    headers: {
      origin: from,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  })
const isClosed = (headers: object) =>
  Object.keys(headers).every(name => !name.startsWith('access-control-'))

t.before(() =>
  registry.clients.create({
    ...{ id: 'no6-page', organization: 'no6', name: 'Page', kind: 'people', isPublic: true },
    ...{ scopes: ['user/*.rs'], purposes: ['TREAT'], grantTypes: [authorizationCodeGrant] },
    redirectUris: [`${origin}/callback`, 'https://port.example:8443/cb', 'org.example.app:/cb'],
  }),
)

t.test('a page of an app may ask the FHIR endpoint, with a token and without cookies', async t => {
  for (const [path, method] of [
    ['/fhir/Patient/tinglin-liuyang', 'GET'],
    ['/fhir/Observation?code=x', 'GET'],
    ['/fhir', 'POST'],
    ['/fhir/Patient/x', 'DELETE'],
  ] as const) {
    const allowed = await preflight(path, origin, method, 'authorization,content-type,if-match')
    t.equal(allowed.status, 204, path)
    t.equal(allowed.text, '')
    t.equal(allowed.headers['access-control-allow-origin'], origin)
    t.equal(allowed.headers['access-control-allow-credentials'], undefined)
    t.match(allowed.headers['access-control-allow-methods'], new RegExp(`\\b${method}\\b`))
    for (const name of ['authorization', 'content-type', 'if-match', 'prefer'])
      t.match(allowed.headers['access-control-allow-headers'], name)
    t.match(allowed.headers.vary, 'origin')
  }
  const read = await ask('GET', '/fhir/Patient/tinglin-liuyang', { as: zhang, headers: { origin } })
  t.equal(read.status, 200)
  t.equal(read.headers['access-control-allow-origin'], origin)
  t.match(read.headers['access-control-expose-headers'], 'etag')
  t.match(read.headers.vary, /authorization.*, origin$/)
  const plain = await ask('GET', '/fhir/Patient/tinglin-liuyang', { as: zhang })
  t.equal(plain.text, read.text)
  t.ok(isClosed(plain.headers))
})

t.test('a page may read its refusals, too', async t => {
  for (const [path, status] of [
    ['/fhir/Patient/tinglin-nobody', 404],
    ['/fhir/Nonsense', 404],
    ['/fhir/Patient?nonsense=1', 400],
  ] as const) {
    const answer = await ask('GET', path, { as: zhang, headers: { origin } })
    t.equal(answer.status, status, path)
    t.equal(answer.headers['access-control-allow-origin'], origin)
  }
  const without = await ask('GET', '/fhir/Patient', { headers: { origin } })
  t.equal(without.status, 401)
  t.equal(without.headers['access-control-allow-origin'], origin)
})

t.test('pages of other origins get nothing more than everybody, and no leave', async t => {
  const others = [
    ...['https://evil.example', 'null', 'http://app.example', 'https://app.example:444', ''],
    ...['https://app.example.evil.example', 'https://sub.app.example', `${origin}/`, '*', 'x'],
    ...['https://port.example', 'https://APP.example', `${origin}, https://evil.example`],
    ...['https://127.0.0.1:8080', 'http://127.0.0.1.evil.example', 'org.example.app:', baseUrl],
  ]
  for (const from of others) {
    const asked = await preflight('/fhir/Patient', from)
    t.equal(asked.status, 401, `${from}: as ever`)
    t.ok(isClosed(asked.headers), from)
    const read = await ask('GET', '/fhir/Patient/tinglin-liuyang', {
      ...{ as: zhang, headers: { origin: from } },
    })
    t.equal(read.status, 200)
    t.ok(isClosed(read.headers), from)
    for (const path of ['/auth/token', '/auth/jwks', '/fhir/metadata']) {
      t.ok(isClosed((await preflight(path, from, 'POST')).headers), `${from} ${path}`)
      t.ok(isClosed((await ask('GET', path, { headers: { origin: from } })).headers), from)
    }
  }
  t.ok(isClosed((await ask('GET', '/auth/jwks')).headers), 'not even without an origin')
})

t.test('what describes the server, and the token endpoint, are open to pages of apps', async t => {
  for (const path of [
    ...['/fhir/metadata', '/fhir/.well-known/smart-configuration', '/auth/jwks'],
    ...['/auth/.well-known/openid-configuration', '/auth/.well-known/oauth-authorization-server'],
  ]) {
    t.equal((await preflight(path, origin)).status, 204, path)
    const { status, headers } = await ask('GET', path, { headers: { origin } })
    t.equal(status, 200, path)
    t.equal(headers['access-control-allow-origin'], origin, path)
    t.equal(headers['access-control-allow-credentials'], undefined)
  }
  const allowed = await preflight('/auth/token', origin, 'POST', 'content-type')
  t.equal(allowed.status, 204)
  t.equal(allowed.headers['access-control-allow-methods'], 'POST')
})

t.test('a token is given to a page of the app it is for, not to one of another app', async t => {
  const redeem = (from: string) =>
    ask('POST', '/auth/token', {
      body: new URLSearchParams({
        ...{ grant_type: 'authorization_code', code: 'x', client_id: 'no6-page' },
        ...{ redirect_uri: `${origin}/callback`, code_verifier: 'x'.repeat(43) },
      }).toString(),
      headers: { origin: from, 'content-type': 'application/x-www-form-urlencoded' },
    })
  const own = await redeem(origin)
  t.equal(own.status, 400)
  t.equal(own.json.error, 'invalid_grant')
  t.equal(own.headers['access-control-allow-origin'], origin)
  const foreign = await redeem('https://oauth.pstmn.io')
  t.equal(foreign.json.error, 'invalid_request', 'refused before the code is looked at')
})

t.test('nothing else is open, whoever asks', async t => {
  for (const path of ['/', '/healthz', '/metrics', '/auth/authorize', '/auth/introspect', '/fhirx'])
    for (const answer of [
      await preflight(path, origin),
      await ask('GET', path, { headers: { origin } }),
    ])
      t.ok(isClosed(answer.headers), path)
})

t.test('an app on one’s own device may listen on any port of it', async t => {
  for (const from of ['http://localhost:5173', 'http://127.0.0.1:8080', 'http://localhost'])
    t.equal((await preflight('/fhir/Patient', from)).status, 204, from)
})

t.test('an app that is switched off has no pages any more', async t => {
  t.equal((await preflight('/fhir/Patient', origin)).status, 204)
  await registry.clients.setActive('no6-page', false)
  const after = await preflight('/fhir/Patient', origin)
  t.equal(after.status, 401)
  t.ok(isClosed(after.headers))
})
