/** Leaks by the time an answer takes, CONSENT.md 4: compared as distributions, not as durations. */
import t from 'tap'
import { aServer, tinglin, zhang, type Caller } from '../server.ts'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'
import { rankDeviation } from './ranks.ts'

const { server, tokenFor, ask } = await aServer(t)
/** Beyond it chance is a matter of less than 1 in 1000. */
const deviationMax = 3.29
/** Answers to each of the two addresses. A finding counts only when all rounds agree on it. */
const rounds = [500, 1000, 2000]
/** Requests under way at one time: it mixes the two, and what disturbs one disturbs both. */
const lanes = 3

/** Asks two addresses in random order until each has answered `count` times. */
const timesOf = async (
  addresses: readonly [string, string],
  as: Caller,
  count: number,
): Promise<readonly [number[], number[]]> => {
  const headers = { authorization: `Bearer ${await tokenFor(as)}` }
  const times = [[], []] as [number[], number[]]
  const order = [...Array(count).fill(0), ...Array(count).fill(1)] as (0 | 1)[]
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1))
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  const lane = async (): Promise<void> => {
    for (let next = order.pop(); next !== undefined; next = order.pop()) {
      const begun = performance.now()
      await server.inject({ method: 'GET', url: `/fhir/${addresses[next]}`, headers })
      times[next].push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return times
}

/** Which of two addresses answers later, if it does in every round. */
const laterOf = async (addresses: readonly [string, string], as: Caller) => {
  const found = new Set<number>()
  for (const count of rounds) {
    const deviation = rankDeviation(...(await timesOf(addresses, as, count)))
    if (Math.abs(deviation) < deviationMax) return 'neither'
    found.add(Math.sign(deviation))
  }
  return found.size === 1 ? `${addresses[found.has(1) ? 0 : 1]}` : 'neither'
}

t.test('L65 a hidden record is not found in the time in which an absent one is not', async t => {
  const [hidden, absent] = ['Patient/tinglin-l65', 'Patient/tinglin-l00'] as const
  // Much has to be looked at before it is certain that the record is hidden.
  const consents = Array.from({ length: 100 }, (_, at) =>
    consentOf(`tinglin-l65-${at}`, hidden, {
      type: at % 2 === 0 ? 'permit' : 'deny',
      code: [{ coding: [{ system: 'urn:code', code: `c${at}` }] }],
    }),
  )
  const papers = [
    { resourceType: 'Patient', id: 'tinglin-l65' },
    consultationOf('tinglin-l65-s', hidden),
    ...consents,
  ]
  const filed = await ask('POST', '/fhir', { as: tinglin, body: transactionOf(...papers) })
  t.equal(filed.status, 200)
  t.equal((await ask('GET', `/fhir/${hidden}`, { as: tinglin })).status, 200, 'it is there')
  for (const path of [hidden, absent])
    t.equal((await ask('GET', `/fhir/${path}`, { as: zhang })).status, 404, path)
  t.equal(await laterOf([hidden, absent], zhang), 'neither')
})

t.test('L65 the comparison would tell: what is found is found sooner', async t => {
  const addresses = ['Patient/tinglin-liuyang', 'Patient/tinglin-nobody1'] as const
  const deviations: number[] = []
  for (const count of [100, ...rounds])
    if (!deviations.some(deviation => deviation < -deviationMax))
      deviations.push(rankDeviation(...(await timesOf(addresses, zhang, count))))
  t.ok(deviations.at(-1)! < -deviationMax, `deviations of ${deviations.join()}`)
})
