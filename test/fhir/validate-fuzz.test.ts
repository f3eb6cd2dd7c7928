import fc from 'fast-check'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { limits } from '../../src/fhir/limits.ts'
import { rewriteReferences } from '../../src/fhir/references.ts'
import { validate } from '../../src/fhir/validate.ts'

const definitions = loadDefinitions()

const names = [
  ...new Set([...definitions.types.values()].flatMap(type => [...type.elements.keys()])),
]

const memberName = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...names) },
  { weight: 2, arbitrary: fc.constantFrom(...names).map(name => `_${name}`) },
  fc.constantFrom(
    'contained',
    'extension',
    'reference',
    'coding',
    'meta',
    'text',
    'div',
    'resourceType',
  ),
  fc.string().filter(name => name !== '__proto__'),
)

const tree = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom('#', '#x', 'Patient/1', 'urn:uuid:x', '1', '<div>', 'Patient', 'active', ''),
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(memberName, tie('value'), { maxKeys: 6 }),
  ),
})).value

const resource = fc
  .tuple(fc.constantFrom(...definitions.resourceTypes), fc.dictionary(memberName, tree))
  .map(([resourceType, members]) => ({ ...members, resourceType }))

t.test('No JSON at all makes validation fail otherwise than by issues', async t => {
  let issues = 0
  fc.assert(
    fc.property(fc.oneof(resource, tree), written => {
      const value = parseJson(Buffer.from(JSON.stringify(written)))
      const before = stringifyJson(value)
      const found = validate(value, definitions)
      issues += found.length
      rewriteReferences(value, () => undefined)
      return found.length <= limits.issuesMax && stringifyJson(value) === before
    }),
    { numRuns: 3000 },
  )
  t.ok(issues > 3000, `${issues} issues`)
})
