import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { createProfiles } from '../../src/fhir/profiles.ts'
import { validate, type ValidateOptions } from '../../src/fhir/validate.ts'
import { data } from '../data.ts'
import { entriesOf, filesIn } from './corpus.ts'

const definitions = loadDefinitions()
const profiles = createProfiles(definitions)
const problems = (resource: unknown, options: ValidateOptions = {}): string[] =>
  validate(resource, definitions, options).map(({ code, expression }) => `${code} ${expression}`)

t.test(
  'Every resource of 40 synthetic records is valid, and survives parsing and writing',
  async t => {
    const folder = data(t, '01-synthea/smart-2019-dev40')
    if (folder === undefined) return
    let count = 0
    for (const [file, bundle] of filesIn(folder)) {
      for (const resource of entriesOf(bundle)) {
        count++
        const found = problems(resource)
        if (found.length > 0) t.fail(`${file} ${resource.resourceType}: ${found[0]}`)
      }
      const text = stringifyJson(bundle)
      t.equal(stringifyJson(parseJson(Buffer.from(text))), text)
    }
    t.equal(count, 8072)
  },
)

/** Errors of the official examples themselves, by file. */
const faults: Record<string, { readonly found: string | RegExp; readonly reason: string }> = {
  'DeviceMetric-example.json': {
    found: 'reference-target DeviceMetric.parent.reference',
    reason: 'R4: DeviceMetric.parent is Reference(Device), the example names a DeviceDefinition',
  },
  'DeviceUseStatement-example.json': {
    found: 'reference-target DeviceUseStatement.reasonReference[0].reference',
    reason:
      'R4: reasonReference takes Condition, Observation, DiagnosticReport, DocumentReference, Media',
  },
  'MedicationRequest-medrx0301.json': {
    found: 'reference-target MedicationRequest.dispenseRequest.performer.reference',
    reason:
      'R4: dispenseRequest.performer is Reference(Organization), the example names a Practitioner',
  },
  'Observation-clinical-gender.json': {
    found: 'reference-target Observation.performer[0].reference',
    reason: 'R4: an Encounter is no performer',
  },
  'Questionnaire-qs1.json': {
    found: /^element-required Questionnaire(\.item\[\d+\])+\.linkId$/,
    reason: 'R4: Questionnaire.item.linkId is 1..1, the example leaves it out',
  },
}

/** Where the profiles and extensions that an example claims are known, it must meet them, too. */
const faultsByProfiles: typeof faults = {
  ...faults,
  'Basic-referral.json': {
    found: /^modifier-extension-unknown Basic\.modifierExtension\[\d\]\.url$/,
    reason: 'R4: "applications SHALL check for modifier extensions": these are of example.org',
  },
}

t.test('The official R4 examples are valid, but for the faults they have', async t => {
  const folder = data(t, '02-hl7-r4-examples/instances')
  if (folder === undefined) return
  const examples = [...filesIn(folder)]
  t.equal(examples.length, 717)
  for (const [known, options] of [
    [faults, {}],
    [faultsByProfiles, { profiles }],
  ] as const) {
    const faulty = new Set<string>()
    for (const [file, resource] of examples)
      for (const found of problems(resource, options)) {
        faulty.add(file)
        const expected = known[file]?.found ?? ''
        if (typeof expected === 'string' ? found !== expected : !expected.test(found))
          t.fail(`${file}: ${found}`)
      }
    t.same([...faulty].sort(), Object.keys(known).sort(), 'every listed fault is found')
  }
})

t.test('The 34 examples of TW Core are valid, by R4 and its profiles', async t => {
  // The profiles of the guide are not among the data.
  const folder = data(t, '12-chinese-content/twcore-examples')
  if (folder === undefined) return
  const examples = [...filesIn(folder)]
  t.equal(examples.length, 34)
  for (const [file, resource] of examples)
    for (const found of problems(resource, { profiles })) t.fail(`${file}: ${found}`)
})
