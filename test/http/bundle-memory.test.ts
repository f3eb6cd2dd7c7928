/** What a Bundle that is refused costs the process. @see https://hl7.org/fhir/R4/http.html#transaction */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { limits } from '../../src/fhir/limits.ts'
import { startChild } from '../bench/child.ts'
import { aDatabaseUrl } from '../database.ts'
import { freePort } from '../story/listening.ts'

const megabyte = 1024 * 1024
/** The body twice, in pieces and whole, and some room. Parsed it would take ten times its size. */
const growthBytesMax = 2.5 * limits.bodyBytesMax

const main = new URL('../../src/main.js', import.meta.url)
const folder = t.testdir()
const port = await freePort()
const baseUrl = `http://127.0.0.1:${port}`
const child = await startChild(main, {
  DATABASE_URL: await aDatabaseUrl(t),
  HUIZHEN_DATA_DIR: folder,
  HUIZHEN_BASE_URL: baseUrl,
  HUIZHEN_SANDBOX: 'on',
  PORT: String(port),
  LOG_LEVEL: 'silent',
})
t.teardown(() => child.stop())
const isReady = (): Promise<boolean> =>
  fetch(`${baseUrl}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
while (!(await isReady()))
  await Promise.race([new Promise(resolve => setTimeout(resolve, 50)), child.ended])

const token = async (): Promise<string> => {
  const secrets = JSON.parse(await readFile(join(folder, 'sandbox-credentials.json'), 'utf8'))
  const answer = await fetch(`${baseUrl}/auth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`tinglin-ehr:${secrets['tinglin-ehr']}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

/** The most memory the process has ever had, where the system tells. */
const peak = async (): Promise<number | undefined> => {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? []
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

t.test('a transaction of 25,000 entries in 60 MB is refused before it is parsed', async t => {
  const component = Array.from({ length: 37 }, () => ({
    code: { text: '血糖' },
    valueInteger: 7,
    dataAbsent: [1],
  }))
  const entry = JSON.stringify({
    resource: { resourceType: 'Observation', status: 'final', component },
    request: { method: 'POST', url: 'Observation' },
  })
  const entries = Array.from({ length: 25_000 }, () => entry).join(',')
  const body = Buffer.from(`{"resourceType":"Bundle","type":"transaction","entry":[${entries}]}`)
  t.ok(body.length > 55 * megabyte && body.length < limits.bodyBytesMax)
  const headers = {
    authorization: `Bearer ${await token()}`,
    'content-type': 'application/fhir+json',
  }
  const before = await peak()
  const answer = await fetch(`${baseUrl}/fhir`, { method: 'POST', headers, body })
  t.equal(answer.status, 413)
  const { issue } = (await answer.json()) as { issue: Record<string, unknown>[] }
  t.match(issue, [
    {
      code: 'too-long',
      expression: ['Bundle.entry'],
      details: { coding: [{ code: 'bundle-too-large' }], text: /25000 entries; at most 10000/ },
    },
  ])
  const after = await peak()
  if (before === undefined || after === undefined) return t.pass('no peak memory on this system')
  t.comment(
    `peak ${Math.round(before / megabyte)} MB before, ${Math.round(after / megabyte)} MB after`,
  )
  t.ok(after - before < growthBytesMax, `grew by ${Math.round((after - before) / megabyte)} MB`)
  return undefined
})
