/** A hospital's webhook is told when the glass of one of its patients is broken. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { isPublicAddress, sendNotice } from '../../src/jobs/webhook-request.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { claimNotices, queueNotices, settleNotice } from '../../src/store/webhook-notices.ts'
import { leakAsking } from '../leaks/asking.ts'
import { aServer, tinglin, zhang, type Caller } from '../server.ts'
import { treatment } from '../story/papers.ts'

t.setTimeout(60_000)
const { ask, app } = await aServer(t)
const { file } = leakAsking({ ask })
const { database } = app.context
const { webhooks } = createRegistry(database)
const run = (text: string, values: readonly unknown[] = []) =>
  database.query<Record<string, unknown>>({ name: '', text, values })

interface Received {
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}
const received: Received[] = []
const answers = { status: 204 }
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { url: path, headers } = request
    received.push({ path, headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(answers.status, { location: '/elsewhere' }).end()
  })
})
await new Promise<void>(done => void receiver.listen(0, '127.0.0.1', done))
t.teardown(() => void receiver.close())
const { port } = receiver.address() as AddressInfo
const url = `http://127.0.0.1:${port}/notices`

/** Waits until a condition holds, five seconds at most. */
const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (let looks = 0; looks < 100 && !(await holds()); looks++) await sleep(50)
}
const breakGlass = async (id: string): Promise<void> => {
  await file({ resourceType: 'Patient', id })
  const strong: Caller = { ...zhang, amr: ['otp'] }
  const body = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'reason', valueString: '昏迷,急诊抢救需要既往史' },
      { name: 'minutes', valueInteger: 5 },
      { name: 'purpose', valueCoding: { ...treatment, code: 'BTG' } },
    ],
  }
  const path = `/fhir/Patient/${id}/$break-glass`
  const { status, text } = await ask('POST', path, { as: strong, body })
  if (status !== 200) throw new Error(text)
}
const notices = () => run('select * from webhook_notice order by created')

t.test('nobody is told who has not asked for it', async t => {
  await breakGlass('tinglin-h1')
  t.strictSame(await notices(), [])
})

t.test('the owner is told at once, signed, by ids alone', async t => {
  const secret = await webhooks.set('tinglin', url, true)
  await breakGlass('tinglin-h2')
  await until(() => received.length > 0)
  const [{ path, headers, body }] = received as [Received]
  t.equal(path, '/notices')
  t.equal(headers['content-type'], 'application/json')
  const [, seconds = '', signature] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['huizhen-signature'])) ?? []
  const key = Buffer.from(secret, 'hex')
  t.equal(signature, createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex'))
  const notice = JSON.parse(body)
  t.strictSame(Object.keys(notice), ['id', 'event', 'occurred', 'communication', 'task'])
  t.notMatch(body, /tinglin-h2|zhang|昏迷/)
  for (const [reference, expected] of [
    [notice.communication, { subject: { reference: 'Patient/tinglin-h2' } }],
    [notice.task, { for: { reference: 'Patient/tinglin-h2' } }],
  ]) {
    const { status, json } = await ask('GET', `/fhir/${reference}`, { as: tinglin })
    t.equal(status, 200)
    t.match(json, expected)
  }
  await until(async () => (await notices())[0]?.['outcome'] === '204')
  t.match(await notices(), [{ attempts: 1, outcome: '204' }])
  t.match(await webhooks.of('tinglin'), { url, waiting: 0, failed: 0 })
})

t.test('what fails is tried again, later each time, and given up in the end', async t => {
  for (const [status, sent] of [
    [302, 1],
    [500, 2],
  ] as const) {
    answers.status = status
    received.length = 0
    if (sent === 1) await breakGlass('tinglin-h3')
    else await run('update webhook_notice set next_attempt = now() where ended is null')
    app.context.wakeWebhooks()
    await until(() => received.length > 0)
    const of = async () => (await notices())[1]!
    await until(async () => (await of())['outcome'] === String(status))
    t.match(await of(), { attempts: sent, outcome: String(status), ended: null })
    t.strictSame(
      received.map(({ path }) => path),
      ['/notices'],
      'no redirect is followed',
    )
    const [{ seconds }] = (await run(
      `select extract(epoch from next_attempt - now())::integer as seconds from webhook_notice where ended is null`,
    )) as [{ seconds: number }]
    t.ok(seconds > 10 * sent - 9 && seconds <= 10 * sent, `${seconds} s`)
  }
  await run(`update webhook_notice set next_attempt = now(), attempts = 15 where ended is null`)
  app.context.wakeWebhooks()
  await until(async () => (await notices())[1]!['ended'] !== null)
  t.match(await webhooks.of('tinglin'), { waiting: 0, failed: 1 })
  answers.status = 204
})

t.test('a notice is kept with what it is about, or not at all', async t => {
  const before = (await notices()).length
  await t.rejects(
    database.transaction(async transaction => {
      await queueNotices(transaction, [{ id: 'x', owner: 1, body: '{}' }])
      throw new Error('the transaction fails')
    }),
  )
  t.equal((await notices()).length, before)
})

t.test('no two processes send the same notice, and none is lost by one that dies', async t => {
  await run(`insert into webhook_notice (id, owner, body)
    select 'n' || g, number, '{}' from generate_series(1, 20) g, organization where id = 'tinglin'`)
  const claims = (await Promise.all([1, 2, 3].map(() => claimNotices(database)))).flat()
  const ids = claims.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
  t.strictSame(await claimNotices(database), [], 'claimed: not due for a while')
  await run(`update webhook_notice set next_attempt = now() where id ~ '^n'`)
  const again = await claimNotices(database)
  t.ok(again.length > 0)
  t.ok(again.every(({ attempts }) => attempts > 1))
  for (const notice of again) await settleNotice(database, notice, '200')
  await webhooks.remove('tinglin')
  await claimNotices(database)
  t.match(await run(`select from webhook_notice where ended is null`), [], 'nobody to tell is left')
  t.equal(await webhooks.of('tinglin'), undefined)
})

t.test('outside of the sandbox only public addresses are asked, and only by TLS', async t => {
  received.length = 0
  const notice = { id: 'x', body: '{}', attempts: 1, secret: Buffer.from('x'), now: 1 }
  for (const to of [url, `https://127.0.0.1:${port}/`, `https://[::ffff:127.0.0.1]:${port}/`])
    t.equal(await sendNotice({ ...notice, url: to }, false), 'refused', to)
  t.equal(await sendNotice({ ...notice, url: `https://localhost:${port}/` }, false), 'refused')
  t.strictSame(received, [])
  for (const address of ['10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'])
    t.notOk(isPublicAddress(address), address)
  for (const address of ['::1', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', 'x'])
    t.notOk(isPublicAddress(address), address)
  for (const address of ['8.8.8.8', '2606:4700:4700::1111', '172.32.0.1'])
    t.ok(isPublicAddress(address), address)
  for (const wrong of ['ftp://x.example', 'x', 'https://u:p@x.example', 'https://x.example/#a'])
    await t.rejects(webhooks.set('tinglin', wrong, true), wrong)
  await t.rejects(webhooks.set('tinglin', url, false), /https/)
  await t.rejects(webhooks.set('nobody', 'https://x.example', true))
})
