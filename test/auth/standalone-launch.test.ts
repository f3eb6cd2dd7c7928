/** SMART standalone launch, from the first page to the last token. @see https://hl7.org/fhir/smart-app-launch/app-launch.html */
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import t from 'tap'
import { Browser } from './browser.ts'
import { aSignInServer, callback, password } from './sign-in-server.ts'

const server = await aSignInServer(t)
const { baseUrl, authorize, signIn, redeem, post, desk } = server
const patient = 'tinglin-liuyang'

const fhir = (path: string, token: unknown) =>
  fetch(`${baseUrl}/fhir/${path}`, { headers: { authorization: `Bearer ${String(token)}` } })

t.test(
  'a public app gets a token for the person, purpose and patient that were chosen',
  async t => {
    const scope =
      'openid fhirUser launch/patient offline_access patient/*.rs user/Practitioner.read'
    const got = await signIn({ scope, patient: ['刘洋', patient] })
    t.equal(got.url.href.split('?')[0], callback)
    t.equal(got.url.searchParams.get('state'), 'st-1')
    t.equal(got.url.searchParams.get('iss'), `${baseUrl}/auth`)
    const { status, body } = await redeem(got)
    t.match(
      { status, body },
      {
        status: 200,
        body: { token_type: 'Bearer', expires_in: 900, patient, refresh_token: String },
      },
    )
    t.same(String(body['scope']).split(' ').sort(), scope.split(' ').sort())
    t.match(decodeJwt(String(body['access_token'])), {
      ...{ sub: 'no6-zhang', client_id: 'no6-phone', patient, acr: 'pwd', amr: ['pwd'] },
      fhirUser: `${baseUrl}/fhir/Practitioner/no6-zhang`,
      scope: 'patient/*.rs user/Practitioner.read',
      extensions: {
        ihe_iua: {
          subject_organization_id: `${baseUrl}/fhir/Organization/no6`,
          purpose_of_use: [{ code: 'TREAT' }],
        },
      },
    })
    const keys = createRemoteJWKSet(new URL(`${baseUrl}/auth/jwks`))
    const verified = await jwtVerify(String(body['id_token']), keys, {
      ...{ issuer: `${baseUrl}/auth`, audience: 'no6-phone' },
    })
    t.match(verified.payload, {
      ...{ sub: 'no6-zhang', fhirUser: `${baseUrl}/fhir/Practitioner/no6-zhang` },
    })
    const token = body['access_token']
    t.equal((await fhir(`Patient/${patient}`, token)).status, 200)
    t.equal((await fhir('Practitioner/no6-zhang', token)).status, 200)
    t.equal((await fhir('Patient/tinglin-shanxin', token)).status, 404)
    t.equal((await fhir('Patient', body['id_token'])).status, 401, 'an id token opens nothing')
  },
)

t.test(
  'a confidential app proves itself, renews, and a used refresh token ends the grant',
  async t => {
    const scope = 'openid online_access user/Patient.rs user/Observation.rs'
    const got = await signIn({ client: 'no6-desk', scope })
    const form = { grant_type: 'authorization_code', code: got.code, code_verifier: got.verifier }
    const redirect = { redirect_uri: callback }
    t.equal((await post('token', { ...form, ...redirect, client_id: 'no6-desk' })).status, 401)
    const first = await post('token', { ...form, ...redirect }, desk)
    t.equal(first.status, 200)
    t.notOk('patient' in first.body)
    const renew = (refresh: unknown, more = {}) =>
      post('token', { grant_type: 'refresh_token', refresh_token: String(refresh), ...more }, desk)
    const second = await renew(first.body['refresh_token'])
    t.equal(second.status, 200)
    t.not(second.body['refresh_token'], first.body['refresh_token'])
    const narrowed = await renew(second.body['refresh_token'], { scope: 'user/Patient.rs' })
    t.equal(decodeJwt(String(narrowed.body['access_token']))['scope'], 'user/Patient.rs')
    const wider = await renew(narrowed.body['refresh_token'], { scope: 'user/Consent.rs' })
    t.match(wider, { status: 400, body: { error: 'invalid_scope' } })

    t.equal((await fhir('Patient', narrowed.body['access_token'])).status, 200)
    const reused = await renew(first.body['refresh_token'])
    t.match(reused, { status: 400, body: { error: 'invalid_grant' } })
    const rest = await renew(narrowed.body['refresh_token'])
    t.match(rest, { status: 400, body: { error: 'invalid_grant' } }, 'nor is the newest one good')
    for (const { body } of [first, second, narrowed])
      t.equal((await fhir('Patient', body['access_token'])).status, 401, 'nor any access token')
  },
)

t.test('two renewals with one token at the same moment leave none of them', async t => {
  const got = await redeem(await signIn({ scope: 'offline_access user/Patient.rs' }))
  const form = {
    ...{ grant_type: 'refresh_token', client_id: 'no6-phone' },
    refresh_token: String(got.body['refresh_token']),
  }
  const answers = await Promise.all([post('token', form), post('token', form)])
  t.ok(answers.filter(({ status }) => status === 200).length <= 1)
  for (const { body } of answers)
    if ('access_token' in body)
      t.equal((await fhir('Patient', body['access_token'])).status, 401, 'the winner lost it, too')
})

