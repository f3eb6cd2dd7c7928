import fc from 'fast-check'
import type { Resource } from '../../../src/fhir/resource.ts'
import { no6, tinglin, zhujing } from '../fixture.ts'
import type { Row } from './evaluate.ts'

/** Few words, so that queries and resources meet often. */
export const words = {
  codes: ['a', 'b', 'c'],
  systems: ['urn:s', 'urn:t'],
  names: ['Anna', 'anna maria', 'Ánna', 'Bert', 'Bertha', 'annabel'],
  dates: [
    ...['2024', '2024-02', '2024-02-29', '2024-03', '2024-03-01', '2023-12-31', '2025'],
    ...['2024-02-29T16:00:00Z', '2024-02-29T23:59:59+08:00', '2024-03-01T00:00:00+08:00'],
    ...['2024-03-01T10:30:15.250Z', '2024-02-28T20:00:00-05:00'],
  ],
  numbers: ['5', '5.0', '5.4', '5.35', '5.45', '10', '100', '0.005', '-2', '0'],
  units: ['g', 'mg', 'kg'],
  urls: [
    'http://a.test/x',
    'http://a.test/x/y',
    'http://a.test/xy',
    'urn:oid:1.2',
    'http://a.test',
  ],
  patients: ['p0', 'p1', 'p2', 'p3'],
  encounters: ['e0', 'e1', 'e2', 'e9'],
  organizations: ['g0', 'g1', 'g2'],
  observations: ['o0', 'o1', 'o2', 'o3'],
  texts: [
    ...['bone marrow', 'Marrow, bone', 'bone', '高血压病史', '血压高', '头痛 3 天, bone', '無头痛'],
    ...['Ánna liver-biopsy', '高 血压', 'x血压y'],
  ],
}
export const ucum = 'http://unitsofmeasure.org'

/**
 * What a random world is made of: its resources with owners, the patients open to No. 6, and those of
 * them whose consents keep something else back.
 */
export interface World {
  readonly rows: readonly Row[]
  readonly open: readonly string[]
  readonly limited: readonly string[]
}

const of = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 })

/** Without the members that are undefined. */
const element = <T extends Record<string, unknown>>(members: {
  readonly [Name in keyof T]: fc.Arbitrary<T[Name]>
}): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .record(members)
    .map(record =>
      Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)),
    )

const text = of(words.texts)
const narrative = maybe(
  fc.array(text, { minLength: 1, maxLength: 2 }).map(parts => ({
    status: 'generated',
    div: `<div xmlns="http://www.w3.org/1999/xhtml">${parts.map(part => `<p>${part}</p>`).join('')}</div>`,
  })),
)
const coding = element({
  system: maybe(of(words.systems)),
  code: of(words.codes),
  display: maybe(text),
})
const concept = element({
  coding: fc.array(coding, { minLength: 1, maxLength: 2 }),
  text: maybe(text),
})
const identifier = element({
  system: maybe(of(words.systems)),
  value: of(words.codes),
  type: maybe(
    element({ coding: fc.array(coding, { minLength: 1, maxLength: 1 }), text: maybe(text) }),
  ),
})
const refer = (type: string, ids: readonly string[]) =>
  element({
    reference: of(ids.map(id => `${type}/${id}`)),
    display: maybe(text),
  })
const logical = (type: string) => element({ type: fc.constant(type), identifier })
const quantity = element({
  value: of(words.numbers.map(Number)),
  unit: maybe(of(words.units)),
  system: maybe(fc.constant(ucum)),
  code: maybe(of(words.units)),
})
const date = of(words.dates)
const day = of(words.dates.filter(text => !text.includes('T')))
const period = element({ start: maybe(date), end: maybe(date) }).map(({ start, end }) =>
  ordered(start as string | undefined, end as string | undefined),
)

/** A Period ends after it begins. */
const ordered = (start: string | undefined, end: string | undefined): Record<string, string> => {
  if (start === undefined) return end === undefined ? { start: '2024' } : { end }
  return end === undefined || Date.parse(start) > Date.parse(end) ? { start } : { start, end }
}

