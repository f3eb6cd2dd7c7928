import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { DiskFigures } from './database-place.ts'
import type { Measurement } from './measure.ts'
import type { AnswerBytes } from './prepare.ts'

/** The file of a run. */
export interface Results {
  readonly date: string
  readonly machine: Readonly<Record<string, string | number>>
  readonly versions: Readonly<Record<string, string>>
  readonly data: {
    readonly source: string
    readonly patients: number
    readonly resources: number
    readonly loadedPerSecond: number
  }
  readonly start: {
    readonly freshMilliseconds: number
    readonly initialisedMilliseconds: number
  }
  readonly memoryMegabytes: {
    readonly idle: number
    /** The most under each workload. */
    readonly peak: Readonly<Record<string, number>>
  }
  readonly disk: DiskFigures
  readonly answerBytes: Readonly<Record<string, AnswerBytes>>
  readonly measurements: readonly Measurement[]
  /** Workloads that could not be measured, and why. */
  readonly failed: Readonly<Record<string, string>>
}

const folder = fileURLToPath(new URL('../../../bench/', import.meta.url))

/** What the numbers depend on. */
export const machine = (): Results['machine'] => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGigabytes: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
})

/** The commit that was measured; where there is no git, that is said. */
export const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      cwd: fileURLToPath(new URL('../../../', import.meta.url)),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}

/** Writes `bench/results.json`. */
export const writeResults = (results: Results): void => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}results.json`, `${JSON.stringify(results, null, 2)}\n`)
}

/** An earlier run. @throws Error when the file cannot be read or is something else */
export const readResults = (path: string): Results => {
  const results = JSON.parse(readFileSync(path, 'utf8')) as Results
  if (!Array.isArray(results.measurements)) throw new Error(`${path} holds no benchmark results`)
  return results
}
