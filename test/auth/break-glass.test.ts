/** Tokens to break the glass with: whom the authorization server gives one, and what becomes of it. */
import { decodeJwt } from 'jose'
import t from 'tap'
import { sandboxPersonGrant } from '../../src/registry/grant-names.ts'
import { codeAt, newSecondFactor } from '../../src/registry/second-factor.ts'
import { aVerifier, Browser, type Visited } from './browser.ts'
import { aSignInServer, password } from './sign-in-server.ts'

const { baseUrl, authorize, redeem, post, registry, app } = await aSignInServer(t)
/** Nothing of hers is open to No.6. */
const patient = 'tinglin-shanxin'
const invalid = (error: string) => ({ status: 400, body: { error } })

const freshCode = async (person: string): Promise<string> => {
  const secret = newSecondFactor()
  await registry.credentials.setSecondFactor(person, secret)
  return codeAt(secret, Date.now() / 1000)
}

/** As far as the page of purposes. */
const toPurposes = async (otp?: string, scope = 'user/*.rs') => {
  const { verifier, challenge } = aVerifier()
  const browser = new Browser(baseUrl)
  let page = await authorize(browser, { code_challenge: challenge, scope })
  page = await browser.submit(page, { step: 'password', name: 'no6-zhang', password })
  if (otp !== undefined) page = await browser.submit(page, { step: 'code', code: otp })
  const to = (values: Record<string, string>) => browser.submit(page, values)
  return { browser, page, verifier, to }
}
const codeOf = ({ url }: Visited): string => url.searchParams.get('code') ?? ''

