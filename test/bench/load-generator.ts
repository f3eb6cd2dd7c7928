/**
 * The load generator: a process of its own that keeps a number of requests under way for some
 * seconds and tells what came back. Requests that are under way at the end are waited for and count.
 */
import { Pool } from 'undici'
import type { LoadMessage, LoadOutcome, LoadPlan, LoadRun } from './load-messages.ts'
import { uniqueMark } from './setting.ts'
import { quantile } from './statistics.ts'

interface Prepared extends LoadPlan {
  readonly parts: readonly (readonly string[])[]
  turn: number
}

const plans = new Map<string, Prepared>()
const failureCharactersMax = 500
const answerMillisecondsMax = 60_000
const started = process.hrtime.bigint()

/** The body of a turn, in which every mark has become a text nobody else uses. */
const bodyOf = ({ parts }: Prepared, turn: number): string | null => {
  if (parts.length === 0) return null
  const pieces = parts[turn % parts.length]!
  let body = pieces[0]!
  for (let index = 1; index < pieces.length; index++)
    body += `${started}-${turn}-${index}${pieces[index]}`
  return body
}

interface Answer {
  readonly status: number
  readonly bytes: number
  readonly text: string
}

/** One request. Bodies are only counted, unless the status is not the expected one. */
const ask = (
  pool: Pool,
  plan: Prepared,
  turn: number,
  headers: Record<string, string>,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let status = 0
    let bytes = 0
    let text = ''
    pool.dispatch(
      {
        method: plan.method,
        path: plan.paths[turn % plan.paths.length]!,
        headers,
        body: bodyOf(plan, turn),
      },
      {
        onConnect: () => {},
        onError: reject,
        onHeaders: code => {
          status = code
          return true
        },
        onData: chunk => {
          bytes += chunk.length
          if (status !== plan.statusExpected && text.length < failureCharactersMax)
            text += chunk.toString('utf8').slice(0, failureCharactersMax)
          return true
        },
        onComplete: () => resolve({ status, bytes, text }),
      },
    )
  })

const headersOf = (plan: LoadPlan, { authorization }: LoadRun): Record<string, string> => ({
  ...(authorization === undefined ? {} : { authorization }),
  ...(plan.bodies.length === 0 ? {} : { 'content-type': 'application/fhir+json' }),
})

const perform = async (run: LoadRun): Promise<LoadOutcome> => {
  const plan = plans.get(run.plan)!
  const headers = headersOf(plan, run)
  const pool = new Pool(plan.origin, {
    connections: run.concurrency,
    pipelining: 1,
    headersTimeout: answerMillisecondsMax,
    bodyTimeout: answerMillisecondsMax,
  })
  const latencies: number[] = []
  let failures = 0
  let firstFailure: string | undefined
  let bytes = 0
  const cpuBefore = process.cpuUsage()
  const begin = performance.now()
  const end = begin + run.seconds * 1000
  const lastEnd = begin + run.seconds * 5000
  const isUnderWay = (now: number): boolean =>
    now < end || (latencies.length < run.requestsMin && now < lastEnd)

  const repeat = async (): Promise<void> => {
    for (let asked = performance.now(); asked < end;) {
      const answer = await ask(pool, plan, plan.turn++, headers).catch((error: Error) => ({
        status: 0,
        bytes: 0,
        text: error.message,
      }))
      const answered = performance.now()
      bytes += answer.bytes
      if (answer.status === plan.statusExpected) latencies.push(answered - asked)
      else {
        failures++
        firstFailure ??= `${answer.status} ${answer.text.slice(0, failureCharactersMax)}`
      }
      asked = answered
    }
  }
  await Promise.all(Array.from({ length: run.concurrency }, repeat))
  const seconds = (performance.now() - begin) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  await pool.close()
  const sorted = Float64Array.from(latencies).sort()
  return {
    requests: latencies.length,
    failures,
    firstFailure,
    seconds,
    bytes,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    cpuMilliseconds: (user + system) / 1000,
  }
}

const receive = async (message: LoadMessage): Promise<LoadOutcome | undefined> => {
  if (message.kind === 'run') return perform(message.run)
  const parts = message.plan.bodies.map(body => body.split(uniqueMark))
  plans.set(message.name, { ...message.plan, parts, turn: 0 })
  return undefined
}

process.on('message', (message: LoadMessage) => {
  void receive(message).then(outcome => process.send?.({ outcome }))
})
process.once('disconnect', () => process.exit(0))
process.send?.({})
