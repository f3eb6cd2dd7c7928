import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createFreshness, shareAnswers } from '../../src/registry/freshness.ts'

t.test('an answer is never older than the question', async t => {
  let state = 0
  const ask = async (): Promise<number> => {
    const seen = state
    await sleep(5)
    return seen
  }
  const shared = shareAnswers(ask)
  const callers = Array.from({ length: 200 }, async (_, at) => {
    await sleep(at % 40)
    const before = ++state
    t.ok((await shared()) >= before)
  })
  await Promise.all(callers)
})

t.test('callers at one time share one question', async t => {
  let asked = 0
  const shared = shareAnswers(async () => {
    await sleep(5)
    return ++asked
  })
  await Promise.all(Array.from({ length: 100 }, shared))
  t.equal(asked, 1)
  const first = shared()
  await sleep(2)
  await Promise.all([first, ...Array.from({ length: 100 }, shared)])
  t.equal(asked, 3, 'the one under way, and one for all who came later')
})

t.test('a question that fails fails its callers, and the next one is asked', async t => {
  let asked = 0
  const shared = shareAnswers(async () => {
    if (++asked === 1) throw new Error('lost')
    return asked
  })
  await t.rejects(shared(), /lost/)
  t.equal(await shared(), 2)
})

t.test('what is remembered is forgotten when the generation moves on', async t => {
  let generation = 1n
  const freshness = createFreshness(async () => generation)
  const memory = freshness.memory<string, number>(2)
  await freshness.refresh()
  memory.set('a', 1, 1n)
  t.equal(memory.get('a'), 1)
  generation = 2n
  t.equal(await freshness.refresh(), 2n)
  t.equal(memory.get('a'), undefined)
  memory.set('a', 1, 1n)
  t.equal(memory.get('a'), undefined, 'read before the change, stored after it')
})

t.test('a memory is bounded, and the least used goes first', async t => {
  const freshness = createFreshness(async () => 0n)
  const memory = freshness.memory<string, number>(2)
  memory.set('a', 1, 0n)
  memory.set('b', 2, 0n)
  memory.get('a')
  memory.set('c', 3, 0n)
  t.same(['a', 'b', 'c'].map(memory.get), [1, undefined, 3])
  memory.set('a', 4, 0n)
  t.same(['a', 'b', 'c'].map(memory.get), [4, undefined, 3], 'a known key displaces nobody')
})
