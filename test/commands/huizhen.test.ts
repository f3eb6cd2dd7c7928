/** The command line as a whole: help, the token command, the doctor, and a database that is away. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import type { Test } from 'tap'
import t from 'tap'
import { createAuthorizationServer } from '../../src/auth/authorization-server.ts'
import { commands } from '../../src/commands/run.ts'
import { createDatabase } from '../../src/db/pool.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { registerParticipants } from '../../src/sandbox/participants.ts'
import { nobody } from '../auth/token-endpoint.ts'
import { aCommandLine, aFolder, run, setEnvironment, type CommandLine } from './command-line.ts'

const program = fileURLToPath(new URL('../../src/commands/huizhen.js', import.meta.url))

/** A sandbox's authorization server on a socket, on the database of the command line. */
const aSandbox = async (t: Test, line: CommandLine): Promise<string> => {
  const database = createDatabase({ url: line.url, max: 4 })
  const registry = createRegistry(database)
  await registerParticipants(registry, line.folder)
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const now = () => Date.now() / 1000
  const { listener } = await createAuthorizationServer({
    ...{
      database,
      registry,
      baseUrl,
      sandbox: true,
      onFault: (fault: Error) => t.threw(fault),
      now,
      patients: nobody,
    },
  })
  server.on('request', listener)
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
    await database.close()
  })
  return baseUrl
}

t.test('every command explains itself', async t => {
  for (const args of [[], ['--help'], ['help']]) {
    const { code, out } = await run(...args)
    t.equal(code, 0)
    for (const { name, summary } of commands) t.match(out, `${name} `, summary)
  }
  for (const { name } of commands) {
    t.match(await run(name, '--help'), { code: 0, out: new RegExp(`^huizhen ${name}`), err: '' })
  }
})

t.test('the authorization server loads without a word', async t => {
  const url = new URL('../../src/auth/authorization-server.js', import.meta.url).href
  const load = ['--input-type=module', '-e', `await import(${JSON.stringify(url)})`]
  t.match(await promisify(execFile)(process.execPath, load), { stdout: '', stderr: '' })
})

t.test('token prints one access token and nothing else', async t => {
  const line = await aCommandLine(t)
  const baseUrl = await aSandbox(t, line)
  const environment = { ...line.environment, HUIZHEN_BASE_URL: baseUrl }
  const token = async (...args: string[]) => {
    const options = { env: environment }
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [program, 'token', ...args],
      options,
    )
    t.equal(stderr, '')
    t.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    return decodeJwt(stdout.trim())
  }
  t.match(await token('tinglin-ehr'), { client_id: 'tinglin-ehr', scope: 'system/*.cruds' })
  const asked = ['--user', 'no6-zhang', '--scope', 'user/*.rs', '--patient', 'tinglin-p1']
  t.match(await token('no6-app', ...asked), {
    sub: 'no6-zhang',
    scope: 'user/*.rs',
    patient: 'tinglin-p1',
  })
  const marketing = await token('no6-system', '--purpose', 'HMARKT', '--base-url', baseUrl)
  t.match(marketing, { extensions: { ihe_iua: { purpose_of_use: [{ code: 'HMARKT' }] } } })
})

t.test('token says why there is none', async t => {
  const line = await aCommandLine(t)
  t.match(await line.run('token', 'no6-app'), { code: 1, out: '', err: /no sandbox credentials/ })
  const baseUrl = await aSandbox(t, line)
  const at = ['--base-url', baseUrl]
  t.match(await line.run('token', 'nobody', ...at), { code: 1, err: /there are tinglin-ehr/ })
  t.match(await line.run('token', '__proto__', ...at), { code: 1, err: /no sandbox client/ })
  const refused = await line.run('token', 'tinglin-ehr', '--scope', 'user/*.rs', ...at)
  t.match(refused, { code: 1, out: '', err: /the server refused: invalid_scope/ })
  const away = await line.run('token', 'tinglin-ehr', '--base-url', 'http://127.0.0.1:1')
  t.match(away, { code: 1, out: '', err: /no server answers at http:\/\/127.0.0.1:1/ })
  t.match(await line.run('token'), { code: 2, err: /the id of the client is missing/ })
})

t.test('the doctor finds what is missing', async t => {
  const line = await aCommandLine(t)
  const before = await line.run('doctor')
  t.match(before, { code: 1, out: /ok {4}database[^]*ok {4}migrations[^]*FAIL {2}signing keys/ })
  await aSandbox(t, line)
  const after = await line.run('doctor')
  t.match(after, { code: 0, out: /ok {4}signing keys\nok {4}clock/ })
})

t.test('a database that is away or was never made is said so', async t => {
  setEnvironment(t, { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' })
  t.match(await run('org', 'list'), { code: 1, out: '', err: /the database does not answer/ })
  t.match(await run('doctor'), { code: 1, out: /FAIL {2}database: it cannot be reached/ })
  setEnvironment(t, { DATABASE_URL: '', HUIZHEN_DATA_DIR: await aFolder(t) })
  t.match(await run('org', 'list'), { code: 1, err: /there is no embedded database in/ })
  t.match(await run('doctor'), { code: 1, out: /there is no embedded database in/ })
  setEnvironment(t, { PORT: 'x' })
  t.match(await run('org', 'list'), { code: 1, err: /PORT: expected a port/ })
  t.match(await run('doctor'), { code: 1, err: /PORT: expected a port/ })
})

t.test('migrate leaves a migrated database as it is', async t => {
  const line = await aCommandLine(t)
  t.match(await line.run('migrate'), { code: 0, out: 'The database is at this version.\n' })
})
