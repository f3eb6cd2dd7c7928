import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { limits } from '../../src/fhir/limits.ts'
import { languages, textOf } from '../../src/fhir/outcome.ts'
import { validate } from '../../src/fhir/validate.ts'

const definitions = loadDefinitions()

/** Every issue as `code expression`. */
const problems = (resource: unknown): string[] =>
  validate(resource, definitions).map(({ code, expression }) => `${code} ${expression}`)

const final = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
const extended = (extension: unknown) =>
  problems({ resourceType: 'Patient', extension: [extension] })

t.test('An extension has a url and exactly one kind of content', async t => {
  t.same(extended({ url: 'http://x', valueString: 'x' }), [])
  t.same(extended({ url: 'http://x', extension: [{ url: 'y', valueCode: 'z' }] }), [])
  t.same(extended({ url: 'http://x' }), ['extension-content Patient.extension[0]'])
  t.same(
    extended({ url: 'http://x', valueString: 'x', extension: [{ url: 'y', valueCode: 'z' }] }),
    ['extension-content Patient.extension[0]'],
  )
  t.same(extended({ valueString: 'x' }), ['element-required Patient.extension[0].url'])
  t.same(extended({ url: 'http://x', valueString: 'x', valueCode: 'x' }), [
    'choice-repeated Patient.extension[0].valueCode',
  ])
  t.same(extended({ url: 'http://x', valueThing: 'x' }), [
    'element-unknown Patient.extension[0].valueThing',
  ])
})

t.test('References have one of the R4 forms and an allowed target', async t => {
  const referring = (reference: unknown) => problems({ ...final, subject: { reference } })
  for (const reference of [
    'Patient/1',
    'Patient/a.b-C/_history/2',
    'http://x.example/fhir/Patient/1',
    'https://x/Nothing/1',
    'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a',
    'urn:oid:1.2.3',
    'Group/1',
  ])
    t.same(referring(reference), [], reference)
  for (const reference of [
    'Patient',
    'Patient/',
    '/Patient/1',
    'Patient/1/',
    'Patient/1 2',
    'Patient/1/_history',
    'Patient/a_b',
    'Patient/' + 'x'.repeat(65),
    'Patient?identifier=1',
    'urn:uuid:1',
    'urn:oid:x',
    '# p',
    ' ',
    '张三',
  ])
    t.same(referring(reference), ['reference-malformed Observation.subject.reference'], reference)
  t.same(referring('patient/1'), ['reference-type-unknown Observation.subject.reference'])
  t.same(referring('Practitioner/1'), ['reference-target Observation.subject.reference'])
  t.same(referring(''), ['element-empty Observation.subject.reference'])
  t.same(referring(7), ['element-kind Observation.subject.reference'])
  t.same(referring('#p'), ['reference-contained-missing Observation.subject.reference'])
  t.same(problems({ ...final, focus: [{ reference: 'Practitioner/1' }] }), [], 'any target')
})

t.test('Contained resources are whole, but have no life of their own', async t => {
  const containing = (...contained: unknown[]) =>
    problems({ ...final, contained, focus: [{ reference: '#p' }] }).filter(
      problem => !problem.startsWith('reference-contained-missing Observation.focus'),
    )
  t.same(containing({ resourceType: 'Patient', id: 'p', meta: { profile: ['http://x'] } }), [])
  t.same(containing({ resourceType: 'Patient' }), [
    'contained-without-id Observation.contained[0].id',
  ])
  t.same(containing({ id: 'p' }), ['element-required Observation.contained[0].resourceType'])
  t.same(containing({ resourceType: 'Patient', id: 'p', gender: 'x' }), [
    'code-not-bound Observation.contained[0].gender',
  ])
  t.same(
    containing({
      resourceType: 'Patient',
      id: 'p',
      contained: [{ resourceType: 'Patient', id: 'q' }],
    }),
    ['contained-nested Observation.contained[0].contained'],
  )
  t.same(
    containing({
      resourceType: 'Patient',
      id: 'p',
      meta: { versionId: '1', lastUpdated: '2020-01-01T00:00:00Z', security: [{ code: 'R' }] },
    }),
    ['versionId', 'lastUpdated', 'security'].map(
      name => `contained-meta Observation.contained[0].meta.${name}`,
    ),
  )
  t.same(
    containing(
      {
        resourceType: 'Encounter',
        id: 'e',
        status: 'finished',
        class: { code: 'AMB' },
        subject: { reference: '#p' },
        serviceProvider: { reference: '#' },
      },
      { resourceType: 'Patient', id: 'p' },
    ),
    [],
    'contained resources may refer to each other',
  )
  t.same(
    containing(
      { resourceType: 'Patient', id: 'p', managingOrganization: { reference: '#o' } },
      { resourceType: 'Organization', id: 'o', name: 'x' },
      { resourceType: 'Organization', id: 'unused', name: 'x' },
    ),
    ['contained-unreferenced Observation.contained[2]'],
    'each is referred to, by whichever part of the resource',
  )
})

