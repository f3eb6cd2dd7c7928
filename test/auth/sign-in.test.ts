/** The pages of a sign-in: what they are made of, what they refuse, and the second factor. */
import t from 'tap'
import { failuresMax } from '../../src/auth/attempts.ts'
import { codeAt, newSecondFactor, stepOfCode } from '../../src/registry/second-factor.ts'
import { Browser, type Visited } from './browser.ts'
import { aSignInServer, password } from './sign-in-server.ts'

const server = await aSignInServer(t)
const { baseUrl, authorize, registry } = server

const start = async (language?: string) => {
  const browser = new Browser(baseUrl, language)
  return { browser, page: await authorize(browser) }
}
const signInAs = async (name: string, word = password) => {
  const { browser, page } = await start()
  return { browser, page: await browser.submit(page, { step: 'password', name, password: word }) }
}
/** All a visitor can see of a page but what differs between any two sign-ins. */
const seen = ({ status, html, headers }: Visited) => ({
  status,
  type: headers['content-type'],
  html: html.replace(/name="proof" value="[^"]*"/, '').replaceAll(/href="[^"]*"/g, ''),
})

t.test('pages need no scripts, load nothing, and cannot be framed', async t => {
  const { page } = await start()
  t.equal(page.status, 200)
  const policy = String(page.headers['content-security-policy'])
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
    t.ok(policy.includes(rule), rule)
  t.match(policy, /form-action 'self' https:\/\/app\.example;/)
  t.notMatch(policy, /unsafe/)
  t.equal(page.headers['cache-control'], 'no-store')
  t.equal(page.headers['x-frame-options'], 'DENY')
  t.notMatch(page.html, /<script|<img|<link| on[a-z]+=/i)
  for (const [, id] of page.html.matchAll(/<label for="([^"]+)"/g))
    t.match(page.html, new RegExp(`<input[^>]* id="${id}"`), `${id} has a label`)
  t.match(page.html, /<html lang="en">/)
  t.match(page.html, /Phone of 上海市第六人民医院/)
})

t.test('pages speak the language of the browser, or the one that was switched to', async t => {
  const { browser, page } = await start('zh-CN,zh;q=0.9,en;q=0.5')
  t.match(page.html, /<html lang="zh-CN">/)
  t.match(page.html, /<h1>登录<\/h1>/)
  const [, link = ''] = /<a href="([^"]+)" lang="en"/.exec(page.html) ?? []
  const english = await browser.go(new URL(link, page.url))
  t.match(english.html, /<h1>Sign in<\/h1>/)
  const next = await browser.submit(english, { step: 'password', name: 'no6-li', password })
  t.match(next.html, /Purpose and permission/, 'and stay with it')
})

t.test(
  'who is unknown, works elsewhere or has no password is told what a wrong password is',
  async t => {
    await registry.people.create({ id: 'tinglin-wang', organization: 'tinglin', name: 'Wang' })
    await registry.people.create({ id: 'no6-bare', organization: 'no6', name: 'Bare' })
    await registry.people.create({ id: 'no6-left', organization: 'no6', name: 'Left' })
    const known = (await registry.credentials.of('no6-zhang'))?.passwordHash ?? ''
    for (const id of ['tinglin-wang', 'no6-left']) await registry.credentials.setPassword(id, known)
    await registry.people.setActive('no6-left', false)
    const { page: wrong } = await signInAs('no6-zhang', 'wrong')
    t.equal(wrong.status, 400)
    t.match(wrong.html, /role="alert">User name or password is wrong/)
    for (const name of ['nobody', 'tinglin-wang', 'no6-bare', 'no6-left', "' or 1=1", '\0', ''])
      t.same(seen((await signInAs(name)).page), seen(wrong), JSON.stringify(name))
  },
)

t.test('a form that is not ours changes nothing', async t => {
  const { browser, page } = await start()
  const values = { step: 'password', name: 'no6-zhang', password }
  t.equal((await browser.submit(page, { ...values, proof: 'x' })).status, 400)
  const sent = { method: 'POST', body: new URLSearchParams(values).toString() } as const
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  t.equal((await browser.go(page.url, { ...sent, headers: type })).status, 400, 'no proof')
  t.equal((await browser.go(page.url, { ...sent, body: '{}' })).status, 400, 'no form')
  const long = { ...values, name: 'x'.repeat(9000) }
  t.equal((await browser.submit(page, long)).status, 400, 'too long')
  const [, proof = ''] = /name="proof" value="([^"]+)"/.exec(page.html) ?? []
  const foreign = { ...sent, body: new URLSearchParams({ ...values, proof }).toString() }
  const origin = { ...type, origin: 'https://evil.example' }
  t.equal((await browser.go(page.url, { ...foreign, headers: origin })).status, 400, 'elsewhere')
  t.match((await browser.go(page.url)).html, /Sign in/, 'still at the beginning')
})

