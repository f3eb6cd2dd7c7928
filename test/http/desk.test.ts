/** The feed desk as people see it: pages without scripts, behind a sign-in. */
import t from 'tap'
import { codeAt, newSecondFactor } from '../../src/registry/second-factor.ts'
import { createCredentials } from '../../src/registry/credentials.ts'
import { aServer, tinglin, zhujing } from '../server.ts'

const { app, server, ask } = await aServer(t)
const origin = 'http://huizhen.test'
const passwordOf = (id: string): string => app.sandboxPeople.find(one => one.id === id)!.password

interface Page {
  readonly status: number
  readonly text: string
  readonly location: string | undefined
  readonly cookie: string | undefined
  readonly headers: Record<string, unknown>
}

/** Asks as a browser would. */
const visit = async (
  path: string,
  form?: Record<string, string | readonly string[]>,
  headers: Record<string, string> = {},
): Promise<Page> => {
  const fields = Object.entries(form ?? {}).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  )
  const answer = await server.inject({
    method: form === undefined ? 'GET' : 'POST',
    url: path,
    headers: {
      ...(form === undefined
        ? {}
        : { origin, 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(form === undefined ? {} : { payload: new URLSearchParams(fields).toString() }),
  })
  const setCookie = answer.headers['set-cookie'] as string | undefined
  return {
    status: answer.statusCode,
    text: answer.body,
    location: answer.headers.location,
    cookie: setCookie?.split(';')[0],
    headers: answer.headers,
  }
}

const signIn = async (name: string, code = ''): Promise<string> => {
  const page = await visit('/desk/sign-in', { name, password: passwordOf(name), code })
  if (page.cookie === undefined) throw new Error(`${page.status} ${page.text}`)
  return page.cookie
}
const proofIn = (text: string): string => /name="proof" value="([^"]+)"/.exec(text)![1]!
const refuse = (as = tinglin, name = '页面患者') =>
  ask('POST', '/fhir/Patient', {
    as,
    body: { resourceType: 'Patient', name: [{ text: `${name}<script>` }], gender: 'x' },
  })

t.test('nobody sees anything before signing in', async t => {
  for (const path of ['/desk', '/desk/summary', '/desk/entry/x', '/desk?client=x']) {
    const page = await visit(path)
    t.equal(page.status, 303, path)
    t.match(page.location, /^\/desk\/sign-in\?lang=en$/)
  }
  t.equal((await visit('/desk/replay', { id: 'x' })).status, 303)
  const form = await visit('/desk/sign-in?lang=zh-CN')
  t.equal(form.status, 200)
  t.match(form.text, /<html lang="zh-CN">[\s\S]*数据接入台/)
  t.match(form.headers['content-security-policy'], /default-src 'none'.*form-action 'self'/)
  t.equal(form.headers['cache-control'], 'no-store')
})

t.test('a wrong password, another role and another site are turned away', async t => {
  const wrong = await visit('/desk/sign-in', { name: 'tinglin-chen', password: 'nonsense' })
  t.equal(wrong.status, 400)
  t.equal(wrong.cookie, undefined)
  t.match(wrong.text, 'role="alert"')
  for (const name of ['no6-zhang', 'tinglin-wu', 'no6-sun']) {
    const page = await visit('/desk/sign-in', { name, password: passwordOf(name) })
    t.equal(page.status, 400, name)
    t.equal(page.cookie, undefined)
  }
  const form = { name: 'tinglin-chen', password: passwordOf('tinglin-chen') }
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
    const page = await visit('/desk/sign-in', form, headers as Record<string, string>)
    t.equal(page.status, 400)
    t.equal(page.cookie, undefined)
  }
  t.equal((await visit('/desk', undefined, { cookie: 'huizhen_desk=nonsense' })).status, 303)
})

