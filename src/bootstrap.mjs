/**
 * What package.json's scripts run. On a clean clone there is only Node and npm, so this file is
 * plain JavaScript without dependencies: it installs what is missing, builds what is stale, and then
 * runs the command in this same process, which therefore receives every signal itself.
 * All it says goes to stderr; stdout belongs to the command.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const nodeMajorMin = 20
const lockPollMilliseconds = 100
const buildMillisecondsMax = 10 * 60_000
const root = fileURLToPath(new URL('..', import.meta.url))
const inRoot = path => join(root, path)
const say = text => process.stderr.write(`huizhen: ${text}\n`)

const stop = text => {
  say(text)
  process.exit(1)
}

/** Runs a program to its end with stdout on stderr, and gives back its exit code. */
const run = (program, args, { stdout = 2, environment = {} } = {}) => {
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', stdout, 2],
    env: { ...process.env, ...environment },
  })
  if (error) say(error.message)
  return status ?? 1
}

const runNode = (args, options) => run(process.execPath, args, options)

const modifiedAt = path => fs.statSync(inRoot(path), { throwIfNoEntry: false })?.mtimeMs ?? 0

/**
 * npm notes in node_modules/.package-lock.json what it installed, and when. `install --no-save`
 * follows package-lock.json and leaves it alone, like `ci`, but does not fail where a registry lacks
 * the optional packages of another platform. Nothing here needs a package's install script.
 */
const install = () => {
  const installedAt = modifiedAt('node_modules/.package-lock.json')
  if (installedAt >= modifiedAt('package-lock.json') && installedAt > 0) return
  say('installing dependencies')
  const args = [
    'install',
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const npm = process.env.npm_execpath
  const code = npm?.endsWith('.js') ? runNode([npm, ...args]) : run('npm', args)
  if (code !== 0) stop('npm could not install the dependencies; see its messages above')
  const now = new Date()
  fs.utimesSync(inRoot('node_modules/.package-lock.json'), now, now)
}

const sourceFolders = ['src', 'test', 'fhir-profiles']
const sourceFiles = ['package-lock.json', 'tsconfig.json']

const filesBelow = folder =>
  fs
    .readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))

/** Changes when a source is added, removed or edited. */
const fingerprint = () => {
  const digest = createHash('sha256').update(process.version)
  const present = sourceFolders.filter(folder => fs.existsSync(inRoot(folder)))
  for (const path of [...present.flatMap(filesBelow), ...sourceFiles.map(inRoot)].sort()) {
    const { mtimeMs, size } = fs.statSync(path)
    digest.update(`${path}\0${mtimeMs}\0${size}\n`)
  }
  return digest.digest('hex')
}

const stampFile = inRoot('dist/.built')
const isBuilt = () =>
  fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === fingerprint()

/** Compiled files whose source is gone would still be run by the tests. */
const removeOrphans = () => {
  for (const path of ['dist/src', 'dist/test'].flatMap(filesBelow)) {
    const source = path.replace(inRoot('dist/'), root).replace(/\.js(\.map)?$/, '.ts')
    if (source.endsWith('.ts') && !fs.existsSync(source)) fs.rmSync(path)
  }
}

const isAlive = pid => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Whether the process that holds a lock was killed, or has held it longer than any build takes. */
const isAbandoned = lock => {
  const found = fs.statSync(lock, { throwIfNoEntry: false })
  if (found === undefined) return false
  const owner = Number(fs.readFileSync(lock, 'utf8'))
  return (owner > 0 && !isAlive(owner)) || Date.now() - found.mtimeMs > buildMillisecondsMax
}

/** Runs `work` while no other process of this checkout does. */
const alone = work => {
  fs.mkdirSync(inRoot('dist'), { recursive: true })
  const lock = inRoot('dist/.building')
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (isAbandoned(lock)) fs.rmSync(lock, { force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockPollMilliseconds)
    }
  }
  try {
    return work()
  } finally {
    fs.rmSync(lock, { force: true })
  }
}

const compile = () => {
  if (isBuilt()) return
  say('building')
  const built = fingerprint()
  if (runNode(['node_modules/typescript/bin/tsc', '-p', '.']) !== 0) stop('the build failed')
  removeOrphans()
  if (runNode(['dist/src/fhir/generate.js']) !== 0) stop('compiling the FHIR definitions failed')
  fs.writeFileSync(stampFile, built)
}

