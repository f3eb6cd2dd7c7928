/** `npm run drill`: what can go wrong goes wrong on purpose, and the figures of it. */
import { parseArgs } from 'node:util'
import { messageOf, undo } from '../bench/ending.ts'
import type { Figures } from './figures.ts'
import { fullDisk } from './full-disk.ts'
import { killDatabase, killServer } from './kills.ts'
import { restore } from './restore.ts'
import { soak } from './soak.ts'
import { together } from './together.ts'

const help = `npm run drill -- [DRILL ...] [--minutes N]

  together       three servers that start at once on an empty folder
  kill-server    kill -9 of the server under writes
  kill-database  kill -9 of PostgreSQL under writes
  restore        a running database copied, and a moment brought back
  full-disk      the database's disk fills up; as root, on Linux
  soak           writes for --minutes (5), memory stays flat

Without names: all but soak. Each runs on an embedded PostgreSQL in a folder of its own.
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '5' }, help: { type: 'boolean' } },
})

const drills: Readonly<Record<string, () => Promise<Figures>>> = {
  together,
  'kill-server': killServer,
  'kill-database': killDatabase,
  restore,
  'full-disk': fullDisk,
  soak: soak(Number(values.minutes)),
}

const named = positionals.length > 0 ? positionals : Object.keys(drills).slice(0, -1)

const runDrill = async (name: string): Promise<boolean> => {
  process.stderr.write(`drill: ${name}\n`)
  try {
    const { isGood, said } = await drills[name]!()
    const figures = Object.entries(said).map(([what, value]) => `${what} ${value}`)
    process.stdout.write(`${name}: ${isGood ? 'good' : 'NOT GOOD'}: ${figures.join(', ')}\n`)
    return isGood
  } catch (error) {
    process.stdout.write(`${name}: NOT RUN: ${messageOf(error)}\n`)
    return false
  } finally {
    await undo()
  }
}

if (values.help || named.some(name => !Object.hasOwn(drills, name))) {
  process.stderr.write(help)
  process.exitCode = values.help ? 0 : 2
} else {
  let isGood = true
  for (const name of named) if (!(await runDrill(name))) isGood = false
  process.exitCode = isGood ? 0 : 1
}
