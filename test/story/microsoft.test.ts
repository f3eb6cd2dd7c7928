/** Bundles and invalid resources of another server's tests. @see https://hl7.org/fhir/R4/http.html */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { data } from '../data.ts'
import { aServer, tinglin } from '../server.ts'
import { bundles } from './microsoft-bundles.ts'
import { refusedResources } from './microsoft-refused.ts'
import { blamed, forgetPatients, postFile } from './posted-file.ts'

const server = await aServer(t)
const folder = data(t, '05-server-conformance/microsoft-testfiles')
const files =
  folder === undefined
    ? []
    : ['Normative', 'R4'].flatMap(part =>
        readdirSync(join(folder, part))
          .filter(name => /\.(json|xml)$/.test(name))
          .map(name => `${part}/${name}`),
      )

interface Entry {
  readonly response: { readonly status: string; readonly outcome?: Parameters<typeof blamed>[0] }
}

const saidBy = ({ response: { status, outcome } }: Entry): string =>
  [status.slice(0, 3), ...(outcome === undefined ? [] : blamed(outcome))].join(' ')

const countAll = async (): Promise<number> =>
  (
    await server.ask('GET', '/fhir?_type=Patient,Observation,Encounter&_summary=count', {
      as: tinglin,
    })
  ).json.total

const isBundle = (name: string): boolean => name.includes('/Bundle-')

for (const name of files.filter(isBundle)) {
  const expected = bundles[name.replace(/^.*\//, '')]
  t.test(`${name}: ${expected?.why ?? 'is not listed'}`, async t => {
    if (expected === undefined) throw new Error('list it')
    await forgetPatients(server)
    const before = await countAll()
    const { status, json } = await postFile(server, join(folder!, name), { isBundle: true })
    t.equal(status, expected.status)
    t.strictSame(status === 200 ? json.entry.map(saidBy) : blamed(json), expected.said)
    if (status !== 200) t.equal(await countAll(), before, 'nothing is half-written')
  })
}

for (const name of files.filter(name => !isBundle(name))) {
  const [expected, ...faults] = refusedResources[name] ?? [201]
  t.test(`${name} is answered with ${expected}`, async t => {
    const { status, json } = await postFile(server, join(folder!, name), { isBundle: false })
    t.equal(status, expected)
    if (expected === 201) t.equal(typeof json.id, 'string')
    else t.strictSame(blamed(json).slice(0, 3), faults)
  })
}

t.test('a decimal with more digits than a double holds comes back digit by digit', async t => {
  if (folder === undefined) return
  const file = join(folder, 'Normative/ObservationWithInvalidDecimalSpecification.json')
  const [, digits] = /"value": ([0-9.]{20,})/.exec(readFileSync(file, 'utf8'))!
  const made = await postFile(server, file, { isBundle: false })
  const { text } = await server.ask('GET', `/fhir/Observation/${made.json.id}`, { as: tinglin })
  t.ok(text.includes(`"value":${digits}`), 'as written')
})

t.test('the lists name files that are there', async t => {
  if (folder === undefined) return
  const there = new Set([...files, ...files.map(name => name.replace(/^.*\//, ''))])
  const listed = [...Object.keys(bundles), ...Object.keys(refusedResources)]
  t.strictSame(
    listed.filter(name => !there.has(name)),
    [],
  )
})