/** Installs and builds what is missing. Where neither sources nor npm are, dist is taken as it is. */
const prepare = () => {
  if (!fs.existsSync(inRoot('package-lock.json'))) return
  install()
  if (!isBuilt()) alone(compile)
}

/** Continues in this process with a compiled program, as if it had been started by itself. */
const become = async (path, args) => {
  process.argv = [process.execPath, inRoot(path), ...args]
  await import(pathToFileURL(inRoot(path)).href)
}

const checks = [
  ['lint', ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.', '--noEmit']],
]

/** Whether every check passes; all of them run. */
const check = () =>
  checks.filter(([name, args]) => {
    const passes = runNode(args) === 0
    say(`${name}: ${passes ? 'passed' : 'failed'}`)
    return !passes
  }).length === 0

const testFiles = pattern =>
  filesBelow('dist/test')
    .filter(path => path.endsWith('.test.js') && path.includes(pattern))
    .sort()

/** The counts of tap's own summary, such as `# { total: 4, pass: 1, fail: 2, skip: 1 }`. */
const countsIn = text => {
  const summary = /^# \{ (total: .*) \}$/m.exec(text)?.[1] ?? ''
  const count = name => Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') }
}

/**
 * tap composes its own test class from the plugins package.json names. On its first run it would do so
 * too late for that run, which would still load a plugin that the compiler here does not work with.
 */
const composeTap = () => {
  const marker = 'node_modules/.tap-composed'
  if (modifiedAt(marker) >= modifiedAt('node_modules/.package-lock.json')) return
  say('composing the test runner')
  if (runNode(['node_modules/tap/dist/esm/run.mjs', 'build']) !== 0) stop('tap could not be composed')
  fs.writeFileSync(inRoot(marker), '')
}

/** Runs tap on the files against one server, and gives back what it counted. */
const runTap = (files, environment, results) => {
  const options = ['--disable-coverage', '--reporter=terse', `--output-file=${results}`]
  // Tells the reporter not to redraw its progress where nobody watches.
  const quiet = process.stdout.isTTY ? {} : { CONTINUOUS_INTEGRATION: '1' }
  const code = runNode(['node_modules/tap/dist/esm/run.mjs', 'run', ...options, ...files], {
    stdout: 1,
    environment: { ...environment, ...quiet },
  })
  const output = fs.existsSync(results) ? fs.readFileSync(results, 'utf8') : ''
  const { passed, failed, skipped } = countsIn(output)
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped }
}

/** Tests need no durability; many of them at once need connections. */
const testSettings = { fsync: 'off', max_connections: 300 }

/**
 * Checks, then every test (or those whose path contains the argument), against `DATABASE_URL` or a
 * PostgreSQL made for this run. Ends with one line of counts; the exit code is 1 if anything failed.
 */
const test = async ([pattern = '']) => {
  composeTap()
  const isChecked = pattern !== '' || check()
  const folder = fs.mkdtempSync(join(tmpdir(), 'huizhen-test-'))
  fs.chmodSync(folder, 0o755)
  const { startEmbedded } = await import(pathToFileURL(inRoot('dist/src/db/embedded.js')).href)
  const server = process.env.DATABASE_URL ? undefined : await startEmbedded(folder, testSettings)
  const url = server?.url('postgres') ?? process.env.DATABASE_URL
  // The run below is synchronous, so a signal is seen after tap, which also gets it, has ended.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (process.exitCode = 1))
  const environment = { HUIZHEN_TEST_DATABASE_URL: url }
  const counts = runTap(testFiles(pattern), environment, join(folder, 'results.tap'))
  await server?.stop()
  fs.rmSync(folder, { recursive: true, force: true })
  const failed = counts.failed + (isChecked ? 0 : 1)
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  process.stdout.write(`${counts.passed} passed, ${failed} failed${skipped}\n`)
  if (failed > 0 || counts.passed === 0) process.exitCode = 1
}

const commands = {
  serve: args => become('dist/src/main.js', args),
  huizhen: args => become('dist/src/commands/huizhen.js', args),
  bench: args => become('dist/test/bench/main.js', args),
  build: () => {},
  check: () => void (process.exitCode = check() ? 0 : 1),
  test,
}

const [name = 'serve', ...args] = process.argv.slice(2)
if (Number(process.versions.node.split('.')[0]) < nodeMajorMin) {
  stop(`Node ${nodeMajorMin} or newer is needed; this is ${process.version}`)
}
if (!Object.hasOwn(commands, name))
  stop(`unknown command; one of ${Object.keys(commands).join(', ')}`)
prepare()
await commands[name](args)
