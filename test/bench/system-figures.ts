import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

/** The unit of CPU time in /proc. */
const ticksPerSecond = (): number => {
  try {
    return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) || 100
  } catch {
    return 100
  }
}
const millisecondsPerTick = 1000 / ticksPerSecond()

interface ProcessFigures {
  readonly name: string
  readonly parent: number
  readonly ownTicks: number
  /** Of children that have ended and were waited for. */
  readonly childTicks: number
}

/** @see proc_pid_stat(5) */
const figuresOf = (pid: number): ProcessFigures | undefined => {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  return {
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    parent: field(4),
    ownTicks: field(14) + field(15),
    childTicks: field(16) + field(17),
  }
}

/** CPU milliseconds `pid` has used, its threads included; NaN where that cannot be known. */
export const cpuMilliseconds = (pid: number): number =>
  (figuresOf(pid)?.ownTicks ?? Number.NaN) * millisecondsPerTick

/**
 * CPU milliseconds of a PostgreSQL server: its postmaster, its running processes and those that have
 * ended. NaN when it does not run on this machine.
 */
export const databaseCpuMilliseconds = (postmaster: number | undefined): number => {
  const server = postmaster === undefined ? undefined : figuresOf(postmaster)
  if (server === undefined) return Number.NaN
  let ticks = server.ownTicks + server.childTicks
  for (const entry of readdirSync('/proc')) {
    const child = /^\d+$/.test(entry) ? figuresOf(Number(entry)) : undefined
    if (child?.parent === postmaster) ticks += child!.ownTicks
  }
  return ticks * millisecondsPerTick
}

/** The postmaster of the backend with process id `backend`, if that is a process of this machine. */
export const postmasterOf = (backend: number): number | undefined => {
  const found = figuresOf(backend)
  return found?.name === 'postgres' ? found.parent : undefined
}

const statusMegabytes = (pid: number, field: string): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024
  } catch {
    return Number.NaN
  }
}

/** Megabytes of memory `pid` holds now. */
export const residentMegabytes = (pid: number): number => statusMegabytes(pid, 'VmRSS')

/** The most megabytes `pid` held since its start or the last `forgetPeak`. */
export const peakMegabytes = (pid: number): number => statusMegabytes(pid, 'VmHWM')

/** Starts `peakMegabytes` anew, where the system lets us. */
export const forgetPeak = (pid: number): void => {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // The peak then covers more than one workload, which only makes it larger.
  }
}