t.test('steps cannot be skipped', async t => {
  const { browser, page } = await start()
  for (const values of [{ step: 'purpose', purpose: 'TREAT' }, { patient: 'tinglin-liuyang' }]) {
    const next = await browser.submit(page, values)
    t.equal(next.status, 400)
    t.match(next.html, /Sign in/)
  }
  const { browser: further, page: purposes } = await signInAs('no6-zhang')
  for (const purpose of ['HPAYMT', 'BTG', 'x', '']) {
    const next = await further.submit(purposes, { step: 'purpose', purpose })
    t.match(next.html, /Purpose and permission/, `no purpose of this app: ${purpose}`)
  }
})

t.test(
  'the second factor is asked for where there is one, and each code is taken once',
  async t => {
    const secret = newSecondFactor()
    await registry.credentials.setSecondFactor('no6-li', secret)
    const seconds = () => Date.now() / 1000
    const { browser, page } = await signInAs('no6-li')
    t.match(page.html, /autocomplete="one-time-code"/)
    const skipped = await browser.submit(page, { step: 'purpose', purpose: 'TREAT' })
    t.match(skipped.html, /Second factor/)
    const old = codeAt(secret, seconds() - 120)
    t.equal((await browser.submit(page, { step: 'code', code: old })).status, 400)
    const code = codeAt(secret, seconds())
    const next = await browser.submit(page, { step: 'code', code })
    t.match(next.html, /Purpose and permission/)
    t.match(await registry.credentials.of('no6-li'), { isConfirmed: true })
    const replay = await signInAs('no6-li')
    const refused = await replay.browser.submit(replay.page, { step: 'code', code })
    t.equal(refused.status, 400)
    t.match(refused.html, /wrong or was used before/)
  },
)

t.test('a code is good a half-minute before and after its own, and no further', async t => {
  const secret = newSecondFactor()
  const at = 1_800_000_015
  const step = BigInt(at - 15) / 30n
  for (const [off, expected] of [
    [-60, undefined],
    [-30, step - 1n],
    [0, step],
    [30, step + 1n],
    [60, undefined],
  ] as const)
    t.equal(stepOfCode(secret, codeAt(secret, at + off), at), expected, `${off} s`)
  for (const code of ['', '12345', '1234567', 'abcdef', '１２３４５６'])
    t.equal(stepOfCode(secret, code, at), undefined, code)
})

t.test(
  'failed attempts are bounded for an account, whoever has it and however it is tried',
  async t => {
    for (const name of ['no6-locked', 'nobody-here']) {
      const tries = Array.from({ length: failuresMax.account }, () => signInAs(name, 'wrong'))
      for (const { page } of await Promise.all(tries)) t.equal(page.status, 400)
      const { page } = await signInAs(name, 'wrong')
      t.equal(page.status, 429)
      t.equal(page.headers['retry-after'], '900')
      t.match(page.html, /too many attempts/)
    }
    const hash = (await registry.credentials.of('no6-zhang'))?.passwordHash ?? ''
    await registry.people.create({ id: 'no6-locked', organization: 'no6', name: 'Locked' })
    await registry.credentials.setPassword('no6-locked', hash)
    t.equal((await signInAs('no6-locked')).page.status, 429, 'not even with the right password')
    t.equal((await signInAs('no6-zhang')).page.status, 200, 'others are not kept out')
  },
)

t.test('codes are bounded, too', async t => {
  await registry.people.create({ id: 'no6-codes', organization: 'no6', name: 'Codes' })
  const hash = (await registry.credentials.of('no6-zhang'))?.passwordHash ?? ''
  await registry.credentials.setPassword('no6-codes', hash)
  await registry.credentials.setSecondFactor('no6-codes', newSecondFactor())
  const { browser, page } = await signInAs('no6-codes')
  const statuses: number[] = []
  for (let count = 0; count <= failuresMax.code; count++)
    statuses.push((await browser.submit(page, { step: 'code', code: '000000' })).status)
  t.same(statuses, [...Array.from({ length: failuresMax.code }, () => 400), 429])
})
