/** The profiles of this exchange, and its examples of what meets them and of what does not. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { judge } from '../../src/fhir/judgement.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { textOf, type Issue } from '../../src/fhir/outcome.ts'
import { createProfiles } from '../../src/fhir/profiles.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { validate } from '../../src/fhir/validate.ts'

const folder = new URL('../../../fhir-profiles/', import.meta.url)
const definitions = loadDefinitions()
const profiles = createProfiles(definitions)
const clock = { now: new Date('2026-06-01T12:00:00+08:00'), zoneOffset: '+08:00' }

const filesIn = (path: string): [file: string, resource: Resource][] =>
  readdirSync(new URL(path, folder))
    .filter(name => name.endsWith('.json'))
    .map(name => [name, parseJson(readFileSync(new URL(path + name, folder))) as Resource])

/** Errors and warnings, as `$validate` gives them. */
const problems = (resource: Resource): readonly Issue[] => {
  const found = validate(resource, definitions, { profiles, wantsWarnings: true })
  const hasPassed = found.every(({ severity }) => severity !== 'error')
  const doubts = hasPassed ? judge(resource, definitions, clock) : []
  return [...found, ...doubts].filter(({ severity }) => severity !== 'information')
}
const told = ({ severity, code, expression, parameters = {} }: Issue): string =>
  [severity, code, expression, ...('rule' in parameters ? [parameters['rule']] : [])].join(' ')

t.test('every definition is valid R4 itself, and every profile can be checked by', async t => {
  let count = 0
  for (const [file, resource] of filesIn('./')) {
    const errors = problems(resource).filter(({ severity }) => severity === 'error')
    t.same(errors.map(told), [], file)
    if (resource.resourceType !== 'StructureDefinition') continue
    count++
    t.ok(profiles.profile(String(resource['url'])), file)
  }
  t.ok(count > 20)
})

t.test('every value set that a profile binds to is here in full', async t => {
  const bound = filesIn('./').flatMap(([, resource]) =>
    [...JSON.stringify(resource).matchAll(/"valueSet":"(urn:huizhen:[^"]+)"/g)].map(
      ([, url]) => url!,
    ),
  )
  for (const valueSet of new Set(bound))
    t.ok((profiles.codes(valueSet)?.codes.size ?? 0) > 0, valueSet)
  t.equal(profiles.codes('urn:huizhen:ValueSet:ethnic-group')?.codes.size, 58)
})

t.test('every example that is said to be valid is: no error, no warning', async t => {
  const claimed = new Set<string>()
  for (const [file, resource] of filesIn('examples/valid/')) {
    t.same(problems(resource).map(told), [], file)
    const { meta } = resource
    for (const profile of (meta?.['profile'] ?? []) as string[]) claimed.add(profile)
  }
  const own = filesIn('./').filter(
    ([, { resourceType, type }]) => resourceType === 'StructureDefinition' && type !== 'Extension',
  )
  t.same([...claimed].sort(), own.map(([, { url }]) => url).sort(), 'each profile has an example')
})

t.test(
  'every example of what is wrong has the problems that are listed, and no others',
  async t => {
    const file = new URL('examples/problems.json', folder)
    const listed = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>
    const examples = filesIn('examples/invalid/')
    t.same(examples.map(([name]) => name).sort(), Object.keys(listed).sort())
    for (const [name, resource] of examples)
      t.same(problems(resource).map(told), listed[name], name)
  },
)

t.test('what is said of a wrong example names no person and no number', async t => {
  for (const [name, resource] of filesIn('examples/invalid/'))
    for (const { code, parameters = {}, local } of problems(resource))
      for (const language of ['en', 'zh-CN'] as const)
        t.notMatch(textOf(code, parameters, language, local), /刘|Liu|310116|1990|ZY2026/, name)
})
