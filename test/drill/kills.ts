import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { anExchange } from './exchange.ts'
import type { Figures } from './figures.ts'
import { traffic, type Traffic } from './traffic.ts'

const rounds = 5
/** How much is written before each blow; uneven, so that it falls on different moments. */
const workBefore = (round: number): number => 100 + round * 37
const silenceMillisecondsMax = 60_000

/** `kill -9` of the server under writes: what was acknowledged is there, once. */
export const killServer = async (): Promise<Figures> => {
  const exchange = await anExchange()
  const work = traffic(exchange)
  const starts: number[] = []
  for (let round = 0; round < rounds; round++) {
    await grown(work, workBefore(round))
    exchange.kill()
    starts.push(await exchange.start())
  }
  return judged(work, { 'slowest start': `${Math.round(Math.max(...starts))} ms` }, exchange.stop)
}

/** `kill -9` of PostgreSQL under writes: the same, and the server goes on by itself. */
export const killDatabase = async (): Promise<Figures> => {
  const exchange = await anExchange()
  const work = traffic(exchange)
  const silences: number[] = []
  for (let round = 0; round < rounds; round++) {
    await grown(work, workBefore(round))
    process.kill(postmasterIn(exchange.dataDir), 'SIGKILL')
    const begin = performance.now()
    await grown(work, 50)
    silences.push(performance.now() - begin)
  }
  return judged(
    work,
    { 'slowest return': `${Math.round(Math.max(...silences))} ms` },
    exchange.stop,
  )
}

/** Waits until so much more is acknowledged. @throws Error when that takes too long */
const grown = async (work: Traffic, count: number): Promise<void> => {
  const wanted = work.acknowledged() + count
  const begin = performance.now()
  while (work.acknowledged() < wanted) {
    if (performance.now() - begin > silenceMillisecondsMax)
      throw new Error('nothing is written any more')
    await sleep(5)
  }
}

const postmasterIn = (dataDir: string): number =>
  Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)

const judged = async (
  work: Traffic,
  more: Figures['said'],
  stop: () => Promise<void>,
): Promise<Figures> => {
  await work.stop()
  const { lost, doubled } = await work.judge()
  await stop()
  const acknowledged = work.acknowledged()
  return {
    isGood: lost === 0 && doubled === 0 && acknowledged > rounds,
    said: { kills: rounds, acknowledged, 'sent again': work.repeated(), lost, doubled, ...more },
  }
}
