import fc from 'fast-check'
import { beginning, expression } from './text-queries.ts'
import { ucum, words } from './world.ts'

/** Name and value of one parameter. */
type Written = readonly [name: string, value: string]

const of = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

const code = of(words.codes)
const system = of(words.systems)
const token = fc.oneof(
  code,
  fc.tuple(system, code).map(([s, c]) => `${s}|${c}`),
  code.map(c => `|${c}`),
  system.map(s => `${s}|`),
)
const name = of([...words.names, 'an', 'b', 'nna', 'ANNA', 'anna m'])
const datePrefix = of(['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'])
const date = fc.tuple(datePrefix, of(words.dates)).map(([prefix, text]) => prefix + text)
const day = fc.tuple(datePrefix, of(words.dates)).map(([prefix, text]) => prefix + text)
const number = fc.tuple(datePrefix, of(words.numbers)).map(([prefix, text]) => prefix + text)
const quantity = fc
  .tuple(number, of(['', ...words.units.flatMap(unit => [`||${unit}`, `|${ucum}|${unit}`])]))
  .map(([text, unit]) => text + unit)
const probability = fc
  .tuple(datePrefix, of(['0.1', '0.2', '0.15', '0.3', '0']))
  .map(([prefix, text]) => prefix + text)

/** One to three values of a kind, most often one. */
const values = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: value },
    {
      weight: 1,
      arbitrary: fc.array(value, { minLength: 2, maxLength: 3 }).map(list => list.join()),
    },
  )