t.test('a code is good once, for its app, verifier and address', async t => {
  const refused = { status: 400, body: { error: 'invalid_grant' } }
  const wrong = [{ code_verifier: 'A'.repeat(43) }, { redirect_uri: 'https://app.example/other' }]
  for (const more of wrong) {
    const got = await signIn()
    t.match(await redeem(got, more), refused, JSON.stringify(more))
  }
  const foreign = await signIn()
  const form = { grant_type: 'authorization_code', redirect_uri: callback }
  const { code, verifier } = foreign
  t.match(await post('token', { ...form, code, code_verifier: verifier }, desk), refused)
  t.match(await post('token', { ...form, code, client_id: 'no6-phone' }), refused, 'no verifier')
  const got = await signIn()
  const first = await redeem(got)
  t.equal(first.status, 200)
  t.notOk('refresh_token' in first.body, 'nor was it asked for')
  t.match(await redeem(got), refused, 'a second time')
  t.equal((await fhir('Patient', first.body['access_token'])).status, 401, 'the first token, too')
})

t.test('what cannot be a launch is refused before anybody signs in', async t => {
  const browser = new Browser(baseUrl)
  const told: readonly (readonly [Record<string, string | undefined>, string])[] = [
    [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ aud: 'https://other.example/fhir' }, 'invalid_request'],
    [{ aud: undefined }, 'invalid_request'],
    [{ launch: 'abc' }, 'invalid_request'],
    [{ scope: 'system/*.rs' }, 'invalid_scope'],
    [{ scope: 'user/*.dus' }, 'invalid_scope'],
    [{ prompt: 'none' }, 'login_required'],
    [{ resource: 'https://other.example' }, 'invalid_target'],
  ]
  for (const [parameters, error] of told) {
    const { url } = await authorize(browser, parameters)
    t.equal(url.href.split('?')[0], callback, JSON.stringify(parameters))
    t.equal(url.searchParams.get('error'), error, JSON.stringify(parameters))
    t.equal(url.searchParams.get('state'), 'st-1')
  }
  const shown = [{ client_id: 'nobody' }, { client_id: 'no6-system' }]
  for (const parameters of [...shown, { redirect_uri: 'https://evil.example/' }]) {
    const page = await authorize(browser, parameters)
    t.equal(page.url.origin, baseUrl, 'nobody is sent anywhere')
    t.equal(page.status, 400)
    t.match(page.headers['content-type'], /text\/html/)
    t.match(page.headers['content-security-policy'], /default-src 'none'/)
  }
})

t.test('a person may say no, which the app is told', async t => {
  const browser = new Browser(baseUrl)
  const { url } = await browser.submit(await authorize(browser), { step: 'deny' })
  t.equal(url.searchParams.get('error'), 'access_denied')
  t.equal(url.searchParams.get('state'), 'st-1')
})

t.test('only patients the person may see can be found and chosen', async t => {
  const browser = new Browser(baseUrl)
  let page = await authorize(browser, { scope: 'launch/patient patient/*.rs' })
  page = await browser.submit(page, { step: 'password', name: 'no6-zhang', password })
  page = await browser.submit(page, { step: 'purpose', purpose: 'TREAT' })
  const hidden = await browser.submit(page, { step: 'search', search: '单欣' })
  t.match(hidden.html, /No patient found/)
  const forced = await browser.submit(page, { patient: 'tinglin-shanxin' })
  t.equal(forced.status, 200)
  t.equal(forced.url.origin, baseUrl, 'nor is one taken that was never offered')
  const byName = await browser.submit(page, { step: 'search', search: '刘' })
  t.match(byName.html, /刘洋.*1968-05-17/)
  const byNumber = await browser.submit(page, { step: 'search', search: '310199196805170013' })
  t.match(byNumber.html, new RegExp(patient))
  const { url } = await browser.submit(page, { patient })
  t.ok(url.searchParams.get('code'))

  const research = new Browser(baseUrl)
  page = await authorize(research, { scope: 'launch/patient patient/*.rs' })
  page = await research.submit(page, { step: 'password', name: 'no6-zhang', password })
  page = await research.submit(page, { step: 'purpose', purpose: 'HRESCH' })
  const none = await research.submit(page, { step: 'search', search: '刘' })
  t.match(none.html, /No patient found/, 'for research nobody is')
})

t.test('a finished sign-in cannot be taken up again, nor by another browser', async t => {
  const browser = new Browser(baseUrl)
  const page = await authorize(browser)
  const stranger = await new Browser(baseUrl).go(page.url)
  t.equal(stranger.status, 400)
  t.match(stranger.html, /has expired/)
  const next = await browser.submit(page, { step: 'password', name: 'no6-zhang', password })
  const done = await browser.submit(next, { step: 'purpose', purpose: 'TREAT' })
  t.ok(done.url.searchParams.get('code'))
  const again = await browser.submit(next, { step: 'purpose', purpose: 'TREAT' })
  t.equal(again.status, 400)
})
