/**
 * Two server processes on one database, 64 clients at once: everything that they were answered can
 * have happened in one order. @see https://hl7.org/fhir/R4/http.html#concurrency
 */
import t from 'tap'
import { linearize } from './linearizability.ts'
import { emptyPair, type Side } from './pair-model.ts'
import { serverProcesses } from './server-processes.ts'
import { byAddress, byIdentifier, look, type Subject, type Turn } from './traffic.ts'

t.setTimeout(280_000)
const servers = 2
const { ask } = await serverProcesses(t, servers)
const clients = 64
const turnsEach = 8
const subjectsOfEachKind = 3

/** Picks by a fixed sequence, so that the same is asked in each run. */
const picker = (seed: number) => {
  let state = seed * 7919 + 1
  return (count: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return Math.floor((state / 2_147_483_647) * count)
  }
}

const subjectsNamed = (kind: string): readonly Subject[] =>
  Array.from({ length: subjectsOfEachKind }, (_, at) => ({
    ...{ name: `${kind}${at}`, history: [], versions: [0, 0] as [number, number] },
  }))

/** Every client takes its turns one after the other, half of the clients at each server. */
const traffic = async (
  subjects: readonly Subject[],
  request: (turn: Turn) => Promise<{ readonly status: number }>,
  kinds: number,
): Promise<ReadonlyMap<number, number>> => {
  const statuses = new Map<number, number>()
  const client = async (number: number): Promise<void> => {
    const pick = picker(number)
    for (let turn = 0; turn < turnsEach; turn++) {
      const text = `${number}.${turn}`
      const { status } = await request({
        ...{ ask: asking => ask(number % servers, asking), text, kind: pick(kinds) },
        ...{ subject: subjects[pick(subjects.length)]!, side: pick(2) as Side },
        // The same now and then, so that some updates change nothing.
        value: pick(4) === 0 ? 'same' : text,
      })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return statuses
}

const lastLook = (subject: Subject) =>
  look({
    ...{ ask: asking => ask(0, asking), subject, text: 'at last' },
    ...{ kind: 0, side: 0, value: '' },
  })

for (const [kind, request, kinds] of [
  ['address', byAddress, 4],
  ['identifier', byIdentifier, 5],
] as const)
  t.test(`what 64 clients were told of two servers, by ${kind}, happened in one order`, async t => {
    const subjects = subjectsNamed(kind)
    const statuses = await traffic(subjects, request, kinds)
    t.comment(`answers: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join()}`)
    t.ok(statuses.get(200)! > clients && statuses.get(201)! > 0, 'much was done')
    for (const subject of subjects) {
      await lastLook(subject)
      const verdict = linearize(subject.history, emptyPair)
      t.ok(verdict.isLinearizable, subject.name, verdict.isLinearizable ? {} : verdict)
    }
  })
