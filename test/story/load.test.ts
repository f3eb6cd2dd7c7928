/** Third-party transaction bundles, unchanged, over HTTP. @see https://hl7.org/fhir/R4/http.html#transaction */
import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'
import { data } from '../data.ts'
import { tinglin, zhujing, type Caller } from '../server.ts'
import {
  content,
  countByType,
  sourceBundles,
  storedResources,
  type SourceBundle,
  type StoredResource,
} from './bundles.ts'
import { aListeningServer, type Received } from './listening.ts'
import { addresses, pagesOf } from './pages.ts'

t.setTimeout(280_000)
const syntheaFolder = data(t, '01-synthea/smart-2019-dev40')
const chineseFolder = data(t, '12-chinese-content/synthea-zh-40-derived')
if (syntheaFolder === undefined || chineseFolder === undefined) process.exit()

const server = await aListeningServer(t)
const synthea = sourceBundles(syntheaFolder)
const chinese = sourceBundles(chineseFolder)
const syntheaCounts = countByType(synthea.flatMap(({ resources }) => resources))
const types = [...syntheaCounts.keys()].sort()

const post = (text: string, as: Caller): Promise<Received> =>
  server.send('POST', '', { as, body: text })

const totals = async (as: Caller): Promise<Map<string, number>> => {
  const found = new Map<string, number>()
  for (const type of types) {
    const { json } = await server.send('GET', `${type}?_summary=count`, { as })
    found.set(type, json.total)
  }
  return found
}

/** Loads all bundles, some at a time, and says how fast it went. */
const loadAll = async (
  bundles: readonly SourceBundle[],
  as: Caller,
  atOnce: number,
): Promise<{ readonly source: SourceBundle; readonly answer: Received }[]> => {
  const loaded: { source: SourceBundle; answer: Received }[] = []
  const waiting = [...bundles]
  const started = performance.now()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let source = waiting.shift(); source !== undefined; source = waiting.shift())
        loaded.push({ source, answer: await post(source.text, as) })
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const resources = bundles.reduce((sum, bundle) => sum + bundle.resources.length, 0)
  t.comment(
    `${resources} resources in ${seconds.toFixed(1)} s, ${atOnce} bundles at a time: ${Math.round(resources / seconds)} resources/s`,
  )
  return loaded
}

/** Every entry answered 201 with an address of its own. The resources under these addresses. */
const checkAnswers = (
  t: Test,
  loaded: readonly { readonly source: SourceBundle; readonly answer: Received }[],
): StoredResource[] =>
  loaded.flatMap(({ source, answer }) => {
    if (answer.status !== 200) {
      t.fail(`${source.name} answered ${answer.status}`, { answer: answer.text.slice(0, 2000) })
      return []
    }
    const statuses = new Set(
      answer.json.entry.map((entry: { response: { status: string } }) => entry.response.status),
    )
    t.strictSame([...statuses], ['201 Created'], source.name)
    return storedResources(source, answer.json)
  })

/** What has been added per type equals what the files hold. */
const checkTotals = (
  t: Test,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): void => {
  const added = types.map(type => [type, after.get(type)! - before.get(type)!])
  t.strictSame(
    added,
    types.map(type => [type, syntheaCounts.get(type)]),
  )
}

/** Reads everything back, a page of 1000 at a time, and compares content, decimals to the digit. */
const checkContent = async (t: Test, stored: readonly StoredResource[], as: Caller) => {
  const expected = new Map(stored.map(({ address, resource }) => [address, resource]))
  t.equal(expected.size, 8072, 'every entry has an address of its own')
  for (const type of types) {
    const pages = await pagesOf(server, `${type}?_count=1000`, { as })
    const entries = pages.flatMap(page => page.entries)
    t.equal(new Set(addresses(entries)).size, entries.length, `${type} comes once each`)
    for (const { resource } of entries) {
      const address = `${type}/${resource.id}`
      const source = expected.get(address)
      if (source === undefined) continue
      if (!isDeepStrictEqual(content(resource), content(source)))
        t.strictSame(content(resource), content(source), address)
      expected.delete(address)
    }
  }
  t.strictSame([...expected.keys()].slice(0, 10), [], 'nothing is missing')
}

t.test('the files hold 40 patients and 8,072 resources each', async t => {
  for (const bundles of [synthea, chinese]) {
    t.equal(bundles.length, 40)
    t.equal(bundles.flatMap(({ resources }) => resources).length, 8072)
    t.strictSame(countByType(bundles.flatMap(({ resources }) => resources)), syntheaCounts)
  }
})

t.test('one district hospital loads 40 Synthea patients as they are, and all is there', async t => {
  const before = await totals(tinglin)
  const stored = checkAnswers(t, await loadAll(synthea, tinglin, 1))
  checkTotals(t, before, await totals(tinglin))
  await checkContent(t, stored, tinglin)
})

t.test('another loads 40 patients with Chinese names; neither sees the other', async t => {
  const [ownBefore, otherBefore] = [await totals(zhujing), await totals(tinglin)]
  const stored = checkAnswers(t, await loadAll(chinese, zhujing, 4))
  checkTotals(t, ownBefore, await totals(zhujing))
  await checkContent(t, stored, zhujing)
  const otherAfter = await totals(tinglin)
  for (const type of types) {
    const isShared = type === 'Organization' || type === 'Practitioner'
    const added = otherAfter.get(type)! - otherBefore.get(type)!
    t.equal(added, isShared ? syntheaCounts.get(type) : 0, `${type} at the other hospital`)
  }
})

t.test('a bundle with one fault in its last entry writes nothing at all', async t => {
  const source = synthea[0]!
  const last = source.resources.length - 1
  const faulty = (change: (entry: { resource: Record<string, unknown> }) => unknown): string => {
    const bundle = JSON.parse(source.text) as { entry: { resource: Record<string, unknown> }[] }
    bundle.entry[last] = change(bundle.entry[last]!) as (typeof bundle.entry)[number]
    return JSON.stringify(bundle)
  }
  const faults = [
    [422, faulty(entry => ({ ...entry, resource: { ...entry.resource, nonsense: true } }))],
    [
      404,
      faulty(() => ({
        request: { method: 'DELETE', url: 'Observation/tinglin-none', ifMatch: 'W/"1"' },
      })),
    ],
    [404, faulty(() => ({ request: { method: 'GET', url: 'Observation/tinglin-none' } }))],
    [400, faulty(() => ({ request: { method: 'GET', url: 'Observation?nonsense=1' } }))],
    [
      403,
      faulty(entry => ({
        resource: { ...entry.resource, id: 'no6-one' },
        request: { method: 'PUT', url: `${entry.resource['resourceType'] as string}/no6-one` },
      })),
    ],
  ] as const
  const before = await totals(tinglin)
  for (const [status, text] of faults) {
    const answer = await post(text, tinglin)
    t.equal(answer.status, status, answer.text.slice(0, 500))
    t.equal(answer.json.resourceType, 'OperationOutcome')
  }
  t.strictSame(await totals(tinglin), before)
  const cut = await post(source.text.slice(0, -2), tinglin)
  t.equal(cut.status, 400, 'a body cut short')
  t.strictSame(await totals(tinglin), before)
})
