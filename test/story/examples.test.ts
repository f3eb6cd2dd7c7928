/** The official R4 examples, written and read back. @see https://hl7.org/fhir/R4/ */
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { data } from '../data.ts'
import { tinglin } from '../server.ts'
import { content } from './bundles.ts'
import { parseExact, stringifyExact, type Exact } from './exact-json.ts'
import { officialExamples } from './examples.ts'
import { aListeningServer } from './listening.ts'
import { refusedExamples } from './refused-examples.ts'

t.setTimeout(240_000)
const folder = data(t, '02-hl7-r4-examples/instances')
if (folder === undefined) process.exit()

const server = await aListeningServer(t)
const examples = officialExamples(folder)

/** What a refusal says, as `status code expression`, one for each issue. */
const reasonsOf = (status: number, outcome: Outcome): string[] =>
  outcome.issue.map(
    ({ code, details, expression }) =>
      `${status} ${code} ${details?.coding?.[0]?.code ?? ''} ${expression?.join() ?? ''}`,
  )
interface Outcome {
  readonly issue: readonly {
    readonly code: string
    readonly details?: { readonly coding?: readonly { readonly code: string }[] }
    readonly expression?: readonly string[]
  }[]
}

const refused = new Map<string, string[]>()
const started = performance.now()
for (const { name, resource } of examples) {
  const { status, json, text } = await server.send(
    'PUT',
    `${resource.resourceType}/${resource['id'] as string}`,
    { as: tinglin, body: stringifyExact(resource) },
  )
  if (status === 201) continue
  refused.set(name, json?.issue === undefined ? [`${status} ${text}`] : reasonsOf(status, json))
}
const seconds = (performance.now() - started) / 1000
t.comment(`${examples.length} examples in ${seconds.toFixed(1)} s`)

t.test('there are 717 examples with ids that differ', async t => {
  t.equal(examples.length, 717)
  t.equal(
    new Set(examples.map(({ resource }) => `${resource.resourceType}/${resource['id']}`)).size,
    717,
  )
})

t.test('only what R4 or the consent rules forbid is refused, each for its reason', async t => {
  const expected = Object.entries(refusedExamples).flatMap(([reason, names]) =>
    names.map(name => [name, reason] as const),
  )
  for (const [name, reason] of expected) {
    t.ok(refused.get(name)?.includes(reason), `${name}: ${reason}`, { found: refused.get(name) })
  }
  const names = new Set(expected.map(([name]) => name))
  for (const [name, reasons] of refused) if (!names.has(name)) t.fail(name, { reasons })
})

t.test(
  'every example that is taken comes back with equal content, decimals to the digit',
  async t => {
    let same = 0
    for (const { name, resource } of examples) {
      if (refused.has(name)) continue
      const address = `${resource.resourceType}/${resource['id'] as string}`
      const { status, text } = await server.send('GET', address, { as: tinglin })
      const back = status === 200 ? content(parseExact(text)) : text
      if (isDeepStrictEqual(back, content(resource as unknown as Exact))) same++
      else t.strictSame(back, content(resource as unknown as Exact), `${name} (${status})`)
    }
    t.equal(same, examples.length - refused.size)
  },
)
