import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { validate } from '../../src/fhir/validate.ts'

const definitions = loadDefinitions()

/** Every issue as `code expression`. */
const problems = (resource: unknown): string[] =>
  validate(resource, definitions).map(({ code, expression }) => `${code} ${expression}`)

const final = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }

t.test('A sound resource has no problem', async t => {
  t.same(problems({ resourceType: 'Patient' }), [])
  t.same(
    problems({
      ...final,
      contained: [{ resourceType: 'Patient', id: 'p' }],
      subject: { reference: '#p' },
      component: [{ code: { text: 'x' }, valueQuantity: { value: 1.5, unit: 'kg' } }],
      effectiveDateTime: '2024-02-29T09:30:00+08:00',
    }),
    [],
  )
})

t.test('What is no resource is said to be none', async t => {
  for (const value of [null, 7, 'x', [], [final], true])
    t.same(problems(value), ['json-not-resource undefined'])
  t.same(problems({}), ['element-required Resource.resourceType'])
  t.same(problems({ resourceType: 7 }), ['element-kind Resource.resourceType'])
  for (const resourceType of [
    'patient',
    'Patiens',
    'HumanName',
    'string',
    'Resource',
    'DomainResource',
    'Observation.component',
  ])
    t.same(
      problems({ resourceType })
        .slice(0, 1)
        .map(found => found.split(' ')[0]),
      ['resource-type-unknown'],
      resourceType,
    )
  const [issue] = validate({ resourceType: 'Pateint' }, definitions)
  t.match(issue?.parameters, { found: 'Pateint', nearest: /^Patient/ })
})

t.test('Unknown elements are found at every depth, with the nearest names', async t => {
  t.same(problems({ ...final, statuss: 'x', _meta2: {}, fhir_comments: [] }), [
    'element-unknown Observation.statuss',
    'element-unknown Observation._meta2',
    'element-unknown Observation.fhir_comments',
  ])
  t.same(problems({ ...final, value: 1, component: [{ code: { texts: 'x', text: 'x' } }] }), [
    'element-unknown Observation.value',
    'element-unknown Observation.component[0].code.texts',
  ])
  t.same(problems({ resourceType: 'Patient', name: [{ resourceType: 'HumanName', text: 'x' }] }), [
    'element-unknown Patient.name[0].resourceType',
  ])
  const [issue] = validate({ resourceType: 'Patient', birthdate: '2000' }, definitions)
  t.match(issue, {
    type: 'structure',
    severity: 'error',
    parameters: { type: 'Patient', nearest: /^birthDate/ },
  })
  t.same(problems({ ...final, constructor: {}, toString: 'x', hasOwnProperty: 'x' }), [
    'element-unknown Observation.constructor',
    'element-unknown Observation.toString',
    'element-unknown Observation.hasOwnProperty',
  ])
})

t.test('Wrong JSON kinds, nulls and empty values are refused', async t => {
  t.same(
    problems({
      ...final,
      status: ['final'],
      code: [{ text: 'x' }],
      category: { text: 'x' },
      subject: 'Patient/1',
    }),
    [
      'element-kind Observation.status',
      'element-kind Observation.code',
      'element-kind Observation.category',
      'element-kind Observation.subject',
    ],
  )
  t.same(problems({ ...final, valueBoolean: 'true' }), ['element-kind Observation.valueBoolean'])
  t.same(problems({ ...final, valueInteger: '1' }), ['element-kind Observation.valueInteger'])
  t.same(problems({ resourceType: 'Patient', name: [{ given: [7, 'x'] }, 'x', null, []] }), [
    'element-kind Patient.name[0].given[0]',
    'element-kind Patient.name[1]',
    'element-null Patient.name[2]',
    'element-kind Patient.name[3]',
  ])
  t.same(
    problems({
      ...final,
      subject: null,
      note: null,
      issued: null,
      category: [],
      bodySite: {},
      valueString: '',
    }),
    [
      'element-null Observation.subject',
      'element-null Observation.note',
      'element-null Observation.issued',
      'element-empty Observation.category',
      'element-empty Observation.bodySite',
      'element-empty Observation.valueString',
    ],
  )
  t.same(problems({ ...final, bodySite: { id: 'x' } }), [
    'element-without-content Observation.bodySite',
  ])
})

t.test('What must be there and is not is named', async t => {
  t.same(problems({ resourceType: 'Observation', component: [{ valueString: 'x' }] }), [
    'element-required Observation.component[0].code',
    'element-required Observation.status',
    'element-required Observation.code',
  ])
  t.same(
    problems({
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      subject: { display: 'x' },
    }),
    ['element-required MedicationRequest.medication'],
  )
  const absent = { extension: [{ url: 'http://x', valueCode: 'unknown' }] }
  t.same(
    problems({ resourceType: 'Observation', code: { text: 'x' }, _status: absent }),
    [],
    'an extension stands for the value',
  )
  const url = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
  const unknown = { extension: [{ url, valueCode: 'unknown' }] }
  t.same(
    problems({ resourceType: 'Observation', code: { text: 'x' }, _status: unknown }),
    ['code-absent Observation.status'],
    'but a code that must be of a value set is not said to be absent',
  )
})

