import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { textOf } from '../../src/fhir/outcome.ts'
import { openProfiles } from '../../src/fhir/profile-packages.ts'
import { profileSource } from '../../src/fhir/profile-source.ts'
import { createProfiles, type Profiles } from '../../src/fhir/profiles.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { validate } from '../../src/fhir/validate.ts'
import { data } from '../data.ts'
import { filesIn } from './corpus.ts'

/** @see https://hl7.org/fhir/R4/profiling.html */
const definitions = loadDefinitions()
const url = 'http://hospital.test/StructureDefinition/x'

interface Differential {
  readonly id: string
  readonly [member: string]: unknown
}

const profileOf = (type: string, ...element: readonly Differential[]): Record<string, unknown> => ({
  resourceType: 'StructureDefinition',
  ...{ url, type, derivation: 'constraint' },
  baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
  differential: { element: element.map(one => ({ path: one.id.replace(/:[^.]+/g, ''), ...one })) },
})

const profilesOf = (...resources: readonly unknown[]): Profiles =>
  createProfiles(
    definitions,
    resources.flatMap(resource => profileSource(resource) ?? []),
  )

/** What is found by the profile `url`, as code and element, with the text. */
const found = (resource: unknown, profiles: Profiles, wantsWarnings = false): string[] =>
  validate(resource, definitions, { profiles, canonicals: [url], wantsWarnings })
    .filter(({ code }) => code !== 'invariant-broken')
    .map(({ code, expression }) => `${code} ${expression}`)
const texts = (resource: unknown, profiles: Profiles): string[] =>
  validate(resource, definitions, { profiles, canonicals: [url] }).map(
    ({ code, parameters = {}, local }) => textOf(code, parameters, 'en', local),
  )

const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] })
const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: loinc('85354-9'),
  component: [
    { code: loinc('8480-6'), valueQuantity: { value: 120 } },
    { code: loinc('8462-4'), valueQuantity: { value: 80 } },
  ],
}
const sliced = (
  rules: string,
  discriminator: { type: string; path: string },
  ...slices: Differential[]
) =>
  profilesOf(
    profileOf(
      'Observation',
      { id: 'Observation.component', slicing: { discriminator: [discriminator], rules } },
      ...slices,
    ),
  )
const pressure = (rules: string) =>
  sliced(
    rules,
    { type: 'pattern', path: 'code' },
    { id: 'Observation.component:systolic', sliceName: 'systolic', min: 1, max: '1' },
    { id: 'Observation.component:systolic.code', patternCodeableConcept: loinc('8480-6') },
    { id: 'Observation.component:diastolic', sliceName: 'diastolic', min: 0, max: '1' },
    { id: 'Observation.component:diastolic.code', patternCodeableConcept: loinc('8462-4') },
    { id: 'Observation.component:diastolic.value[x]', type: [{ code: 'Quantity' }], min: 1 },
  )

t.test(
  'elements are counted, fixed, patterned, typed and supported as the profile says',
  async t => {
    const profiles = profilesOf(
      profileOf(
        'Observation',
        { id: 'Observation.subject', min: 1 },
        { id: 'Observation.note', max: '0' },
        { id: 'Observation.status', fixedCode: 'final' },
        { id: 'Observation.code', patternCodeableConcept: loinc('85354-9') },
        { id: 'Observation.value[x]', type: [{ code: 'Quantity' }] },
        { id: 'Observation.method', mustSupport: true },
      ),
    )
    t.same(found({ ...observation, subject: { display: 'x' } }, profiles), [])
    t.same(found(observation, profiles), ['profile-element-required Observation'])
    const wrong = {
      ...{ ...observation, status: 'amended', code: loinc('1-8'), subject: { display: 'x' } },
      ...{ note: [{ text: 'x' }], valueString: 'x' },
    }
    t.same(found(wrong, profiles).sort(), [
      'profile-element-too-many Observation',
      'profile-fixed Observation.status',
      'profile-pattern Observation.code',
      'profile-type Observation.valueString',
    ])
    t.ok(found(observation, profiles, true).includes('must-support-absent Observation'))
  },
)

