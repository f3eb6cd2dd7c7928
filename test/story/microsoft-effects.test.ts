/**
 * What another server's bundles leave behind, and what they show once the fault that hides it is gone.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import t, { type Test } from 'tap'
import { data } from '../data.ts'
import { aServer, tinglin, type Answer } from '../server.ts'
import { performedBundles } from './microsoft-performed.ts'
import { repairedBundles } from './microsoft-repaired.ts'
import { ownBundle } from './own-bundle.ts'
import { blamed } from './posted-file.ts'

const folder = data(t, '05-server-conformance/microsoft-testfiles')
if (folder === undefined) process.exit()

const server = await aServer(t)
const get = (query: string): Promise<Answer> => server.ask('GET', `/fhir/${query}`, { as: tinglin })
const send = (body: unknown): Promise<Answer> => server.ask('POST', '/fhir', { as: tinglin, body })

interface Entry {
  readonly response: { readonly status: string; readonly outcome?: Parameters<typeof blamed>[0] }
}

/** What happened to each entry, or to the whole: the status, and for a refusal the reasons. */
const outcomes = ({ status, json }: Answer): string[] =>
  status === 200
    ? json.entry.map(({ response: { status, outcome } }: Entry) =>
        [status.slice(0, 3), ...(outcome === undefined ? [] : blamed(outcome))].join(' '),
      )
    : blamed(json).map(reason => `${status} ${reason}`)

/** How many versions of any resource the sender can see. */
const versions = async (): Promise<number> => (await get('_history?_count=1')).json.total as number

/** Checks how many resources searches find. */
const finds = async (t: Test, totals: Readonly<Record<string, number>>): Promise<void> => {
  for (const [query, total] of Object.entries(totals))
    t.equal((await get(`${query}&_count=1`)).json.total, total, query)
}

/** Deletes what was written, so that the next bundle meets an empty record. */
const clear = async (t: Test, answer: Answer, given: readonly string[] = []): Promise<void> => {
  const made = [...answer.text.matchAll(/"location":"[^"]*\/fhir\/(\w+\/[^/"]+)\/_history/g)]
  const addresses = new Set([...given, ...made.map(([, address]) => address!)])
  const entry = [...addresses].map(url => ({ request: { method: 'DELETE', url } }))
  const { status } = await send({ resourceType: 'Bundle', type: 'transaction', entry })
  t.equal(status, 200, 'all is deleted')
}

for (const [name, { entries, found }] of Object.entries(performedBundles))
  t.test(`${name} leaves what its entries say`, async t => {
    const answer = await send(ownBundle(folder, name))
    t.equal(answer.status, 200)
    if (entries !== undefined) t.strictSame(outcomes(answer), entries)
    await finds(t, found)
    await clear(t, answer)
  })

for (const { name, title, given = [], repair, refused, entries, found = {} } of repairedBundles)
  t.test(`${name}: ${title}`, async t => {
    for (const body of given) {
      const { status } = await server.ask('PUT', `/fhir/Patient/${body.id}`, { as: tinglin, body })
      t.equal(status, 201)
    }
    const bundle = ownBundle(folder, name)
    repair?.(bundle.entry)
    const before = await versions()
    const answer = await send(bundle)
    t.strictSame(outcomes(answer), refused ?? entries)
    if (refused !== undefined) t.equal(await versions(), before, 'nothing was written')
    await finds(t, found)
    const addresses = given.map(({ id }) => `Patient/${id}`)
    await clear(t, answer, addresses)
  })