const fhir = (path: string, token: unknown, body?: object) =>
  fetch(`${baseUrl}/fhir/${path}`, {
    headers: {
      authorization: `Bearer ${String(token)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
const parameters = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'reason', valueString: '患者昏迷,需急查既往用药' },
    { name: 'minutes', valueInteger: 10 },
    {
      name: 'purpose',
      valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'BTG' },
    },
  ],
}

t.test('a whole emergency: sign in, break the glass, read, and it is over', async t => {
  const scope = 'openid offline_access user/*.rs'
  const { browser, page, verifier } = await toPurposes(await freshCode('no6-zhang'), scope)
  t.match(page.html, /value="BTG"/)
  t.ok(page.html.indexOf('value="TREAT"') < page.html.indexOf('value="BTG"'), 'the last of all')
  const asked = await browser.submit(page, { step: 'purpose', purpose: 'BTG' })
  t.match(asked.html, /Break the glass/)
  t.notMatch(asked.html, /Search/, 'nobody is looked for')
  const wrong = await browser.submit(asked, { step: 'patient', patient: '../x' })
  t.equal(wrong.status, 400)
  t.match(wrong.html, /no id of a Patient/)
  const sent = await browser.submit(asked, { step: 'patient', patient })
  const { status, body } = await redeem({ code: codeOf(sent), verifier })
  t.match({ status, body }, { status: 200, body: { patient, expires_in: 900 } })
  t.equal(body['refresh_token'], undefined, 'an emergency is not renewed')
  t.notMatch(body['scope'], /offline_access/)
  const token = body['access_token']
  t.match(decodeJwt(String(token)), {
    ...{ acr: 'mfa', amr: ['pwd', 'otp', 'mfa'], patient },
    extensions: { ihe_iua: { purpose_of_use: [{ code: 'BTG' }] } },
  })

  t.equal((await fhir(`Patient/${patient}`, token)).status, 404, 'the token alone opens nothing')
  const other = await fhir('Patient/tinglin-liuyang/$break-glass', token, parameters)
  t.equal(other.status, 403, 'nor does it break the glass of another')
  const opened = await fhir(`Patient/${patient}/$break-glass`, token, parameters)
  t.equal(opened.status, 200)
  t.equal((await fhir(`Patient/${patient}`, token)).status, 200)
  const found = (await (await fhir('Observation?_summary=count', token)).json()) as object
  t.match(found, { total: Number })
  t.equal((await fhir('Patient/tinglin-liuyang', token)).status, 404)
  const written = { resourceType: 'Basic', code: { text: 'x' } }
  t.equal((await fhir('Basic', token, written)).status, 403, 'nothing is written')
  await app.context.database.query({
    ...{ name: '', text: 'update break_glass set valid_to = now()', values: [] },
  })
  t.equal((await fhir(`Patient/${patient}`, token)).status, 404, 'over')
})

t.test('an id that nobody has is taken like any other', async t => {
  const answers: object[] = []
  for (const id of [patient, 'tinglin-nobody']) {
    const { browser, page, verifier } = await toPurposes(await freshCode('no6-zhang'))
    const asked = await browser.submit(page, { step: 'purpose', purpose: 'BTG' })
    const sent = await browser.submit(asked, { step: 'patient', patient: id })
    const { status, body } = await redeem({ code: codeOf(sent), verifier })
    t.match({ status, body }, { status: 200, body: { patient: id } })
    answers.push({ ...body, access_token: '', patient: '' })
  }
  t.same(answers[0], answers[1])
})

t.test('without a second factor, or for an app that is not registered for it, no BTG', async t => {
  await registry.credentials.setSecondFactor('no6-zhang', null)
  const weak = await toPurposes()
  t.match(weak.page.html, /Purpose and permission/)
  t.notMatch(weak.page.html, /BTG/)
  t.match((await weak.to({ step: 'purpose', purpose: 'BTG' })).html, /Purpose and permission/)

  await app.context.database.query({
    ...{ name: '', text: `update client set purposes = '{TREAT}' where id = 'no6-phone'` },
    values: [],
  })
  const strong = await toPurposes(await freshCode('no6-zhang'))
  t.match(strong.page.html, /Purpose and permission/)
  t.notMatch(strong.page.html, /BTG/)
  t.match((await strong.to({ step: 'purpose', purpose: 'BTG' })).html, /Purpose and permission/)
})

t.test('the sandbox gives one to who shows a code, once, and to nobody else', async t => {
  const otp = await freshCode('no6-li')
  const secret = 'sandbox-secret-of-the-test'
  const { secret: given = secret } = await registry.clients.create({
    ...{ id: 'no6-btg', organization: 'no6', name: 'x', kind: 'people', scopes: ['user/*.rs'] },
    ...{ purposes: ['TREAT', 'BTG'], grantTypes: [sandboxPersonGrant] },
  })
  const headers = { authorization: `Basic ${Buffer.from(`no6-btg:${given}`).toString('base64')}` }
  const form = { grant_type: sandboxPersonGrant, user: 'no6-li', purpose: 'BTG', patient }
  const ask = (more: Record<string, string>) => post('token', { ...form, ...more }, headers)
  t.match(await ask({}), invalid('invalid_request'), 'no code')
  t.match(await ask({ otp: '000000x' }), invalid('invalid_grant'))
  t.match(await ask({ otp: codeAt(newSecondFactor(), 0) }), invalid('invalid_grant'))
  t.match(await ask({ user: 'no6-zhang', otp }), invalid('invalid_grant'), 'of another person')
  const { status, body } = await ask({ otp })
  t.equal(status, 200)
  t.match(decodeJwt(String(body['access_token'])), { acr: 'mfa', patient, sub: 'no6-li' })
  t.equal((await fhir(`Patient/${patient}`, body['access_token'])).status, 404)
  t.match(await ask({ otp }), invalid('invalid_grant'), 'once')
  const noPatient = { ...form, patient: undefined, otp: await freshCode('no6-li') }
  const without = JSON.parse(JSON.stringify(noPatient)) as Record<string, string>
  t.match(await post('token', without, headers), invalid('invalid_request'), 'of nobody')
  const ordinary = { ...without, purpose: 'TREAT', otp: await freshCode('no6-li') }
  const careful = await post('token', ordinary, headers)
  t.match(decodeJwt(String(careful.body['access_token'])), { acr: 'mfa' }, 'also for treatment')
})

t.test('codes cannot be tried one after the other', async t => {
  const right = await freshCode('no6-sun')
  const known = await registry.clients.create({
    ...{ id: 'no6-try', organization: 'no6', name: 'x', kind: 'people', scopes: ['user/*.rs'] },
    ...{ purposes: ['BTG'], grantTypes: [sandboxPersonGrant] },
  })
  const pair = Buffer.from(`no6-try:${known.secret}`).toString('base64')
  const ask = (otp: string) =>
    post(
      'token',
      { grant_type: sandboxPersonGrant, user: 'no6-sun', purpose: 'BTG', patient, otp },
      { authorization: `Basic ${pair}` },
    )
  for (let tried = 0; tried < 5; tried++)
    t.match(await ask('abc'), { ...invalid('invalid_grant') }, `try ${tried}`)
  const refused = await ask(right)
  t.match(refused, invalid('invalid_grant'))
  t.match(String(refused.body['error_description']), /too many/)
})