t.test('an item belongs to the slice its discriminators tell; others may be refused', async t => {
  t.same(found(observation, pressure('closed')), [])
  const third = { code: loinc('8478-0'), valueQuantity: { value: 93 } }
  const more = { ...observation, component: [...observation.component, third] }
  t.same(found(more, pressure('open')), [])
  t.same(found(more, pressure('closed')), ['slice-none Observation.component[2]'])
  const twice = { ...observation, component: [...observation.component, observation.component[0]] }
  t.same(found(twice, pressure('open')), ['slice-too-many Observation'])
  const text = { code: loinc('8462-4'), valueString: 'low' }
  t.same(found({ ...observation, component: [observation.component[0], text] }, pressure('open')), [
    'profile-type Observation.component[1].valueString',
  ])
})

t.test('what misses a slice is told of by slice, discriminator and what was found', async t => {
  const wrong = {
    ...observation,
    component: [{ ...observation.component[0], code: loinc('8480-7') }],
  }
  const [text = ''] = texts(wrong, pressure('open'))
  t.match(text, /slice "systolic" of "component" has 0 items, at least 1/)
  t.match(
    text,
    /discriminator "code" expected http:\/\/loinc\.org\|8480-6, found http:\/\/loinc\.org\|8480-7/,
  )
})

t.test('slices are told by value, existence, type and profile, and below a reference', async t => {
  const byValue = sliced(
    'closed',
    { type: 'value', path: 'code.coding.code' },
    { id: 'Observation.component:a', sliceName: 'a', max: '2' },
    { id: 'Observation.component:a.code.coding.code', fixedCode: '8480-6' },
  )
  t.same(found(observation, byValue), ['slice-none Observation.component[1]'])
  const byExistence = sliced(
    'closed',
    { type: 'exists', path: 'interpretation' },
    { id: 'Observation.component:a', sliceName: 'a', max: '*' },
    { id: 'Observation.component:a.interpretation', max: '0' },
  )
  t.same(found(observation, byExistence), [])
  const [first, second] = observation.component
  const judged = { ...first, interpretation: [{ text: 'x' }] }
  t.same(found({ ...observation, component: [judged, second] }, byExistence), [
    'slice-none Observation.component[0]',
  ])
  const byType = sliced(
    'closed',
    { type: 'type', path: 'value' },
    { id: 'Observation.component:a', sliceName: 'a', max: '*' },
    { id: 'Observation.component:a.value[x]', type: [{ code: 'string' }] },
  )
  t.same(found(observation, byType), [
    'slice-none Observation.component[0]',
    'slice-none Observation.component[1]',
  ])
  const performers = profilesOf(
    profileOf(
      'Observation',
      {
        id: 'Observation.performer',
        slicing: { discriminator: [{ type: 'type', path: 'resolve()' }], rules: 'closed' },
      },
      { id: 'Observation.performer:doctor', sliceName: 'doctor', min: 1, max: '1' },
      {
        id: 'Observation.performer:doctor',
        sliceName: 'doctor',
        type: [
          {
            code: 'Reference',
            targetProfile: ['http://hl7.org/fhir/StructureDefinition/Practitioner'],
          },
        ],
      },
    ),
  )
  const contained = (resourceType: string) => ({
    ...observation,
    contained: [{ resourceType, id: 'p', name: resourceType === 'Organization' ? 'x' : undefined }],
    performer: [{ reference: '#p' }],
  })
  t.same(found(JSON.parse(JSON.stringify(contained('Practitioner'))), performers), [])
  t.same(
    found(JSON.parse(JSON.stringify(contained('Organization'))), performers),
    ['slice-missing-nearest Observation', 'slice-none Observation.performer[0]'].sort().reverse(),
  )
})