t.test('Every resource type misses exactly what R4 requires of it', async t => {
  for (const name of definitions.resourceTypes) {
    const required = new Set(
      [...definitions.types.get(name)!.elements.values()]
        .filter(element => element.min > 0)
        .map(element => `element-required ${name}.${element.choice ?? element.name}`),
    )
    const found = problems({ resourceType: name })
    if (required.size > 0) t.same(found, [...required], name)
    else
      t.ok(
        found.every(problem => problem.startsWith('invariant-broken')),
        `${name}: ${found.join(', ')}`,
      )
  }
})

t.test('A choice takes one form, and the sibling of that form', async t => {
  const extension = [{ url: 'http://x', valueCode: 'x' }]
  t.same(problems({ ...final, valueString: 'x', _valueString: { extension } }), [])
  t.same(problems({ ...final, valueString: 'x', valueQuantity: { value: 1 } }), [
    'choice-repeated Observation.valueQuantity',
  ])
  t.same(
    problems({ ...final, valueQuantity: { value: 1 }, valueBoolean: true, valueString: 'x' }),
    ['choice-repeated Observation.valueString'],
  )
  t.same(problems({ ...final, valueQuantity: { value: 1 }, _valueString: { extension } }), [
    'choice-repeated Observation.valueString',
  ])
  t.same(problems({ ...final, valueAddress: { text: 'x' } }), [
    'element-unknown Observation.valueAddress',
  ])
  t.same(
    problems({ ...final, valueString: 'x', effectiveDateTime: '2020' }),
    [],
    'two choices, one form each',
  )
})

t.test('Cardinality above is checked where it is a number', async t => {
  const div = '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'
  const _div = { extension: [{ url: 'http://x', valueCode: 'x' }] }
  t.same(
    problems({ resourceType: 'Basic', code: { text: 'x' }, text: { status: 'empty', div, _div } }),
    ['element-too-many Basic.text.div.extension'],
    'xhtml has no extensions',
  )
  const patient = definitions.types.get('Patient')!
  const name = { ...patient.elements.get('name')!, max: 1 }
  const types = new Map(definitions.types)
  types.set('Patient', { ...patient, elements: new Map(patient.elements).set('name', name) })
  const found = validate(
    { resourceType: 'Patient', name: [{ text: 'a' }, { text: 'b' }] },
    { ...definitions, types },
  )
  t.match(found, [
    { code: 'element-too-many', expression: 'Patient.name', parameters: { max: 1, found: 2 } },
  ])
})

t.test('The id and extensions of primitives live in their sibling', async t => {
  const extension = [{ url: 'http://x', valueString: 'x' }]
  const patient = { resourceType: 'Patient' }
  t.same(problems({ ...patient, birthDate: '2000', _birthDate: { id: 'x' } }), [])
  t.same(problems({ ...patient, _birthDate: { id: 'x' } }), [
    'element-without-content Patient.birthDate',
  ])
  t.same(problems({ ...patient, birthDate: '2000', _birthDate: { value: 'x' } }), [
    'element-unknown Patient.birthDate.value',
  ])
  t.same(problems({ ...patient, birthDate: '2000', _birthDate: 'x' }), [
    'element-kind Patient.birthDate',
  ])
  t.same(problems({ ...patient, birthDate: '2000', _birthDate: null }), [
    'element-kind Patient.birthDate',
  ])
  t.same(problems({ ...patient, _birthDate: { extension: [{ url: 'x' }] } }), [
    'extension-content Patient.birthDate.extension[0]',
  ])
  t.same(
    problems({ ...patient, name: [{ given: ['a', null], _given: [null, { extension }] }] }),
    [],
  )
  t.same(problems({ ...patient, name: [{ given: ['a', null], _given: [{ extension }, null] }] }), [
    'element-null Patient.name[0].given[1]',
  ])
  t.same(problems({ ...patient, name: [{ given: [null] }] }), [
    'element-null Patient.name[0].given[0]',
  ])
  t.same(problems({ ...patient, name: [{ _given: [null, { extension }] }] }), [
    'element-null Patient.name[0].given[0]',
  ])
  t.same(problems({ ...patient, name: [{ given: 'a', _given: { extension } }] }), [
    'element-kind Patient.name[0].given',
    'element-kind Patient.name[0].given',
  ])
  t.same(problems({ ...patient, _name: [{ extension }] }), ['element-unknown Patient._name'])
})
