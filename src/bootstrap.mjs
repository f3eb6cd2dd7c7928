/**
 * What package.json's scripts run. On a clean clone there is only Node and npm, so this file is
 * plain JavaScript without dependencies: it installs what is missing, builds what is stale, and then
 * runs the command in this same process, which therefore receives every signal itself.
 * All it says goes to stderr; stdout belongs to the command.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
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

/** What checks and tests need of this file. */
const tools = { inRoot, filesBelow, modifiedAt, runNode, say, stop }

const commands = {
  serve: args => become('dist/src/main.js', args),
  huizhen: args => become('dist/src/commands/huizhen.js', args),
  bench: args => become('dist/test/bench/main.js', args),
  drill: args => become('dist/test/drill/main.js', args),
  build: () => {},
  check: async () => (await import('./test-run.mjs')).runChecks(tools),
  test: async args => (await import('./test-run.mjs')).runTests(tools, args),
}

const [name = 'serve', ...args] = process.argv.slice(2)
if (Number(process.versions.node.split('.')[0]) < nodeMajorMin) {
  stop(`Node ${nodeMajorMin} or newer is needed; this is ${process.version}`)
}
if (!Object.hasOwn(commands, name))
  stop(`unknown command; one of ${Object.keys(commands).join(', ')}`)
prepare()
await commands[name](args)
