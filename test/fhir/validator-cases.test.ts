import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Resource as R4Resource } from '@medplum/fhirtypes'
import t from 'tap'
import { compactTerminology } from '../../src/fhir/compact-terminology.ts'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { profileSource } from '../../src/fhir/profile-source.ts'
import { createProfiles } from '../../src/fhir/profiles.ts'
import { terminologyOf } from '../../src/fhir/terminology.ts'
import { validate } from '../../src/fhir/validate.ts'
import { isObject, type JsonObject } from '../../src/fhir/walk.ts'
import { parseXml } from '../../src/fhir/xml-reader.ts'
import { data } from '../data.ts'
import { different, notCompared } from './validator-differences.ts'

/** @see https://github.com/FHIR/fhir-test-cases */
const definitions = loadDefinitions()

interface Problem {
  readonly severity: string
  readonly text: string
}

/** One case with what the Java validator says: of R4 alone, and of the profile it names. */
interface Case {
  readonly name: string
  readonly file: string
  readonly issues: readonly Problem[]
  readonly profileIssues?: readonly Problem[]
  readonly support?: {
    readonly profiles?: readonly string[]
    readonly supporting?: readonly string[]
    readonly supporting5?: readonly string[]
    readonly profile?: { readonly source: string; readonly supporting?: readonly string[] }
  }
}

/** Words about codes and displays of code systems that nobody has here: LOINC, SNOMED CT, CVX and others. */
const aboutTerms =
  /^Wrong Display Name|^Unknown code|^The code '.*' is not valid in the system http:\/\/snomed|Invalid ECL|not in the options value set|is not in the list of allowed values \(value set/

const isError = ({ severity }: Problem): boolean => severity === 'error' || severity === 'fatal'

/** Whether the verdict rests on terminology that is not here. */
const needsTerms = (problems: readonly Problem[]): boolean => {
  const errors = problems.filter(isError)
  return errors.length > 0 && errors.every(({ text }) => aboutTerms.test(text))
}

const read = async (folder: string, file: string): Promise<JsonObject> => {
  const bytes = readFileSync(join(folder, 'files', file))
  const tree = file.endsWith('.xml') ? await parseXml(bytes, definitions) : parseJson(bytes)
  return tree as unknown as JsonObject
}

const withEntries = (resource: JsonObject): JsonObject[] => {
  const entries: readonly unknown[] = Array.isArray(resource['entry']) ? resource['entry'] : []
  const inner = entries.flatMap(entry => (isObject(entry) ? entry['resource'] : []))
  return [resource, ...inner.filter(isObject)]
}

/** Whether we refuse a case, with what stands beside it loaded. What cannot be read is refused. */
const isRefused = async (
  folder: string,
  { file, support = {} }: Case,
  withProfile: boolean,
): Promise<boolean> => {
  const { profiles = [], supporting = [], supporting5 = [], profile } = support
  const own = profile === undefined ? [] : [profile.source, ...(profile.supporting ?? [])]
  const files = [...profiles, ...supporting, ...supporting5, ...(withProfile ? own : [])]
  const beside: JsonObject[] = []
  for (const name of files)
    if (existsSync(join(folder, 'files', name)))
      beside.push(...withEntries(await read(folder, name).catch(() => ({}))))
  try {
    const resource = await read(folder, file)
    const canonicals = withProfile ? [String((await read(folder, profile!.source))['url'])] : []
    const [address] = String(resource['questionnaire']).split('|')
    const questionnaire = beside.find(
      one => one['resourceType'] === 'Questionnaire' && one['url'] === address,
    )
    const loaded = createProfiles(
      definitions,
      beside.flatMap(one => profileSource(one) ?? []),
      terminologyOf(compactTerminology(beside as unknown as R4Resource[])),
    )
    const options = { profiles: loaded, canonicals, questionnaire }
    return validate(resource, definitions, options).some(isErrorIssue)
  } catch {
    return true
  }
}

const isErrorIssue = ({ severity }: { readonly severity: string }): boolean => severity === 'error'

t.test('The verdicts on the validator cases are those of the Java validator', async t => {
  const folder = data(t, '03-fhir-test-cases/validator-r4')
  if (folder === undefined) return
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest-r4.json'), 'utf8')) as Record<
    'base' | 'withSupport',
    readonly Case[]
  >
  const cases = [...manifest.base, ...manifest.withSupport]
  t.equal(cases.length, 239)
  const count = { compared: 0, same: 0, ofTerms: 0 }
  const found = new Set<string>()
  for (const one of cases) {
    if (one.name in notCompared) continue
    const runs = [
      { name: one.name, issues: one.issues, withProfile: false },
      ...(one.profileIssues === undefined
        ? []
        : [{ name: `${one.name} (profile)`, issues: one.profileIssues, withProfile: true }]),
    ]
    for (const { name, issues, withProfile } of runs) {
      if (needsTerms(issues)) {
        count.ofTerms++
        continue
      }
      count.compared++
      if ((await isRefused(folder, one, withProfile)) === issues.some(isError)) count.same++
      else found.add(name)
    }
  }
  t.same([...found].sort(), Object.keys(different).sort(), 'every difference is explained')
  const names = new Set(cases.map(({ name }) => name))
  t.same(
    Object.keys(notCompared).filter(name => !names.has(name)),
    [],
  )
  t.comment(
    `${count.same} of ${count.compared} the same; ${count.ofTerms} rest on absent terminology`,
  )
  t.ok(count.same / count.compared >= 0.95, `${count.same} of ${count.compared}`)
})
