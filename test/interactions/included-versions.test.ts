/** Inclusion of the versions that references name. @see https://hl7.org/fhir/R4/search.html#versions */
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { aServer, no6, tinglin, zhang, type Caller } from '../server.ts'
import { consentOf, consultationOf, transactionOf } from '../story/papers.ts'

const { ask } = await aServer(t)
const patient = 'Patient/tinglin-v1'
const file = async (...papers: readonly Resource[]): Promise<void> => {
  const { status, text } = await ask('POST', '/fhir', {
    as: tinglin,
    body: transactionOf(...papers),
  })
  t.equal(status, 200, text)
}
const specimen = (note: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Specimen', id: 'tinglin-v2', subject: { reference: patient } },
  ...{ note: [{ text: note }], ...more },
})
const observation = (id: string, reference: string): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: id } },
  ...{ subject: { reference: patient }, specimen: { reference } },
})

t.before(async () => {
  await file(
    { resourceType: 'Patient', id: 'tinglin-v1' },
    { resourceType: 'Patient', id: 'tinglin-v10' },
    specimen('one'),
  )
  // Of a patient who has agreed to nothing.
  await file(specimen('two', { subject: { reference: 'Patient/tinglin-v10' } }))
  await file(specimen('three'))
  await file(
    observation('tinglin-v3', 'Specimen/tinglin-v2'),
    observation('tinglin-v4', 'Specimen/tinglin-v2/_history/1'),
    observation('tinglin-v5', 'http://huizhen.test/fhir/Specimen/tinglin-v2/_history/2'),
    observation('tinglin-v6', 'Specimen/tinglin-v2/_history/3'),
    observation('tinglin-v7', 'Specimen/tinglin-v2/_history/99'),
    consultationOf('tinglin-v8', patient),
    consentOf('tinglin-v9', patient),
  )
})

/** `version note` of what a search includes. */
const included = async (query: string, as: Caller): Promise<readonly string[]> => {
  const { status, json } = await ask('GET', `/fhir/Observation?${query}`, { as })
  t.equal(status, 200, query)
  interface Entry {
    readonly search: { readonly mode: string }
    readonly fullUrl: string
    readonly resource: { meta: { versionId: string }; note: readonly { text: string }[] }
  }
  return (json.entry as readonly Entry[])
    .filter(({ search, fullUrl }) => search.mode === 'include' && fullUrl.includes('Specimen'))
    .map(({ fullUrl, resource: { meta, note } }) => {
      t.equal(fullUrl, 'http://huizhen.test/fhir/Specimen/tinglin-v2')
      return `${meta.versionId} ${note[0]!.text}`
    })
}

const bySpecimen = '_include=Observation:specimen'
const cases: readonly (readonly [ids: string, own: string, cross: string])[] = [
  ['tinglin-v3', '3 three', '3 three'],
  ['tinglin-v4', '1 one', '1 one'],
  ['tinglin-v5', '2 two', '3 three'],
  ['tinglin-v6', '3 three', '3 three'],
  ['tinglin-v7', '3 three', '3 three'],
  ['tinglin-v4,tinglin-v5', '1 one,2 two', '3 three,1 one'],
  ['tinglin-v3,tinglin-v4', '3 three,1 one', '3 three,1 one'],
  ['tinglin-v6,tinglin-v4', '3 three,1 one', '3 three,1 one'],
]

t.test('a reference to a version includes that version, if it may be seen itself', async t => {
  for (const [ids, own, cross] of cases)
    for (const [caller, wanted] of [
      [tinglin, own],
      [zhang, cross],
    ] as const)
      for (const include of [bySpecimen, '_include=*', '_include=Observation:specimen:Specimen']) {
        const found = await included(`_id=${ids}&${include}`, caller)
        t.same([...found].sort(), wanted.split(',').sort(), `${ids} ${include}`)
      }
  t.same(
    [...(await included(`_id=tinglin-v4&${bySpecimen}&_include:iterate=Specimen:parent`, tinglin))],
    ['3 three', '1 one'],
    'what else may lead to the current version keeps it',
  )
})

t.test(
  'a version that is hidden is as one that never was, and each that left is on record',
  async t => {
    const [hidden, absent] = await Promise.all(
      ['tinglin-v5', 'tinglin-v7'].map(id =>
        ask('GET', `/fhir/Observation?_id=${id}&${bySpecimen}`, { as: zhang }),
      ),
    )
    const alike = (text: string) =>
      text
        .replaceAll(/tinglin-v[57]/g, 'ID')
        .replaceAll(
          /(?:http:\/\/huizhen\.test\/fhir\/)?Specimen\/tinglin-v2\/_history\/\d+/g,
          'REF',
        )
        .replaceAll(/"lastUpdated":"[^"]*"/g, '')
    t.equal(alike(hidden!.text), alike(absent!.text))
    const none = await ask('GET', `/fhir/Observation?_id=tinglin-v4&${bySpecimen}`, { as: no6 })
    t.equal(none.status, 200)
  },
)
