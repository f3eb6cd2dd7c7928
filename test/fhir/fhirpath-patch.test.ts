/** FHIRPath Patch. @see https://hl7.org/fhir/R4/fhirpatch.html */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { compileFhirPathPatch } from '../../src/fhir/fhirpath-patch.ts'
import { parseJson, stringifyJson } from '../../src/fhir/json.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { data } from '../data.ts'

const definitions = loadDefinitions()

const patched = async (resource: unknown, parameters: unknown): Promise<Resource> =>
  (await compileFhirPathPatch(parameters as Resource, definitions))(resource as Resource)

interface Case {
  readonly name: string
  readonly input: unknown
  readonly diff: unknown
  readonly output?: unknown
}

/** The conversion of the suite to JSON dropped narrative from resources, but not from the patch. */
const withNarrative = (given: Case): Case => {
  if (given.name !== 'Full Resource') return given
  // oxlint-disable-next-line no-explicit-any -- a case is looked into freely
  const { input, output, diff } = structuredClone(given) as Record<string, any>
  input['text'].div = '<div xmlns="http://www.w3.org/1999/xhtml">Jim</div>'
  output['text'].div = diff['parameter'][0].part[2].valueString
  return { name: given.name, input, output, diff }
}

t.test('every case of the FHIR patch suite gives its resource, or its refusal', async t => {
  const file = data(t, '03-fhir-test-cases/json-converted/fhir-patch-tests-r4.json')
  if (file === undefined) return
  const cases: Case[] = JSON.parse(await readFile(file, 'utf8'))
  t.equal(cases.length, 33)
  for (const { name, input, diff, output } of cases.map(withNarrative))
    if (output === undefined)
      await t.rejects(patched(input, diff), { code: 'patch-path-unresolved' }, name)
    else t.strictSame(await patched(input, diff), output, name)
})

/** One operation: its type, its path and its other parts. */
const operation = (type: string, path: string, ...parts: object[]) => ({
  name: 'operation',
  part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...parts],
})
const patch = (...parameter: unknown[]) => ({ resourceType: 'Parameters', parameter })

t.test('decimals keep their literal, in the resource and in the patch', async t => {
  const read = (text: string): unknown => parseJson(Buffer.from(text))
  const resource = read(
    '{"resourceType":"Observation","valueQuantity":{"value":1.10},"component":[{"valueQuantity":{"value":2.0}}]}',
  )
  const value = read('{"name":"value","valueDecimal":3.00}')
  const result = await patched(
    resource,
    patch(operation('replace', 'Observation.component[0].value.value', value as object)),
  )
  t.equal(
    stringifyJson(result),
    '{"resourceType":"Observation","valueQuantity":{"value":1.10},"component":[{"valueQuantity":{"value":3.00}}]}',
  )
})

t.test('one form of a choice becomes another', async t => {
  const result = await patched(
    { resourceType: 'Patient', deceasedBoolean: false },
    patch(
      operation('replace', 'Patient.deceased', { name: 'value', valueDateTime: '2020-01-01' }),
      operation(
        'add',
        'Patient',
        { name: 'name', valueString: 'multipleBirth' },
        {
          name: 'value',
          valueInteger: 2,
        },
      ),
    ),
  )
  t.strictSame(result, {
    resourceType: 'Patient',
    deceasedDateTime: '2020-01-01',
    multipleBirthInteger: 2,
  })
})

t.test('primitives keep their extensions at their side', async t => {
  const extension = { url: 'http://example.org/x', valueString: 'y' }
  const add = (path: string) =>
    operation(
      'add',
      path,
      { name: 'name', valueString: 'extension' },
      {
        name: 'value',
        valueExtension: extension,
      },
    )
  const start = { resourceType: 'Patient', birthDate: '1970', name: [{ given: ['a', 'b'] }] }
  const extended = await patched(
    structuredClone(start),
    patch(add('Patient.birthDate'), add('Patient.name[0].given[1]')),
  )
  t.strictSame(extended, {
    ...start,
    _birthDate: { extension: [extension] },
    name: [{ given: ['a', 'b'], _given: [null, { extension: [extension] }] }],
  })
  const moved = await patched(
    structuredClone(extended),
    patch(
      operation(
        'move',
        'Patient.name[0].given',
        { name: 'source', valueInteger: 1 },
        {
          name: 'destination',
          valueInteger: 0,
        },
      ),
      operation('delete', 'Patient.birthDate.extension[0]'),
    ),
  )
  t.strictSame(moved, {
    ...start,
    name: [{ given: ['b', 'a'], _given: [{ extension: [extension] }, null] }],
  })
})