t.test('Resources inside bundles and parameters are validated where they stand', async t => {
  const fullUrl = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a'
  const other = 'urn:uuid:7b0d33c2-9a4b-4f0e-8d57-3b1f6a2f9c11'
  const entry = { fullUrl: other, resource: { ...final, subject: { reference: '#p' } } }
  const contained = [{ resourceType: 'Patient', id: 'p' }]
  t.same(
    problems({
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl, resource: { ...final, contained, subject: { reference: '#p' } } }, entry],
    }),
    ['reference-contained-missing Bundle.entry[1].resource.subject.reference'],
  )
  t.same(
    problems({
      resourceType: 'Parameters',
      parameter: [{ name: 'x', resource: { resourceType: 'Patient', gender: 'm' } }],
    }),
    ['code-not-bound Parameters.parameter[0].resource.gender'],
  )
})

t.test('Required codes are checked, alone and in concepts', async t => {
  t.same(problems({ ...final, status: 'Final' }), ['code-not-bound Observation.status'])
  t.match(validate({ ...final, status: 'done' }, definitions), [
    { type: 'code-invalid', parameters: { expected: /final/ } },
  ])
  const system = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
  const condition = (clinicalStatus: unknown) =>
    problems({ resourceType: 'Condition', subject: { display: 'x' }, clinicalStatus })
  t.same(
    condition({
      coding: [
        { system: 'http://local', code: '1' },
        { system, code: 'active' },
      ],
    }),
    [],
  )
  const expected = ['concept-not-bound Condition.clinicalStatus']
  t.same(condition({ coding: [{ system, code: 'Active' }] }), expected)
  t.same(condition({ coding: [{ system: 'http://local', code: 'active' }] }), expected)
  t.same(condition({ coding: [{ code: 'active' }] }), expected)
  t.same(condition({ text: 'active' }), expected)
  t.same(condition({ extension: [{ url: 'http://x', valueCode: 'unknown' }] }), [])
})

t.test('Numbers keep to their type, whatever way they are written', async t => {
  const valued = (name: string, literal: string) =>
    problems(
      parseJson(
        Buffer.from(
          `{"resourceType":"Parameters","parameter":[{"name":"x","${name}":${literal}}]}`,
        ),
      ),
    )
  const at = (name: string) => `Parameters.parameter[0].${name}`
  for (const literal of ['0', '-5', '2147483647', '-2147483648'])
    t.same(valued('valueInteger', literal), [], literal)
  for (const literal of ['1.0', '1e2', '-0', '2147483648', '1.5'])
    t.same(valued('valueInteger', literal), [`value-not-integer ${at('valueInteger')}`], literal)
  t.same(valued('valuePositiveInt', '0'), [`value-not-positive-int ${at('valuePositiveInt')}`])
  t.same(valued('valueUnsignedInt', '-1'), [`value-not-unsigned-int ${at('valueUnsignedInt')}`])
  for (const literal of ['1.10', '1e2', '-0.00', '0e5', '123456789012345678.123'])
    t.same(valued('valueDecimal', literal), [], literal)
  for (const literal of ['1e999', '1e-999', '1'.repeat(65)])
    t.same(valued('valueDecimal', literal), [`value-not-decimal ${at('valueDecimal')}`], literal)
  t.same(valued('valueString', '1.10'), [`element-kind ${at('valueString')}`])
  t.same(valued('valueQuantity', '1.10'), [`element-kind ${at('valueQuantity')}`])
})