const missing = of(['true', 'false'])
const named = (names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Written> =>
  fc.tuple(of(names), values(value))
const withMissing = (...names: readonly string[]): fc.Arbitrary<Written> =>
  fc.tuple(of(names.map(one => `${one}:missing`)), missing)
const tokens = (...names: readonly string[]): fc.Arbitrary<Written> =>
  named([...names, ...names, ...names.map(one => `${one}:not`)], token)
const strings = (...names: readonly string[]): fc.Arbitrary<Written> =>
  named(
    names.flatMap(one => [one, `${one}:exact`, `${one}:contains`]),
    name,
  )
const references = (one: string, type: string, ids: readonly string[]): fc.Arbitrary<Written> =>
  fc.oneof(
    named([one, `${one}:${type}`], of([...ids, ...ids.map(id => `${type}/${id}`)])),
    named([`${one}:identifier`], token),
  )

const texts: fc.Arbitrary<Written> = named(['_text', '_content'], expression)
const labels = (...names: readonly string[]): fc.Arbitrary<Written> =>
  named(
    names.map(one => `${one}:text`),
    beginning,
  )

const composites: fc.Arbitrary<Written> = fc.tuple(
  of(['code-value-quantity', 'component-code-value-quantity', 'combo-code-value-quantity']),
  fc.tuple(code, quantity).map(([one, other]) => `${one}$${other}`),
)

/** `code:not` within a chain is about the target, so it stands there like any other. */
const plain: Readonly<Record<string, fc.Arbitrary<Written>>> = {
  Patient: fc.oneof(
    tokens('identifier'),
    named(['telecom', 'phone', 'email'], code),
    fc.tuple(
      of(['identifier:of-type']),
      fc.tuple(system, code, code).map(parts => parts.join('|')),
    ),
    named(
      ['gender', 'gender:not'],
      of(['male', 'female', 'http://hl7.org/fhir/administrative-gender|male']),
    ),
    named(['active'], of(['true', 'false'])),
    strings('name', 'family', 'given'),
    named(['birthdate'], day),
    named(['_id'], of(words.patients)),
    references('organization', 'Organization', words.organizations),
    withMissing('name', 'birthdate', 'identifier', 'organization', 'gender'),
    texts,
    labels('identifier', 'organization'),
    named(['name:text'], of(['an', 'anna', 'maria', 'anna maria', 'mar', 'bert an'])),
  ),
  Organization: fc.oneof(
    tokens('identifier', 'type'),
    strings('name'),
    references('partof', 'Organization', words.organizations),
    withMissing('partof', 'type'),
  ),
  Encounter: fc.oneof(
    named(['status', 'status:not'], of(['planned', 'finished'])),
    tokens('class', 'type'),
    named(['date'], date),
    references('patient', 'Patient', words.patients),
    references('subject', 'Patient', words.patients),
    references('part-of', 'Encounter', words.encounters),
    references('service-provider', 'Organization', words.organizations),
    withMissing('date', 'patient', 'part-of', 'type'),
    labels('subject', 'type'),
  ),
  Observation: fc.oneof(
    tokens('code', 'category', 'combo-code', 'component-code', 'value-concept', 'identifier'),
    named(
      ['status', 'status:not'],
      of(['final', 'amended', 'http://hl7.org/fhir/observation-status|']),
    ),
    named(['date'], date),
    named(['value-quantity', 'component-value-quantity', 'combo-value-quantity'], quantity),
    strings('value-string'),
    composites,
    composites,
    references('patient', 'Patient', words.patients),
    references('subject', 'Patient', words.patients),
    references('encounter', 'Encounter', words.encounters),
    references('performer', 'Organization', words.organizations),
    references('derived-from', 'Observation', words.observations),
    named(['_id'], of(words.observations)),
    withMissing('date', 'patient', 'subject', 'encounter', 'value-quantity', 'component-code'),
    texts,
    texts,
    labels('subject', 'patient'),
    labels('code', 'combo-code', 'category', 'subject', 'patient', 'performer', 'encounter'),
  ),
  RiskAssessment: fc.oneof(
    named(['probability'], probability),
    references('patient', 'Patient', words.patients),
  ),
  ValueSet: fc.oneof(
    named(['url', 'url:below', 'url:above'], of([...words.urls, 'http://a.test/x/y/z'])),
    named(['status'], of(['draft', 'active'])),
  ),
}

/** From a type along a reference to another. */
const chains: Readonly<Record<string, readonly (readonly [via: string, to: string])[]>> = {
  Patient: [['organization', 'Organization']],
  Organization: [['partof', 'Organization']],
  Encounter: [
    ...([
      ['patient', 'Patient'],
      ['subject:Patient', 'Patient'],
    ] as const),
    ...([
      ['part-of', 'Encounter'],
      ['service-provider', 'Organization'],
    ] as const),
  ],
  Observation: [
    ...([
      ['patient', 'Patient'],
      ['subject:Patient', 'Patient'],
      ['encounter', 'Encounter'],
    ] as const),
    ...([
      ['performer:Organization', 'Organization'],
      ['performer:Patient', 'Patient'],
    ] as const),
    ...([['derived-from:Observation', 'Observation']] as const),
  ],
  RiskAssessment: [['patient', 'Patient']],
  ValueSet: [],
}

/** Who refers to a type, and by what. */
const referrers: Readonly<Record<string, readonly (readonly [from: string, via: string])[]>> = {
  Patient: [
    ...([
      ['Observation', 'patient'],
      ['Observation', 'subject'],
    ] as const),
    ...([
      ['Observation', 'performer'],
      ['Encounter', 'patient'],
      ['RiskAssessment', 'patient'],
    ] as const),
  ],
  Organization: [
    ...([
      ['Patient', 'organization'],
      ['Organization', 'partof'],
    ] as const),
    ...([
      ['Encounter', 'service-provider'],
      ['Observation', 'performer'],
    ] as const),
  ],
  Encounter: [
    ...([
      ['Observation', 'encounter'],
      ['Encounter', 'part-of'],
    ] as const),
  ],
  Observation: [['Observation', 'derived-from']],
  RiskAssessment: [],
  ValueSet: [],
}

const reached = (type: string, hops: number): fc.Arbitrary<Written> => {
  const own = { weight: 6, arbitrary: plain[type]! }
  if (hops === 0) return own.arbitrary
  const further = chains[type]!.map(([via, to]) => ({
    weight: 1,
    arbitrary: reached(to, hops - 1).map(([one, value]): Written => [`${via}.${one}`, value]),
  }))
  const back = referrers[type]!.map(([from, via]) => ({
    weight: 1,
    arbitrary: reached(from, hops - 1).map(([one, value]): Written => [
      `_has:${from}:${via}:${one}`,
      value,
    ]),
  }))
  return fc.oneof(own, ...further, ...back)
}

/** Random searches: one to three criteria, each perhaps through up to two references. */
export const queries: fc.Arbitrary<string> = of([
  ...['Observation', 'Observation', 'Observation', 'Patient', 'Patient', 'Encounter', 'Encounter'],
  ...['Organization', 'RiskAssessment', 'ValueSet'],
])
  .chain(type =>
    fc
      .oneof(
        { weight: 5, arbitrary: fc.tuple(reached(type, 2)) },
        { weight: 2, arbitrary: fc.tuple(reached(type, 1), reached(type, 0)) },
        { weight: 1, arbitrary: fc.array(reached(type, 2), { minLength: 2, maxLength: 3 }) },
      )
      .map((parameters: readonly Written[]) => ({ type, parameters })),
  )
  .map(({ type, parameters }) => {
    const pairs = parameters.map(([name, value]): [string, string] => [name, value])
    return `${type}?${new URLSearchParams(pairs).toString()}`
  })