const list = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 2) =>
  fc.array(arbitrary, { minLength: 1, maxLength })

const patient = element({
  text: narrative,
  identifier: maybe(list(identifier)),
  active: maybe(fc.boolean()),
  name: maybe(
    list(element({ family: maybe(of(words.names)), given: maybe(list(of(words.names))) })),
  ),
  telecom: maybe(list(element({ system: of(['phone', 'email']), value: of(words.codes) }))),
  gender: maybe(of(['male', 'female'])),
  birthDate: maybe(day),
  managingOrganization: maybe(refer('Organization', words.organizations)),
})

const organization = element({
  identifier: maybe(list(identifier)),
  name: of(words.names),
  type: maybe(list(concept)),
  partOf: maybe(refer('Organization', words.organizations)),
})

const subject = fc.oneof(
  { weight: 6, arbitrary: refer('Patient', words.patients) },
  { weight: 1, arbitrary: logical('Patient') },
)

const encounter = element({
  status: of(['planned', 'finished']),
  class: coding,
  type: maybe(list(concept)),
  subject: maybe(subject),
  period: maybe(period),
  serviceProvider: maybe(refer('Organization', words.organizations)),
  partOf: maybe(refer('Encounter', words.encounters)),
})

const value = fc.oneof(
  quantity.map(valueQuantity => ({ valueQuantity })),
  of(words.names).map(valueString => ({ valueString })),
  concept.map(valueCodeableConcept => ({ valueCodeableConcept })),
  fc.constant({}),
)
const effective = fc.oneof(
  date.map(effectiveDateTime => ({ effectiveDateTime })),
  period.map(effectivePeriod => ({ effectivePeriod })),
  fc.constant({}),
)
const component = fc
  .tuple(element({ code: concept }), value)
  .map(([code, found]) => ({ ...code, ...found }))

const observation = fc
  .tuple(
    element({
      text: narrative,
      note: maybe(list(element({ text }))),
      identifier: maybe(list(identifier)),
      status: of(['final', 'amended']),
      category: maybe(list(concept)),
      code: concept,
      subject: maybe(subject),
      encounter: maybe(refer('Encounter', words.encounters)),
      performer: maybe(
        list(
          fc.oneof(refer('Organization', words.organizations), refer('Patient', words.patients)),
        ),
      ),
      derivedFrom: maybe(list(refer('Observation', words.observations))),
      component: maybe(list(component)),
    }),
    value,
    effective,
  )
  .map(parts => Object.assign({}, ...parts) as Record<string, unknown>)

const risk = element({
  status: fc.constant('final'),
  subject: refer('Patient', words.patients),
  prediction: list(element({ probabilityDecimal: of([0.1, 0.15, 0.2, 0.25, 0.5]) })),
})
const valueSet = element({ status: of(['draft', 'active']), url: of(words.urls) })

/** Type, first letter of the ids, what it is made of, how many. */
const counts: readonly (readonly [
  string,
  string,
  fc.Arbitrary<Record<string, unknown>>,
  number,
])[] = [
  ['Patient', 'p', patient, 4],
  ['Organization', 'g', organization, 3],
  ['Encounter', 'e', encounter, 4],
  ['Observation', 'o', observation, 24],
  ['RiskAssessment', 'r', risk, 4],
  ['ValueSet', 'v', valueSet, 4],
]

/** Random worlds. */
export const worlds: fc.Arbitrary<World> = fc
  .tuple(
    fc.tuple(
      ...counts.map(([resourceType, letter, made, count]) =>
        fc
          .array(fc.tuple(made, of([tinglin, tinglin, tinglin, tinglin, no6, zhujing])), {
            minLength: count,
            maxLength: count,
          })
          .map(found =>
            found.map(([members, owner], at): Row => ({
              owner,
              resource: { resourceType, id: `${letter}${at}`, ...members } as Resource,
            })),
          ),
      ),
    ),
    fc.subarray(words.patients),
    fc.subarray(words.patients),
  )
  .map(([rows, open, limited]) => ({ rows: rows.flat(), open, limited }))
