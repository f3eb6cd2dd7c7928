/** Third-party TestScripts over HTTP. @see https://hl7.org/fhir/R4/testscript.html */
import { readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { stringifyXml } from '../../src/fhir/xml-writer.ts'
import { parseXml } from '../../src/fhir/xml-reader.ts'
import { data } from '../data.ts'
import { tinglin } from '../server.ts'
import { aListeningServer } from '../story/listening.ts'
import type { Send } from './exchange.ts'
import { runScript, type Outcome, type Surroundings } from './runner.ts'
import { fixtureResource, readResource, type TestScript } from './script.ts'
import { passing, refused, type Preparation } from './expectations.ts'

const server = await aListeningServer(t)

const send: Send = async ({ method, url, headers, body }) => {
  const definitions = loadDefinitions()
  const payload =
    body === undefined || !/xml/.test(headers['content-type'] ?? '')
      ? body
      : stringifyXml(body, definitions)
  const answer = await server.send(method, url, {
    as: tinglin,
    headers,
    ...(payload === undefined ? {} : { body: payload }),
  })
  const isXml = answer.text !== '' && /xml/.test(answer.headers['content-type'] ?? '')
  const resource = isXml ? await parseXml(Buffer.from(answer.text), definitions) : answer.json
  return { method, url, requestHeaders: headers, ...answer, resource }
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => /\.(json|xml)$/.test(name))
    .map(name => join(folder, name))
    .sort()

/** Ids that clients choose begin with the name of their hospital, so those of fixtures do. */
const idPrefix = 'tinglin-'

const root = data(t, '06-testscripts/testscript-engine')
const shared = root === undefined ? [] : [join(root, 'TestScripts')]

const surroundings = (file: string, given: Preparation['given'] = {}): Surroundings => ({
  send,
  given,
  fixture: async reference => {
    const resource = await fixtureResource(reference, file, shared)
    return resource?.id === undefined ? resource : { ...resource, id: `${idPrefix}${resource.id}` }
  },
})

const run = async (file: string, { stored = [], given }: Preparation): Promise<Outcome> => {
  const around = surroundings(file, given)
  for (const reference of stored) {
    const body = (await around.fixture(reference))!
    const url = `${body.resourceType}/${body.id}`
    const headers = { 'content-type': 'application/fhir+json' }
    const { status } = await send({ method: 'PUT', url, headers, body })
    if (status !== 200 && status !== 201) throw new Error(`${reference} is not stored: ${status}`)
  }
  return runScript((await readResource(file)) as unknown as TestScript, around)
}

const isScript = async (file: string): Promise<boolean> =>
  readResource(file).then(
    ({ resourceType }) => resourceType === 'TestScript',
    error => !(error instanceof SyntaxError),
  )

if (root !== undefined) {
  const used = new Set<string>()
  for (const file of filesBelow(root)) {
    if (!(await isScript(file))) continue
    const name = relative(root, file).split(sep).join('/')
    const key = [name, dirname(name)].find(key => key in passing || key in refused)
    used.add(key ?? name)
    const refusal = key === undefined ? undefined : refused[key]
    if (refusal === undefined)
      t.test(`${name} passes`, async t => {
        const { failures, warnings, held } = await run(file, passing[key ?? name] ?? {})
        t.strictSame(failures, [])
        t.strictSame(warnings, [])
        t.ok(held > 0, `${held} assertions held`)
      })
    else
      t.test(`${name} does not pass: ${refusal.reason}`, async t => {
        const { failures } = await run(file, refusal)
        t.ok(failures.length > 0, 'it passes now: list it so')
        for (const failure of failures) t.match(failure, refusal.failure)
      })
  }
  t.test('the lists name scripts that are there', async t => {
    t.strictSame(
      [...Object.keys(passing), ...Object.keys(refused)].filter(key => !used.has(key)),
      [],
    )
  })
}
