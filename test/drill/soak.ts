import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { anExchange } from './exchange.ts'
import type { Figures } from './figures.ts'
import { traffic } from './traffic.ts'

const sampleMilliseconds = 2_000
/** The last third of the time may take so much more memory than the middle one. */
const growthMax = 1.1

/** Writes for a while: memory stays flat after the first third. */
export const soak = (minutes: number) => async (): Promise<Figures> => {
  const exchange = await anExchange()
  const work = traffic(exchange)
  const samples: number[] = []
  const end = performance.now() + minutes * 60_000
  while (performance.now() < end) {
    await sleep(sampleMilliseconds)
    samples.push(residentMegabytes(exchange.server().pid))
  }
  await work.stop()
  await exchange.stop()
  const third = Math.floor(samples.length / 3)
  const middle = mean(samples.slice(third, 2 * third))
  const last = mean(samples.slice(2 * third))
  return {
    isGood: last <= middle * growthMax,
    said: {
      ...{ minutes, written: work.acknowledged() },
      'middle third': `${Math.round(middle)} MB`,
      'last third': `${Math.round(last)} MB`,
    },
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const residentMegabytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024
