/** One hospital's backlog leaves the others their part. @see https://www.rfc-editor.org/rfc/rfc6585#section-4 */
import t from 'tap'
import { createShares } from '../../src/http/share.ts'
import { limits } from '../../src/fhir/limits.ts'

/** Work on one processor: pieces take turns, one step of each at a time, as requests do. */
const createProcessor = () => {
  const steps: (() => void)[] = []
  let isRunning = false
  const run = async (): Promise<void> => {
    isRunning = true
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      clock++
      step()
      await new Promise(setImmediate)
    }
    isRunning = false
  }
  let clock = 0
  const step = () =>
    new Promise<void>(resolve => {
      steps.push(resolve)
      if (!isRunning) void run()
    })
  return {
    now: (): number => clock,
    work: async (): Promise<void> => {
      for (let turn = 0; turn < 4; turn++) await step()
    },
  }
}

/** Steps that requests of the hospital 2 took, while hospital 1 keeps so many under way. */
const latencies = async (load: number): Promise<number[]> => {
  const { work, now } = createProcessor()
  const { inShare } = createShares(limits.requestsPerOrganizationMax)
  const found: number[] = []
  const state = { isOver: false }
  const flood = Array.from({ length: load }, async () => {
    while (!state.isOver) await inShare(1, work)
  })
  const few = Array.from({ length: 4 }, async () => {
    for (let turn = 0; turn < 250; turn++) {
      const began = now()
      await inShare(2, work)
      found.push(now() - began)
    }
  })
  await Promise.all(few)
  state.isOver = true
  await Promise.all(flood)
  return found.toSorted((one, other) => one - other)
}

const p99 = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length * 0.99)]!

t.test('at ten times the load of one, the p99 of another stays within two times', async t => {
  const [usual, flooded] = [await latencies(8), await latencies(80)]
  t.equal(usual.length, 1000)
  t.comment(`p99 ${p99(usual)} and ${p99(flooded)} steps`)
  t.ok(p99(flooded) <= 2 * p99(usual), `${p99(flooded)} of ${p99(usual)} steps`)
})

t.test('alone, an organization has all places, and no more under way than it may', async t => {
  const { inShare, load } = createShares(50)
  let release = (): void => {}
  const held = new Promise<void>(resolve => (release = resolve))
  const all = Array.from({ length: 50 }, () => inShare(1, () => held))
  t.strictSame(load(), { running: 32, waiting: 18 })
  await t.rejects(
    inShare(1, () => held),
    { status: 429, code: 'organization-busy' },
  )
  release()
  await Promise.all(all)
  t.strictSame(load(), { running: 0, waiting: 0 })
})

t.test('what waits is done in its order, also when what is before it fails', async t => {
  const { inShare, load } = createShares(100)
  let release = (): void => {}
  const held = new Promise<void>(resolve => (release = resolve))
  const other = inShare(2, () => held)
  const order: number[] = []
  const all = Array.from({ length: 40 }, (_, index) =>
    inShare(1, async () => {
      order.push(index)
      await held
      if (index % 2 === 0) throw new Error('refused')
    }).catch(() => undefined),
  )
  t.equal(load().running, 1 + limits.requestsRunningMax / 2)
  t.equal(load().waiting, 40 - limits.requestsRunningMax / 2)
  release()
  await Promise.all([other, ...all])
  t.strictSame(
    order,
    [...order].sort((one, other) => one - other),
  )
  t.equal(order.length, 40)
  t.strictSame(load(), { running: 0, waiting: 0 })
})
