/** Outside of the sandbox nobody signs in without a second factor. */
import { decodeJwt } from 'jose'
import t from 'tap'
import { codeAt, newSecondFactor } from '../../src/registry/second-factor.ts'
import { hashPassword } from '../../src/registry/password.ts'
import { Browser, aVerifier } from './browser.ts'
import { aSignInServer, password } from './sign-in-server.ts'

t.test(
  'without a second factor a person is told to get one, with it the token says so',
  async t => {
    const server = await aSignInServer(t, { HUIZHEN_SANDBOX: 'off' })
    const { baseUrl, authorize, registry, redeem } = server
    const browser = new Browser(baseUrl)
    const { verifier, challenge } = aVerifier()
    const page = await authorize(browser, { code_challenge: challenge })
    t.notMatch(page.html, /sandbox/i)
    const sent = { step: 'password', name: 'no6-zhang', password }
    const refused = await browser.submit(page, sent)
    t.equal(refused.status, 403)
    t.match(refused.html, /You have no second factor yet/)
    const still = await browser.submit(page, { step: 'purpose', purpose: 'TREAT' })
    t.match(still.html, /Sign in/)

    const secret = newSecondFactor()
    await registry.credentials.setSecondFactor('no6-zhang', secret)
    await browser.submit(page, sent)
    await browser.submit(page, { step: 'code', code: codeAt(secret, Date.now() / 1000) })
    const { url } = await browser.submit(page, { step: 'purpose', purpose: 'TREAT' })
    const { body } = await redeem({ code: url.searchParams.get('code') ?? '', verifier })
    t.match(decodeJwt(String(body['access_token'])), { acr: 'mfa', amr: ['pwd', 'otp', 'mfa'] })
    await registry.credentials.setPassword('no6-zhang', await hashPassword('another one'))
    const after = await browser.submit(await authorize(browser), sent)
    t.equal(after.status, 400, 'the old password is gone at once')
  },
)