t.test(
  'the engineer of a hospital sees its payloads beside their errors, in both languages',
  async t => {
    await refuse()
    await refuse(zhujing, '他院患者')
    const page = await visit('/desk/sign-in', {
      name: 'tinglin-chen',
      password: passwordOf('tinglin-chen'),
    })
    t.match(page, { status: 303, location: '/desk?lang=en' })
    t.match(page.headers['set-cookie'], /; Path=\/desk; HttpOnly; SameSite=Strict; Max-Age=28800$/)
    const cookie = page.cookie!
    const list = await visit('/desk', undefined, { cookie })
    t.equal(list.status, 200)
    t.match(list.text, /tinglin-ehr<td>POST Patient<td>422/)
    t.notMatch(list.text, /zhujing/)
    const entry = /\/desk\/entry\/[0-9a-f-]{36}/.exec(list.text)![0]
    const one = await visit(`${entry}?lang=zh-CN`, undefined, { cookie })
    t.match(one.text, '页面患者&lt;script&gt;')
    t.notMatch(one.text, '<script')
    t.match(one.text, /<code>Patient\.gender<\/code><td>[^<]*[\u4e00-\u9fff]/)
    t.match(
      (await visit(`${entry}?lang=en`, undefined, { cookie })).text,
      /<code>Patient\.gender<\/code><td>[A-Za-z]/,
    )
    const other = await signIn('zhujing-gu')
    const foreign = await visit(entry, undefined, { cookie: other })
    t.equal(foreign.status, 404)
    t.equal(
      foreign.text,
      (
        await visit('/desk/entry/00000000-0000-7000-8000-000000000000', undefined, {
          cookie: other,
        })
      ).text.replaceAll('00000000-0000-7000-8000-000000000000', entry.split('/').at(-1)!),
    )
    const bad = await visit('/desk?day=never', undefined, { cookie })
    t.equal(bad.status, 400)
    t.match(bad.text, 'role="alert"')
    for (const text of [list.text, one.text]) {
      for (const [, href] of text.matchAll(/href="([^"]+)"/g))
        t.match(href, /^\/(?:desk|docs)/, 'nothing from elsewhere')
      t.notMatch(text, / on\w+=|javascript:/)
    }
  },
)

t.test('payloads are sent again from the page, by a form of that page alone', async t => {
  const cookie = await signIn('tinglin-chen')
  const { text } = await visit('/desk', undefined, { cookie })
  const [, id] = /name="id" value="([^"]+)"/.exec(text)!
  const proof = proofIn(text)
  for (const form of [{ id: id! }, { id: id!, proof: 'nonsense' }])
    t.equal((await visit('/desk/replay', form, { cookie })).status, 303, 'not by another page')
  const evil = await visit(
    '/desk/replay',
    { id: id!, proof },
    { cookie, origin: 'https://evil.example' },
  )
  t.equal(evil.status, 303)
  const done = await visit('/desk/replay', { id: [id!, 'nonsense'], proof }, { cookie })
  t.equal(done.status, 200)
  t.match(done.text, `${id}: 422`)
  t.match(done.text, 'nonsense: 404')
})

t.test('the reconciliation is a page, with who has fallen silent', async t => {
  const cookie = await signIn('tinglin-chen')
  const page = await visit('/desk/summary?silence=1&lang=zh-CN', undefined, { cookie })
  t.equal(page.status, 200)
  t.match(page.text, /tinglin-ehr<td>Patient<td>\d+<td>0<td>[1-9]/)
  t.notMatch(page.text, 'zhujing')
})

t.test('a session ends with sign-out, another password, and the role', async t => {
  const cookie = await signIn('tinglin-chen')
  const { text } = await visit('/desk', undefined, { cookie })
  const left = await visit('/desk/sign-out', { proof: proofIn(text) }, { cookie })
  t.match(left.headers['set-cookie'], /^huizhen_desk=; .*Max-Age=0/)
  const credentials = createCredentials(app.context.database.kysely)
  const secret = newSecondFactor()
  await credentials.setSecondFactor('tinglin-chen', secret)
  t.equal((await visit('/desk', undefined, { cookie })).status, 303, 'other credentials')
  const password = passwordOf('tinglin-chen')
  t.equal((await visit('/desk/sign-in', { name: 'tinglin-chen', password })).status, 400, 'no code')
  const again = await signIn('tinglin-chen', codeAt(secret, Date.now() / 1000))
  t.equal((await visit('/desk', undefined, { cookie: again })).status, 200)
  const text2 = `update person set role = null where id = 'tinglin-chen'`
  await app.context.database.query({ name: '', text: text2, values: [] })
  t.equal((await visit('/desk', undefined, { cookie: again })).status, 303)
})