t.test('deleting what is not there changes nothing; deleting two at once is refused', async t => {
  const two = { resourceType: 'Patient', name: [{ text: 'a' }, { text: 'b' }] }
  const absent = patch(operation('delete', "Patient.name.where(use = 'old')"))
  t.strictSame(await patched(structuredClone(two), absent), two)
  await t.rejects(patched(structuredClone(two), patch(operation('delete', 'Patient.name'))), {
    code: 'patch-path-unresolved',
  })
})

t.test('adding to an element that is there and does not repeat is refused', async t => {
  const add = operation(
    'add',
    'Patient',
    { name: 'name', valueString: 'birthDate' },
    {
      name: 'value',
      valueDate: '1980',
    },
  )
  await t.rejects(patched({ resourceType: 'Patient', birthDate: '1970' }, patch(add)), {
    code: 'patch-path-unresolved',
    expression: 'Parameters.parameter[0]',
  })
})

t.test('a list is one list: insert refuses repetitions of different parents', async t => {
  const insert = operation(
    'insert',
    'Patient.name.given',
    { name: 'index', valueInteger: 0 },
    {
      name: 'value',
      valueString: 'c',
    },
  )
  const resource = { resourceType: 'Patient', name: [{ given: ['a'] }, { given: ['b'] }] }
  await t.rejects(patched(resource, patch(insert)), { code: 'patch-path-unresolved' })
})

t.test('what is no patch, or not on the list of what a path may hold, is refused', async t => {
  const value = { name: 'value', valueString: 'x' }
  const paths = [
    'Patient.name.where(',
    "Patient.name.where(family.matches('(a+)+$'))",
    'Patient.repeat(name)',
    'Patient.descendants()',
    '%resource.name',
    'Patient.name | Patient.contact',
    '1 + 1',
    "'text'",
    'true',
    'Patient.name.count()',
    `Patient.name${'.where(true'.repeat(9)}${')'.repeat(9)}`,
    `Patient.${'a'.repeat(500)}`,
  ]
  for (const path of paths)
    await t.rejects(
      patched({ resourceType: 'Patient', name: [{}] }, patch(operation('replace', path, value))),
      { code: 'patch-path-unsupported' },
      path.slice(0, 60),
    )
  for (const parameters of [
    patch({ name: 'other' }),
    patch({ name: 'operation' }),
    patch({ name: 'operation', part: [null] }),
    patch(operation('grow', 'Patient')),
    patch(operation('replace', 'Patient.name')),
    patch(operation('add', 'Patient', { name: 'name', valueString: 'name' }, { name: 'value' })),
    { resourceType: 'Parameters', parameter: 'x' },
  ])
    await t.rejects(
      patched({ resourceType: 'Patient', name: [{}] }, parameters),
      { code: 'patch-malformed' },
      JSON.stringify(parameters),
    )
})

t.test('a patch costs what its paths and the resource say, and no more than a bound', async t => {
  const name = Array.from({ length: 20_000 }, (_, at) => ({ text: `${at}` }))
  const costly = Array.from({ length: 100 }, () =>
    operation('delete', "Patient.name.where(text = 'x')"),
  )
  await t.rejects(patched({ resourceType: 'Patient', name }, patch(...costly)), {
    code: 'patch-too-costly',
  })
  const many = Array.from({ length: 101 }, () => operation('delete', 'Patient.name'))
  await t.rejects(patched({ resourceType: 'Patient' }, patch(...many)), {
    code: 'patch-too-many-operations',
  })
})
