/**
 * Another server's test resources, byte for byte as their files have them, and read back.
 * @see https://hl7.org/fhir/R4/http.html#create
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { data } from '../data.ts'
import { aServer, tinglin, type Answer } from '../server.ts'
import { content } from './bundles.ts'
import { parseExact } from './exact-json.ts'
import { textOf } from './own-bundle.ts'

const folder = data(t, '05-server-conformance/microsoft-testfiles')
if (folder === undefined) process.exit()

const server = await aServer(t)
const filesOf = (version: string, ending: string): string[] =>
  readdirSync(join(folder, version))
    .filter(name => name.endsWith(ending) && !name.startsWith('Bundle-'))
    .map(name => `${version}/${name}`)

const typeOf = (text: string): string =>
  /^\s*\{\s*"resourceType"\s*:\s*"(\w+)"/.exec(text)?.[1] ?? 'Patient'
const create = (type: string, body: string): Promise<Answer> =>
  server.ask('POST', `/fhir/${type}`, { as: tinglin, body })

t.test('what is taken comes back as it was sent, decimals to the digit', async t => {
  let same = 0
  for (const name of ['Normative', 'R4'].flatMap(version => filesOf(version, '.json'))) {
    const text = textOf(folder, name)
    // With its byte order mark, which most of the files have.
    const { status, headers } = await create(typeOf(text), readFileSync(join(folder, name), 'utf8'))
    if (status !== 201) continue
    const read = await server.ask('GET', String(headers['location']), { as: tinglin })
    t.strictSame(content(parseExact(read.text)), content(parseExact(text)), name)
    same++
  }
  t.equal(same, 196)
})

t.test('each line of the files for import is a resource, but for the one that is none', async t => {
  const statuses = new Map<number, number>()
  for (const name of filesOf('Normative', '.ndjson'))
    for (const template of textOf(folder, name).trim().split('\n')) {
      const line = template.replace(/##\w+##/g, 'filled-in')
      const { status } = await create(typeOf(line), line)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  t.strictSame(Object.fromEntries(statuses), { 201: 12, 400: 1 })
})
