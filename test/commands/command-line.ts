import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { runCommand } from '../../src/commands/run.ts'
import { aDatabaseUrl } from '../database.ts'

/** What a command left behind. */
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs command lines on a database and a data folder of the test's own. */
export interface CommandLine {
  readonly folder: string
  readonly url: string
  run(...args: string[]): Promise<Ended>
  /** The environment of a process of its own. */
  readonly environment: NodeJS.ProcessEnv
}

/** Sets environment variables until the test ends. */
export const setEnvironment = (t: Test, values: Record<string, string>): void => {
  const before = { ...process.env }
  Object.assign(process.env, values)
  t.teardown(() => {
    for (const name of Object.keys(values)) delete process.env[name]
    Object.assign(process.env, before)
  })
}

export const aFolder = async (t: Test): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'huizhen-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** One command line in this process. */
export const run = async (...args: string[]): Promise<Ended> => {
  const said = { out: '', err: '' }
  const code = await runCommand(args, {
    out: text => void (said.out += text),
    err: text => void (said.err += text),
    now: () => Date.now() / 1000,
  })
  return { code, ...said }
}

export const aCommandLine = async (t: Test): Promise<CommandLine> => {
  const folder = await aFolder(t)
  const url = await aDatabaseUrl(t)
  const values = { DATABASE_URL: url, HUIZHEN_DATA_DIR: folder }
  setEnvironment(t, values)
  return { folder, url, run, environment: { ...process.env, ...values } }
}
