import type { LoadOutcome, LoadRun } from './load-messages.ts'
import type { BenchOptions } from './options.ts'
import type { Stage } from './stage.ts'
import { median } from './statistics.ts'
import { cpuMilliseconds, databaseCpuMilliseconds } from './system-figures.ts'
import type { Workload } from './workloads.ts'

/** One server under one workload: medians of the rounds. */
export interface SideFigures {
  readonly requestsPerSecond: number
  readonly p50: number
  readonly p99: number
  /** CPU milliseconds per request; NaN where they cannot be known. */
  readonly serverCpu: number
  readonly databaseCpu: number
  readonly loadCpu: number
  readonly failures: number
  readonly firstFailure: string | undefined
  /** Requests per second of each round. */
  readonly rounds: readonly number[]
}

/** A workload at one concurrency. */
export interface Measurement {
  readonly workload: string
  readonly title: string
  readonly concurrency: number
  readonly bar: number | undefined
  /** Throughput in resources, Huizhen's in terms of the floor's. */
  readonly ratio: number
  /**
   * CPU of the floor and its database per resource, in terms of Huizhen's: the ratio as it would be
   * if only CPU counted. Stays steadier than throughput on a machine that others use, too.
   */
  readonly cpuRatio: number
  readonly huizhen: SideFigures
  readonly floor: SideFigures
}

interface Round extends LoadOutcome {
  readonly serverCpu: number
  readonly databaseCpu: number
}

/**
 * Enough for the engine to have compiled what is hot, and for every connection to have its plans. A
 * write runs more code than a read: the CPU of a create falls until some 7000 have been done.
 */
const warmUpRequests = { reading: 2000, writing: 10_000 }

type Side = 'huizhen' | 'floor'

/** Measures a prepared workload: a warm-up of both, then rounds in turn, each time in another order. */
export const measure = async (
  workload: Workload,
  stage: Stage,
  options: BenchOptions & { readonly concurrency: number },
): Promise<Measurement> => {
  const { concurrency, roundSeconds, warmUpSeconds } = options
  const run = (side: Side, seconds: number, requestsMin = 0): Promise<Round> =>
    round(side, workload, stage, { seconds, requestsMin, concurrency })
  const isWriting = workload.floor === 'create'
  const requests = isWriting ? warmUpRequests.writing : warmUpRequests.reading
  await run('floor', warmUpSeconds, requests)
  await run('huizhen', warmUpSeconds, Math.ceil(requests / workload.resources))
  const rounds: Record<Side, Round[]> = { huizhen: [], floor: [] }
  for (let number = 0; number < options.rounds; number++) {
    const order: readonly Side[] = number % 2 === 0 ? ['huizhen', 'floor'] : ['floor', 'huizhen']
    for (const side of order) rounds[side].push(await run(side, roundSeconds))
  }
  const huizhen = figuresOf(rounds.huizhen)
  const floor = figuresOf(rounds.floor)
  return {
    workload: workload.name,
    title: workload.title,
    concurrency,
    bar: workload.bar,
    ratio: (huizhen.requestsPerSecond * workload.resources) / floor.requestsPerSecond,
    cpuRatio: (workload.resources * cpuOf(floor)) / cpuOf(huizhen),
    huizhen,
    floor,
  }
}

const cpuOf = ({ serverCpu, databaseCpu }: SideFigures): number => serverCpu + databaseCpu

const round = async (
  side: Side,
  { name, caller }: Workload,
  { load, authorize, postmaster, ...servers }: Stage,
  how: Pick<LoadRun, 'seconds' | 'requestsMin' | 'concurrency'>,
): Promise<Round> => {
  const authorization = side === 'huizhen' ? await authorize(caller) : undefined
  const { pid } = servers[side]
  const serverBefore = cpuMilliseconds(pid)
  const databaseBefore = databaseCpuMilliseconds(postmaster)
  const outcome = await load.run({ ...how, plan: `${name} ${side}`, authorization })
  return {
    ...outcome,
    serverCpu: cpuMilliseconds(pid) - serverBefore,
    databaseCpu: databaseCpuMilliseconds(postmaster) - databaseBefore,
  }
}

const figuresOf = (rounds: readonly Round[]): SideFigures => {
  const perSecond = rounds.map(({ requests, seconds }) => requests / seconds)
  const sum = (of: (round: Round) => number): number =>
    rounds.reduce((total, item) => total + of(item), 0)
  const requests = sum(({ requests }) => requests)
  return {
    requestsPerSecond: median(perSecond),
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    serverCpu: sum(({ serverCpu }) => serverCpu) / requests,
    databaseCpu: sum(({ databaseCpu }) => databaseCpu) / requests,
    loadCpu: sum(({ cpuMilliseconds }) => cpuMilliseconds) / requests,
    failures: sum(({ failures }) => failures),
    firstFailure: rounds.find(({ firstFailure }) => firstFailure !== undefined)?.firstFailure,
    rounds: perSecond,
  }
}