t.test('slices of slices, and slices inside slices, hold', async t => {
  const nested = sliced(
    'open',
    { type: 'pattern', path: 'code' },
    {
      id: 'Observation.component:bp',
      sliceName: 'bp',
      min: 1,
      max: '*',
      slicing: { discriminator: [{ type: 'exists', path: 'dataAbsentReason' }], rules: 'open' },
    },
    { id: 'Observation.component:bp.code', patternCodeableConcept: loinc('8480-6') },
    { id: 'Observation.component:bp/known', sliceName: 'bp/known', min: 1, max: '1' },
    { id: 'Observation.component:bp/known.dataAbsentReason', max: '0' },
    {
      id: 'Observation.component:bp.code.coding',
      slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
    },
    { id: 'Observation.component:bp.code.coding:local', sliceName: 'local', min: 1 },
    { id: 'Observation.component:bp.code.coding:local.system', fixedUri: 'http://hospital.test' },
  )
  t.same(found(observation, nested), ['slice-missing-nearest Observation.component[0].code'])
  const local = { system: 'http://hospital.test', code: '1' }
  const component = [
    { ...observation.component[0], code: { coding: [...loinc('8480-6').coding, local] } },
  ]
  t.same(found({ ...observation, component }, nested), [])
  const absent = [{ code: component[0]!.code, dataAbsentReason: { text: 'x' } }]
  t.same(found({ ...observation, component: absent }, nested), [
    'slice-missing-nearest Observation',
  ])
})

t.test(
  'profiles build on profiles, by differential or snapshot, and versions are told apart',
  async t => {
    const base = {
      ...profileOf('Patient', { id: 'Patient.name', min: 1 }),
      url: `${url}-base`,
      version: '1',
    }
    const own = {
      ...profileOf('Patient', { id: 'Patient.gender', min: 1 }),
      baseDefinition: `${url}-base`,
    }
    t.same(found({ resourceType: 'Patient' }, profilesOf(base, own)), [
      'profile-element-required Patient',
      'profile-element-required Patient',
    ])
    const element = [{ id: 'Patient.gender', path: 'Patient.gender', min: 1 }]
    const snapshot = { ...own, differential: undefined, snapshot: { element } }
    t.same(found({ resourceType: 'Patient' }, profilesOf(snapshot)), [
      'profile-element-required Patient',
    ])
    const profiles = profilesOf(base, { ...base, version: '2', differential: { element: [] } })
    const claim = (version: string) => ({
      resourceType: 'Patient',
      meta: { profile: [`${url}-base|${version}`] },
    })
    const issues = (version: string) =>
      validate(claim(version), definitions, { profiles, wantsWarnings: true }).map(
        ({ code }) => code,
      )
    t.ok(issues('1').includes('profile-element-required'))
    t.notOk(issues('2').includes('profile-element-required'))
    t.ok(issues('3').includes('profile-unknown'))
    t.same(
      found(
        { resourceType: 'Observation', status: 'final', code: { text: 'x' } },
        profilesOf(base, own),
      ),
      ['profile-of-other-type Observation'],
    )
  },
)

