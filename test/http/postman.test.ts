/** The Postman files tell a story that is true. @see https://learning.postman.com/docs/collections/use-collections/ */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { postmanCollection, postmanEnvironment } from '../../src/http/postman.ts'
import { routes } from '../../src/interactions/routes.ts'
import { aDatabaseUrl } from '../database.ts'
import { run, setEnvironment } from '../commands/command-line.ts'
import { aListeningServer } from '../story/listening.ts'
import { runCollection, type Collection } from './postman-runner.ts'

const { baseUrl, app } = await aListeningServer(t)
const load = async (name: string) => {
  const answer = await fetch(`${baseUrl}/postman/${name}.json`)
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
  return answer.json()
}
const collection = (await load('collection')) as Collection
const environment = (await load('environment')) as ReturnType<typeof postmanEnvironment>

t.test('run from the top it passes, and passes again', async t => {
  for (const round of ['first', 'second']) {
    const outcomes = await runCollection(collection, environment)
    t.ok(outcomes.length >= 85, `${outcomes.length} tests`)
    for (const { request, test, failure } of outcomes)
      if (failure !== undefined) t.fail(`${round}: ${request}: ${test}: ${failure}`)
  }
})

t.test('the tests of the collection can fail', async t => {
  const wrong = environment.values.map(pair =>
    pair.key === 'specialistOrganization' ? { ...pair, value: 'zhujing' } : pair,
  )
  const outcomes = await runCollection(collection, { values: wrong })
  const failed = outcomes.filter(({ failure }) => failure !== undefined)
  t.ok(failed.some(({ request }) => request.startsWith('3 The specialist')))
})

t.test('each request has an example of its answer, and words in both languages', async t => {
  for (const { item } of collection.item as unknown as readonly {
    readonly item: readonly {
      readonly name: string
      readonly response: readonly { readonly code: number; readonly body: string }[]
    }[]
  }[])
    for (const { name, response } of item) {
      t.match(name, /[A-Za-z].*[\u4e00-\u9fff]|POST/, name)
      const [{ code, body } = { code: 0, body: '' }] = response
      t.ok(code >= 200 && code < 500, name)
      if (body !== '') t.ok(JSON.parse(body), name)
    }
})

t.test('it has every interaction of the route table', async t => {
  const sent = collection.item.flatMap(({ item }) =>
    item.map(({ request: { method, url } }) => `${method} ${shapeOf(url)}`),
  )
  for (const { method, path, interactions } of routes) {
    // Operations and compartments are shown by one example each.
    if (path.includes('$') || path.startsWith('[type]/[id]/*') || path.endsWith('[type]/_search'))
      continue
    const wanted = path === '_search' ? `GET ` : `${method} ${path}`
    t.ok(sent.includes(wanted), `${interactions.join()}: ${method} ${path}`)
  }
  t.ok(sent.includes('GET [type]/[id]/$[operation]'))
})

const shapeOf = (url: string): string =>
  url
    .replace('{{baseUrl}}/fhir', '')
    .replace(/\?.*/, '')
    .split('/')
    .slice(1)
    .map((segment, at) => {
      if (segment.startsWith('$')) return '$[operation]'
      if (/^(?:_.*|metadata|)$/.test(segment)) return segment
      if (at === 0 || /^[A-Z]/.test(segment)) return '[type]'
      return at === 1 ? '[id]' : '[vid]'
    })
    .join('/')

t.test('huizhen postman writes the same files, for the operator alone', async t => {
  const folder = t.testdir()
  const secrets = Object.fromEntries(app.sandboxClients.map(({ id, secret }) => [id, secret]))
  const dataDir = t.testdir({
    'sandbox-credentials.json': JSON.stringify(secrets),
    files: {},
  })
  setEnvironment(t, { HUIZHEN_DATA_DIR: dataDir, HUIZHEN_BASE_URL: baseUrl, HUIZHEN_SANDBOX: 'on' })
  const out = join(folder, 'files')
  const ended = await run('postman', '--out', out)
  t.match(ended, { code: 0, err: '' })
  for (const [name, served] of [
    ['collection.json', collection],
    ['environment.json', environment],
  ] as const) {
    const path = join(out, name)
    t.match(ended.out, path)
    t.strictSame(JSON.parse(await readFile(path, 'utf8')), served)
    t.equal((await stat(path)).mode & 0o777, 0o600)
  }
})

t.test('an environment can be of one hospital and one of its clients', async t => {
  const databaseUrl = await aDatabaseUrl(t)
  const dataDir = t.testdir()
  setEnvironment(t, {
    DATABASE_URL: databaseUrl,
    HUIZHEN_DATA_DIR: dataDir,
    HUIZHEN_SANDBOX: 'off',
  })
  await run('org', 'add', 'songjiang', '--name', '松江医院')
  t.match(await run('postman', '--org', 'songjiang'), { code: 1, err: /no active client/ })
  await run('client', 'add', 'songjiang-his', '--org', 'songjiang', '--scope', 'system/*.cruds')
  const out = join(dataDir, 'files')
  t.match(await run('postman', '--org', 'songjiang', '--out', out), { code: 0, err: '' })
  const { name, values } = JSON.parse(await readFile(join(out, 'environment.json'), 'utf8'))
  const valueOf = (wanted: string) =>
    values.find(({ key }: { key: string }) => key === wanted).value as string
  t.match(name, 'songjiang')
  t.equal(valueOf('clientId'), 'songjiang-his')
  t.equal(valueOf('prefix'), 'songjiang')
  t.equal(valueOf('clientSecret'), '')
  t.match(await run('postman', '--org', 'nowhere'), { code: 1, err: /no organization/ })
})

t.test('outside the sandbox the environment has names and no secret', async t => {
  const { values } = postmanEnvironment({ baseUrl: 'https://fhir.example.org', sandboxClients: [] })
  t.strictSame(
    values.filter(({ value }) => value !== ''),
    [{ key: 'baseUrl', value: 'https://fhir.example.org', type: 'default', enabled: true }],
  )
  const named = new Set(JSON.stringify(postmanCollection()).match(/(?<=\{\{)\w+(?=\}\})/g))
  const kept = [
    ...['token', 'otherToken', 'specialistToken', 'observationId', 'opinionId'],
    ...['PatientId', 'ObservationId', 'DiagnosticReportId', 'ServiceRequestId'],
  ]
  t.strictSame([...named].sort(), [...values.map(({ key }) => key), ...kept].sort())
})
