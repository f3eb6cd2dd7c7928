/** The log tells what happened, and of nobody. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import t from 'tap'
import { readCredentials } from '../../src/sandbox/credentials.ts'
import { aDatabaseUrl } from '../database.ts'
import { freePort } from '../story/listening.ts'

/** What must never be in a log: each is sent to the server in many ways. */
const planted = {
  name: '诸葛植入',
  identifier: '310116197001019998',
  searched: 'plantedvalue7731',
  id: 'tinglin-planted-id-5512',
  phone: '13912345678',
}

const port = await freePort()
const origin = `http://127.0.0.1:${port}`
const databaseUrl = await aDatabaseUrl(t)
const dataDir = t.testdir()
const child = spawn(
  process.execPath,
  [fileURLToPath(new URL('../../src/main.js', import.meta.url))],
  {
    env: {
      ...process.env,
      ...{ HOST: '127.0.0.1', PORT: String(port), DATABASE_URL: databaseUrl },
      ...{ HUIZHEN_DATA_DIR: dataDir, HUIZHEN_SANDBOX: 'on', LOG_LEVEL: 'trace' },
    },
  },
)
let log = ''
for (const stream of [child.stdout, child.stderr])
  stream.on('data', (bytes: Buffer) => (log += bytes.toString('utf8')))
const ended = new Promise(resolve => child.once('exit', resolve))
t.teardown(() => child.kill('SIGKILL'))
while (
  !(await fetch(`${origin}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  ))
)
  await new Promise(resolve => setTimeout(resolve, 50))
const secrets = await readCredentials(dataDir)
const tokenOf = async (form: Record<string, string>, client: string): Promise<Response> =>
  fetch(`${origin}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { authorization: `Basic ${btoa(`${client}:${secrets[client]}`)}` },
  })
const granted = await tokenOf({ grant_type: 'client_credentials' }, 'tinglin-ehr')
const { access_token: token } = (await granted.json()) as { access_token: string }

const patient = (more: object = {}) => ({
  resourceType: 'Patient',
  id: planted.id,
  identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: planted.identifier }],
  name: [{ text: planted.name }],
  telecom: [{ system: 'phone', value: planted.phone }],
  ...more,
})

/** Requests that succeed, are refused, and fail, each with what must not be logged. */
const send = async (
  method: string,
  path: string,
  body?: unknown,
  headers = {},
): Promise<number> => {
  const answer = await fetch(`${origin}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/fhir+json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  await answer.arrayBuffer()
  return answer.status
}

const everyKind = async (): Promise<Set<number>> => {
  const { name, identifier, searched, id } = planted
  const statuses = new Set<number>()
  const entry = {
    resource: patient({ gender: 'nonsense' }),
    request: { method: 'POST', url: 'Patient' },
  }
  for (const [method, path, body, headers] of [
    ['PUT', `/fhir/Patient/${id}`, patient()],
    ['POST', '/fhir/Patient', patient(), { 'if-none-exist': `identifier=${identifier}` }],
    ['POST', '/fhir/Patient', patient({ birthDate: name, [searched]: name })],
    ['POST', '/fhir/Patient', `{"resourceType":"Patient","name":[{"text":"${name}"`],
    ['POST', '/fhir', { resourceType: 'Bundle', type: 'batch', entry: [entry] }],
    ['POST', '/fhir', { resourceType: 'Bundle', type: 'transaction', entry: [entry] }],
    ['GET', `/fhir/Patient/${id}`],
    ['GET', `/fhir/Patient?name=${encodeURIComponent(name)}`],
    ['GET', `/fhir/Patient?identifier=${identifier}&${searched}=${searched}`],
    ['GET', `/fhir/Patient?_sort=${searched}&birthdate=${searched}`],
    ['GET', `/fhir/${searched}/${identifier}`],
    ['GET', `/${searched}/${encodeURIComponent(name)}`],
    ['GET', `/fhir/Patient/%ff${searched}`],
    ['PATCH', `/fhir/Patient/${id}`, [{ op: 'test', path: `/${searched}`, value: name }]],
    ['DELETE', `/fhir/Patient?identifier=${identifier}&name=${searched}`],
    ['GET', '/fhir/Patient', undefined, { authorization: `Bearer ${searched}.${searched}.x` }],
    ['GET', '/fhir/Patient', undefined, { 'x-request-id': `id ${searched}` }],
    ['POST', `/fhir/Patient/${id}/$validate`, patient({ gender: searched })],
  ] as const)
    statuses.add(await send(method, path, body, headers))
  const wrong = { grant_type: 'client_credentials', scope: searched, client_id: name }
  statuses.add((await tokenOf(wrong, 'tinglin-ehr')).status)
  statuses.add((await tokenOf({ grant_type: searched, user: name }, 'no6-app')).status)
  return statuses
}

t.test('the log of many requests holds nothing of people, and a line for each', async t => {
  const statuses = await everyKind()
  for (const status of [200, 201, 400, 401, 404, 422]) t.ok(statuses.has(status), `${status}`)
  // Faults of ours, too: the database refuses what it never should.
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('alter table resource rename to resource_away')
  const failed = [
    await send('GET', `/fhir/Patient?name=${encodeURIComponent(planted.name)}`),
    await send('POST', '/fhir/Patient', patient()),
  ]
  await client.query('alter table resource_away rename to resource')
  await client.end()
  t.strictSame(failed, [500, 500])
  child.kill('SIGTERM')
  await ended
  const lines = log.split('\n').filter(line => line.startsWith('{'))
  const parsed = lines.map(line => JSON.parse(line) as Record<string, unknown>)
  const answered = parsed.filter(({ msg }) => msg === 'answered')
  t.ok(answered.length >= 20, `${answered.length} answers`)
  t.equal(new Set(answered.map(({ reqId }) => reqId)).size, answered.length, 'each with its id')
  t.match(
    answered.find(({ status }) => status === 201),
    {
      ...{ method: 'PUT', client: 'tinglin-ehr', organization: 'tinglin' },
      milliseconds: Number,
    },
  )
  t.equal(parsed.filter(({ msg }) => msg === 'request failed').length, 2, 'faults are told')
  const ids = Object.values(planted).flatMap(value => [value, encodeURIComponent(value)])
  const told = [...ids, token, ...Object.values(secrets)]
  for (const line of lines)
    for (const value of told) if (line.includes(value)) t.fail(`${value} in ${line}`)
})