t.test('constraints, bindings and targets of a profile hold', async t => {
  const profiles = profilesOf(
    profileOf(
      'Observation',
      {
        id: 'Observation',
        constraint: [
          { key: 'x-1', severity: 'error', human: 'A value.', expression: 'value.exists()' },
        ],
      },
      {
        id: 'Observation.category',
        binding: {
          strength: 'required',
          valueSet: 'http://hl7.org/fhir/ValueSet/observation-category',
        },
      },
      {
        id: 'Observation.subject',
        type: [
          { code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Patient'] },
        ],
      },
    ),
  )
  const wrong = { ...observation, category: [{ text: 'x' }], subject: { reference: 'Group/1' } }
  t.same(found(wrong, profiles).sort(), [
    'profile-binding Observation.category[0]',
    'profile-rule-broken Observation',
    'profile-target Observation.subject',
  ])
})

t.test(
  'extensions stand and hold what their definitions say; unknown modifiers are refused',
  async t => {
    const profiles = createProfiles(definitions)
    const issues = (patient: Record<string, unknown>) =>
      validate({ resourceType: 'Patient', ...patient }, definitions, { profiles }).map(
        ({ code, expression }) => `${code} ${expression}`,
      )
    const core = 'http://hl7.org/fhir/StructureDefinition/'
    t.same(
      issues({ extension: [{ url: `${core}patient-birthPlace`, valueAddress: { city: 'x' } }] }),
      [],
    )
    t.same(issues({ extension: [{ url: `${core}patient-birthPlace`, valueString: 'x' }] }), [
      'profile-type Patient.extension[0].valueString',
    ])
    t.same(
      issues({
        name: [
          {
            text: 'x',
            extension: [{ url: `${core}patient-birthPlace`, valueAddress: { city: 'x' } }],
          },
        ],
      }),
      ['extension-context Patient.name[0].extension[0]'],
    )
    t.same(
      issues({
        birthDate: '2000-01-01',
        _birthDate: {
          extension: [{ url: `${core}patient-birthTime`, valueDateTime: '2000-01-01T01:00:00Z' }],
        },
      }),
      [],
    )
    t.same(
      issues({ extension: [{ url: 'http://hospital.test/any', valueString: 'x' }] }),
      [],
      'unknown extensions say more, and change nothing',
    )
    t.same(issues({ modifierExtension: [{ url: 'http://hospital.test/any', valueString: 'x' }] }), [
      'modifier-extension-unknown Patient.modifierExtension[0].url',
    ])
    t.same(
      issues({
        modifierExtension: [{ url: `${core}patient-birthPlace`, valueAddress: { city: 'x' } }],
      })[0],
      'extension-modifier Patient.modifierExtension[0]',
    )
  },
)

t.test('the official examples meet the profiles and extensions of R4 they name', async t => {
  const folder = data(t, '02-hl7-r4-examples/instances')
  if (folder === undefined) return
  const profiles = createProfiles(definitions)
  const wrong: string[] = []
  for (const [file, resource] of filesIn(folder))
    for (const { code, expression } of validate(resource, definitions, { profiles }))
      if (/profile|slice|extension/.test(code)) wrong.push(`${file} ${code} ${expression}`)
  t.same(
    wrong,
    [0, 1, 2].map(
      at => `Basic-referral.json modifier-extension-unknown Basic.modifierExtension[${at}].url`,
    ),
    'modifier extensions of example.org, which are defined nowhere',
  )
})

t.test('the 183 examples of US Core meet their profiles', async t => {
  const archive = data(t, '02-hl7-r4-examples/us-core-6.1.0-package.tgz')
  if (archive === undefined) return
  const folder = mkdtempSync(join(tmpdir(), 'huizhen-us-core-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  copyFileSync(archive, join(folder, 'us-core.tgz'))
  writeFileSync(join(folder, 'no-resource.json'), '[]')
  const profiles = await openProfiles(definitions, folder)
  t.ok(profiles.canonicals('Patient').some(canonical => canonical.endsWith('us-core-patient')))
  await t.rejects(openProfiles(definitions, join(folder, 'absent')), { name: 'ProfilesRefused' })
  execFileSync('tar', ['xzf', archive, '-C', folder])
  const read = (path: string) => parseJson(readFileSync(path)) as Resource
  const packaged = join(folder, 'package')
  let count = 0
  for (const name of readdirSync(join(packaged, 'example'))) {
    if (!name.endsWith('.json')) continue
    const resource = read(join(packaged, 'example', name))
    if (resource.resourceType === undefined) continue
    count++
    const issues = validate(resource, definitions, { profiles })
    if (issues.length > 0) t.fail(`${name} ${issues[0]!.code} ${issues[0]!.expression}`)
  }
  t.equal(count, 183)
})