t.test('No more issues than the limit are kept, and none of them repeats a value', async t => {
  const secret = '张三丰110101199003077758'
  const many = {
    ...final,
    subject: { reference: secret, display: 7 },
    valueString: `${secret}\u0000`,
    issued: secret,
    note: Array(500).fill({ texts: secret, time: secret }),
  }
  const found = validate(many, definitions)
  t.equal(found.length, limits.issuesMax)
  for (const { code, parameters = {} } of found)
    for (const language of languages) {
      const text = textOf(code, parameters, language)
      if (text.includes('张三') || /\{\w+\}/.test(text)) t.fail(text)
    }
})

t.test('Codes of grammars are checked: media types, languages, currencies, units', async t => {
  const media = (content: object) =>
    problems({ ...{ resourceType: 'Media', status: 'completed' }, content })
  for (const contentType of [
    'application/pdf',
    'text/plain; charset=utf-8',
    'image/svg+xml',
    'application/fhir+json;fhirVersion=4.0',
  ])
    t.same(media({ contentType, url: 'http://x' }), [], contentType)
  for (const contentType of ['pdf', 'application', 'application/', '/pdf', 'a b/c', 'a/b/c'])
    t.same(media({ contentType, url: 'http://x' }), [
      'code-not-of-system Media.content.contentType',
    ])
  for (const language of ['zh', 'zh-CN', 'zh-Hans-CN', 'en-US', 'x-own', 'yue'])
    t.same(problems({ resourceType: 'Patient', language }), [], language)
  for (const language of ['zh_CN', 'Chinese!', '中文', 'a', 'zh-'])
    t.same(problems({ resourceType: 'Patient', language }), ['code-not-of-system Patient.language'])
  const account = (currency: string) =>
    problems({
      ...{ resourceType: 'Invoice', status: 'draft' },
      totalNet: { value: 1, currency },
    })
  for (const currency of ['CNY', 'EUR', 'HKD', 'XXX']) t.same(account(currency), [], currency)
  for (const currency of ['RMB', 'cny', '元', 'ZZZ'])
    t.same(account(currency), ['code-not-of-system Invoice.totalNet.currency'], currency)
  const unit = (code: string, system = 'http://unitsofmeasure.org') =>
    problems({
      ...{ resourceType: 'ResearchElementDefinition', status: 'draft', type: 'exposure' },
      characteristic: [
        { definitionCanonical: 'http://x', unitOfMeasure: { coding: [{ system, code }] } },
      ],
    })
  for (const code of ['mg/dL', '10*9/L', '[IU]/mL', '%'])
    t.same(unit(code).filter(isUnit), [], code)
  for (const code of ['mg per dL', 'fmm[Hg]', '次/分'])
    t.same(unit(code).filter(isUnit), [`concept-not-bound ${unitPlace}`], code)
  t.same(unit('mg/dL', 'urn:other').filter(isUnit), [`concept-not-bound ${unitPlace}`])
})
const unitPlace = 'ResearchElementDefinition.characteristic[0].unitOfMeasure'
const isUnit = (problem: string): boolean => problem.endsWith(unitPlace)

t.test('Only a practitioner is in a care team on behalf of an organization', async t => {
  const team = (member: object) =>
    problems({
      resourceType: 'CareTeam',
      participant: [{ member, onBehalfOf: { reference: 'Organization/o' } }],
    })
  t.same(team({ reference: 'Practitioner/p' }), [])
  t.same(team({ display: '李医生' }), [], 'nobody can tell')
  for (const member of [{ reference: 'Patient/p' }, { type: 'RelatedPerson', display: 'x' }])
    t.same(team(member), ['care-team-on-behalf-of CareTeam.participant[0].onBehalfOf'])
})
