import { isAbsolute } from 'node:path'
import t from 'tap'
import { ConfigRefused, readConfig, variables } from '../src/config.ts'

t.test('without any variable the server is a sandbox on loopback', async t => {
  const config = readConfig({})
  t.match(config, {
    host: '127.0.0.1',
    port: 8080,
    baseUrl: 'http://127.0.0.1:8080',
    databaseUrl: undefined,
    sandbox: true,
    logLevel: 'info',
    poolConnectionsMax: 16,
    timeZone: 'Asia/Shanghai',
    bodyBytesMax: 64 * 1024 * 1024,
    bundleEntriesMax: 10_000,
  })
  t.ok(isAbsolute(config.dataDir))
  t.ok(Object.isFrozen(config))
})

t.test('every fault is listed at once, and none shows a value', async t => {
  const environment = {
    PORT: '80800',
    DATABASE_URL: 'mysql://secret@example.org',
    HUIZHEN_BASE_URL: 'https://user:secret@example.org',
    HUIZHEN_WORKERS: '4',
    HUIZHEN_SANDBOX: 'secret',
    HUIZHEN_POOL: '0',
    HUIZHEN_TIME_ZONE: 'Mars/Olympus',
    HUIZHEN_BODY_MIB: '513',
    HUIZHEN_BUNDLE_ENTRIES: '999',
    LOG_LEVEL: 'loud',
  }
  let refused: unknown
  try {
    readConfig(environment)
  } catch (error) {
    refused = error
  }
  if (!(refused instanceof ConfigRefused)) {
    t.fail('it was accepted')
    return
  }
  t.same(
    refused.faults.map(fault => fault.split(':')[0]).sort(),
    Object.keys(environment).sort(),
    'each faulty variable is named once',
  )
  t.notMatch(refused.message, /secret|Mars|loud/)
  t.match(refused.message, /HUIZHEN_WORKERS: expected 1/)
})

t.test('the sandbox is on by itself only where nobody else can reach the server', async t => {
  const databaseUrl = 'postgres://localhost/huizhen'
  const cases: [NodeJS.ProcessEnv, boolean][] = [
    [{ HOST: 'localhost' }, true],
    [{ HOST: '::1' }, true],
    [{ HOST: '0.0.0.0' }, false],
    [{ DATABASE_URL: databaseUrl }, true],
    [{ HUIZHEN_BASE_URL: 'https://fhir.example.org' }, false],
    [{ HUIZHEN_BASE_URL: 'http://127.0.0.1:9000' }, true],
    [{ HOST: '0.0.0.0', HUIZHEN_SANDBOX: 'on' }, true],
    [{ DATABASE_URL: databaseUrl, HUIZHEN_SANDBOX: 'on' }, true],
    [{ HUIZHEN_SANDBOX: 'off' }, false],
  ]
  for (const [environment, expected] of cases) {
    t.equal(readConfig(environment).sandbox, expected, JSON.stringify(environment))
  }
})

t.test('an empty variable counts as absent, and the base URL has no slash at its end', async t => {
  const config = readConfig({ PORT: '', HUIZHEN_BASE_URL: 'https://fhir.example.org/exchange/' })
  t.equal(config.port, 8080)
  t.equal(config.baseUrl, 'https://fhir.example.org/exchange')
  t.equal(readConfig({ HOST: '::', PORT: '1' }).baseUrl, 'http://localhost:1')
})

t.test('each variable is described once', async t => {
  t.equal(new Set(variables.map(({ name }) => name)).size, variables.length)
  for (const { name, description } of variables) t.ok(description.length > 10, name)
})
