/** Checks and tests, for bootstrap.mjs: loaded once everything is installed and built. */
import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const checks = [
  ['lint', ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.']],
  ['types', ['node_modules/typescript/bin/tsc', '-p', '.', '--noEmit']],
]

/** Whether every check passes; all of them run. */
const passesChecks = ({ runNode, say }) => {
  const failed = checks.filter(([name, args]) => {
    const passes = runNode(args) === 0
    say(`${name}: ${passes ? 'passed' : 'failed'}`)
    return !passes
  })
  return failed.length === 0
}

export const runChecks = tools => {
  process.exitCode = passesChecks(tools) ? 0 : 1
}

const testFiles = ({ filesBelow }, pattern) =>
  filesBelow('dist/test')
    .filter(path => path.endsWith('.test.js') && path.includes(pattern))
    .sort()

/** The counts of tap's own summary at its end, such as `# { total: 4, pass: 1, fail: 2, skip: 1 }`. */
const countsIn = text => {
  const summary = [...text.matchAll(/^# \{ (total: .*) \}$/gm)].at(-1)?.[1] ?? ''
  const count = name => Number(new RegExp(`\\b${name}: (\\d+)`).exec(summary)?.[1] ?? 0)
  return { passed: count('pass'), failed: count('fail'), skipped: count('skip') + count('todo') }
}

/**
 * tap composes its own test class from the plugins package.json names. On its first run it would do so
 * too late for that run, which would still load a plugin that the compiler here does not work with.
 */
const composeTap = ({ inRoot, modifiedAt, runNode, say, stop }) => {
  const marker = 'node_modules/.tap-composed'
  if (modifiedAt(marker) >= modifiedAt('node_modules/.package-lock.json')) return
  say('composing the test runner')
  if (runNode(['node_modules/tap/dist/esm/run.mjs', 'build']) !== 0)
    stop('tap could not be composed')
  fs.writeFileSync(inRoot(marker), '')
}

const signals = ['SIGINT', 'SIGTERM']

/** Runs tap to its end, handing signals on to it, so that this process can still clean up after it. */
const runToEnd = (tools, args, environment) =>
  new Promise(resolve => {
    const child = spawn(
      process.execPath,
      [tools.inRoot('node_modules/tap/dist/esm/run.mjs'), ...args],
      {
        cwd: tools.inRoot('.'),
        stdio: ['ignore', 1, 2],
        env: { ...process.env, ...environment },
      },
    )
    for (const signal of signals) process.on(signal, () => child.kill(signal))
    child.once('error', () => resolve(1))
    child.once('exit', code => resolve(code ?? 1))
  })

const failuresShownMax = 50
const linesShownMax = 30

/** Each failed point of a TAP text with what tap says about it. */
const failuresIn = text => {
  const lines = text.split('\n')
  const starts = lines.flatMap((line, at) => (/^\s*not ok /.test(line) ? [at] : []))
  return starts.slice(0, failuresShownMax).map(start => {
    const end = lines.findIndex((line, at) => at > start && /^\s*\.\.\.$/.test(line))
    return lines.slice(start, Math.min(end < 0 ? start + 1 : end, start + linesShownMax)).join('\n')
  })
}

/**
 * Runs tap on the files against one server, and gives back what it counted. The whole TAP output
 * stays in `.tap/results.tap`. Where nobody watches, progress is not drawn, and the failures are
 * shown from that file.
 */
const runTap = async (tools, files, environment) => {
  const results = tools.inRoot('.tap/results.tap')
  fs.mkdirSync(tools.inRoot('.tap'), { recursive: true })
  fs.rmSync(results, { force: true })
  const reporter = process.stdout.isTTY ? 'terse' : 'silent'
  const options = ['--disable-coverage', `--reporter=${reporter}`, `--output-file=${results}`]
  const code = await runToEnd(tools, ['run', ...options, ...files], environment)
  const output = fs.existsSync(results) ? fs.readFileSync(results, 'utf8') : ''
  if (!process.stdout.isTTY)
    process.stdout.write(
      failuresIn(output)
        .map(text => `${text}\n`)
        .join(''),
    )
  const { passed, failed, skipped } = countsIn(output)
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped }
}

/** Tests need no durability; many of them at once need connections. */
const testSettings = { fsync: 'off', max_connections: 300 }

/**
 * Checks, then every test (or those whose path contains the argument), against `DATABASE_URL` or a
 * PostgreSQL made for this run. Ends with one line of counts; the exit code is 1 if anything failed.
 */
export const runTests = async (tools, [pattern = '']) => {
  composeTap(tools)
  const isChecked = pattern !== '' || passesChecks(tools)
  const folder = fs.mkdtempSync(join(tmpdir(), 'huizhen-test-'))
  fs.chmodSync(folder, 0o755)
  const { startEmbedded } = await import(
    pathToFileURL(tools.inRoot('dist/src/db/embedded.js')).href
  )
  const server = process.env.DATABASE_URL ? undefined : await startEmbedded(folder, testSettings)
  const url = server?.url('postgres') ?? process.env.DATABASE_URL
  const environment = { HUIZHEN_TEST_DATABASE_URL: url }
  const counts = await runTap(
    tools,
    testFiles(tools, pattern),
    environment,
    join(folder, 'results.tap'),
  )
  await server?.stop()
  fs.rmSync(folder, { recursive: true, force: true })
  const failed = counts.failed + (isChecked ? 0 : 1)
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  process.stdout.write(`${counts.passed} passed, ${failed} failed${skipped}\n`)
  if (failed > 0 || counts.passed === 0) process.exitCode = 1
}
