/** Strings that break software, as names of patients. @see https://hl7.org/fhir/R4/datatypes.html#string */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { data } from '../data.ts'
import { tinglin } from '../server.ts'
import { aListeningServer } from './listening.ts'

t.setTimeout(240_000)
const folder = data(t, '09-bad-input/blns')
if (folder === undefined) process.exit()

const { send } = await aListeningServer(t)
const strings = JSON.parse(readFileSync(join(folder, 'blns.json'), 'utf8')) as string[]
const idOf = (index: number): string => `tinglin-naughty-${index}`

/**
 * R4: "String property values can never be empty", and strings "SHOULD not contain Unicode character
 * points below 32" other than tab, line feed and carriage return; XML could not carry those, so they
 * are refused rather than stored.
 */
const isForbidden = (text: string): boolean =>
  text === '' || [...text].some(character => character < ' ' && !'\t\n\r'.includes(character))

/** Names a string in a report, which the string itself could break. */
const shown = (index: number): string => `string ${index}`

const entry = strings.map((text, index) => ({
  resource: { resourceType: 'Patient', id: idOf(index), name: [{ text, family: text }] },
  request: { method: 'PUT', url: `Patient/${idOf(index)}` },
}))
const { json } = await send('POST', '', {
  as: tinglin,
  body: { resourceType: 'Bundle', type: 'batch', entry },
})
const statuses: string[] = json.entry.map((one: { response: { status: string } }) =>
  one.response.status.slice(0, 3),
)

t.test('every string but the empty one and three with control characters is taken', async t => {
  t.equal(strings.length, 485)
  t.equal(strings.filter(isForbidden).length, 4)
  strings.forEach((text, index) =>
    t.equal(statuses[index], isForbidden(text) ? '422' : '201', shown(index)),
  )
})

t.test('it comes back as it was', async t => {
  for (const [index, text] of strings.entries()) {
    if (statuses[index] !== '201') continue
    const back = await send('GET', `Patient/${idOf(index)}`, { as: tinglin })
    t.strictSame(back.json.name, [{ text, family: text }], shown(index))
  }
})

const escaped = (text: string): string => text.replace(/[\\,$|]/g, found => `\\${found}`)

t.test('it is found by an exact search, and any search by it is answered', async t => {
  for (const [index, text] of strings.entries()) {
    const loose = await send('GET', `Patient?name=${encodeURIComponent(text)}`, { as: tinglin })
    t.ok([200, 400].includes(loose.status), `${shown(index)}: ${loose.status}`)
    if (statuses[index] !== '201') continue
    const query = `name:exact=${encodeURIComponent(escaped(text))}&_count=1000`
    const exact = await send('GET', `Patient?${query}`, { as: tinglin })
    const ids = exact.json.entry?.map((one: { resource: { id: string } }) => one.resource.id)
    t.ok(ids?.includes(idOf(index)), shown(index))
  }
})
