import t from 'tap'
import { InvalidRequests } from '../../src/fhir/errors.ts'
import { limits } from '../../src/fhir/limits.ts'
import { languages, textOf } from '../../src/fhir/outcome.ts'
import { codeHash, codingHash, keyOf, parameterHash, token } from '../../src/search/hash.ts'
import { parseSearch } from '../../src/search/parse.ts'
import { includesOf, supportedParameters } from '../../src/search/supported.ts'
import type { Criterion } from '../../src/search/tree.ts'
import { typesTouched } from '../../src/search/types-touched.ts'
import { asked, definitions, options } from './fixture.ts'

const parse = (search: string, lenient = false) =>
  parseSearch(...asked(search), { ...options, lenient })

/** The codes of all that is wrong with a search. */
const faults = (search: string, lenient = false): string[] => {
  try {
    parse(search, lenient)
    return []
  } catch (error) {
    if (!(error instanceof InvalidRequests)) throw error
    return error.issues.map(({ code }) => code)
  }
}

const only = (search: string): Criterion => {
  const { criteria } = parse(search)
  return criteria.kind === 'all' && criteria.criteria.length === 1
    ? criteria.criteria[0]!
    : criteria
}

const testOf = (search: string) => {
  const criterion = only(search)
  if (criterion.kind !== 'match') throw new Error(`${search} is no match`)
  return criterion.test
}

const code = (value: bigint) => token(parameterHash('Observation', 'code'), value)

t.test('the four forms of a token, or-lists and escapes are told apart', async t => {
  t.match(testOf('Observation?code=a'), { tokens: [code(codeHash('a'))], isNegated: false })
  t.match(testOf('Observation?code=s|a'), { tokens: [code(codingHash('s', 'a'))] })
  t.match(testOf('Observation?code=|a'), { tokens: [code(codingHash(undefined, 'a'))] })
  t.match(testOf('Observation?code=a,b'), { tokens: [code(codeHash('a')), code(codeHash('b'))] })
  t.match(testOf('Observation?code=a\\,b'), { tokens: [code(codeHash('a,b'))] })
  t.match(testOf('Observation?code=a\\|b\\\\\\$'), { tokens: [code(codeHash('a|b\\$'))] })
  t.match(testOf('Observation?code:not=a'), { isNegated: true })
})

t.test('a reference is an id, Type/id or an absolute address', async t => {
  const wang = keyOf('Patient', 'wang')
  for (const search of [
    'Observation?patient=wang',
    'Observation?patient=Patient/wang',
    'Observation?subject:Patient=wang',
    'Observation?subject=http://huizhen.test/fhir/Patient/wang',
  ])
    t.match(testOf(search), { patients: [wang], open: [], guarded: [] }, search)
  t.match(testOf('Observation?subject=x'), { patients: [keyOf('Patient', 'x')] })
  t.match(testOf('Observation?encounter=Encounter/e'), {
    patients: [],
    guarded: [keyOf('Encounter', 'e')],
  })
})

t.test('dates have a prefix and a range', async t => {
  t.match(testOf('Observation?date=ge2024-01-01'), {
    of: 'clinical-date',
    values: [{ prefix: 'ge', low: '2023-12-31T16:00:00.000Z' }],
  })
  t.match(testOf('Patient?birthdate=1970'), { of: 'date', values: [{ prefix: 'eq' }] })
  t.match(testOf('Patient?_lastUpdated=lt2024'), { of: 'last-updated' })
})

t.test('chains are typed, or lead to every type that has the parameter', async t => {
  t.match(only('Observation?subject:Patient.name=a'), {
    kind: 'chain',
    targets: [{ resourceType: 'Patient', criterion: { test: { kind: 'string' } } }],
  })
  const untyped = only('Observation?subject.identifier=a')
  t.same(
    untyped.kind === 'chain' && untyped.targets.map(({ resourceType }) => resourceType).sort(),
    ['Device', 'Group', 'Location', 'Patient'],
  )
  t.match(only('Observation?patient.name:exact=a'), { targets: [{ resourceType: 'Patient' }] })
})

t.test('the shape of the answer is read, and clamped', async t => {
  t.match(parse('Patient'), { count: limits.pageSizeDefault, total: 'accurate', sort: [] })
  t.match(parse('Patient?_count=99999'), { count: limits.pageSizeMax })
  t.match(parse('Patient?_count=99999').used, [['_count', String(limits.pageSizeMax)]])
  t.match(parse('Patient?_count=0'), { count: 0 })
  t.match(parse('Patient?_summary=count&_count=5'), { count: 0 })
  t.match(parse('Patient?_total=none'), { total: 'none' })
  t.match(parse('Observation?_sort=-date,_id').sort, [
    { by: 'clinical-date', isDescending: true },
    { by: 'id', isDescending: false },
  ])
  t.match(parse('Observation?_include=Observation:subject:Patient').include, [
    { code: 'subject', targets: ['Patient'], isPatientColumn: true },
  ])
  t.match(parse('Patient?_revinclude=Observation:subject').revinclude, [
    { resourceType: 'Observation', targets: ['Patient'] },
  ])
  t.same(parse('Patient?_format=json&_pretty=true&name=a').used, [['name', 'a']])
})

t.test('the types a search touches are known before it runs', async t => {
  const query = parse(
    'Observation?subject:Patient.name=a&_include=Observation:encounter&_revinclude=Provenance:target',
  )
  t.same(typesTouched(query), {
    searched: ['Observation', 'Patient'],
    included: ['Encounter', 'EpisodeOfCare', 'Provenance'],
  })
})

const refused: readonly (readonly [search: string, ...codes: string[]])[] = [
  ['Observation?cod=1', 'search-parameter-unknown'],
  ['Observation?value-quantity=five', 'search-quantity-malformed'],
  ['Observation?value-quantity=5|http://unitsofmeasure.org', 'search-quantity-malformed'],
  ['Observation?value-quantity=xx5', 'search-prefix-unsupported'],
  [`RiskAssessment?probability=${'9'.repeat(50)}`, 'search-number-malformed'],
  ['RiskAssessment?probability=5||mg', 'search-number-malformed'],
  ['MolecularSequence?chromosome-variant-coordinate=a$1', 'search-parameter-unsupported'],
  ['Observation?code-value-quantity=a', 'search-composite-malformed'],
  ['Observation?code-value-quantity=a$b', 'search-quantity-malformed'],
  ['Observation?code-value-quantity:missing=true', 'search-modifier-unsupported'],
  ['Observation?_has:Patient:x:y=1', 'search-has-malformed'],
  ['Patient?_has:Observation:encounter:code=1', 'search-has-malformed'],
  ['Patient?_has:Observation:patient:cod=1', 'search-parameter-unknown'],
  ['Patient?identifier:of-type=a|b', 'search-of-type-malformed'],
  ['Observation?_profile:below=http://a', 'search-modifier-unsupported'],
  ['Observation?_text=a'],
  ['Observation?_text:exact=a', 'search-modifier-unsupported'],
  ['Observation?_text=...', 'search-text-malformed'],
  ['Observation?_text=a (b', 'search-text-malformed'],
  ['Observation?_text=a) b', 'search-text-malformed'],
  ['Observation?_text=a or', 'search-text-malformed'],
  ['Observation?_text=()', 'search-text-malformed'],
  ['Observation?_text="a', 'search-text-malformed'],
  ['Observation?_text=""', 'search-text-malformed'],
  ['Observation?_text=a - b'],
  ['Observation?_text.name=a', 'search-parameter-unknown'],
  ['Observation?_text=,', 'search-value-empty'],
  [`Observation?_text=${'a'.repeat(41)}*`, 'search-text-malformed'],
  [`Observation?_text="${'a '.repeat(65)}"`, 'search-text-malformed'],
  [`Observation?_text=${'a '.repeat(51)}`, 'search-text-too-long'],
  [`Observation?_content=${'('.repeat(10_000)}a`, 'search-text-too-long'],
  ['Patient?active:text=a', 'search-modifier-unsupported'],
  ['Observation?code:inside=a', 'search-modifier-unsupported'],
  ['Observation?code:missing=1', 'search-missing-malformed'],
  ['Observation?date:exact=2024', 'search-modifier-unsupported'],
  ['Patient?_id:not=a', 'search-modifier-unsupported'],
  ['Patient?name:text=a'],
  [`Patient?name:text=${'a '.repeat(51)}`, 'search-text-too-long'],
  ['Observation?code=|', 'search-token-malformed'],
  ['Observation?code=a|b|c', 'search-token-malformed'],
  ['Observation?code=', 'search-value-empty'],
  ['Observation?code=a,,b', 'search-value-empty'],
  ['Observation?code=a\\', 'search-value-not-text'],
  ['Observation?code=a%00b', 'search-value-not-text'],
  ['Observation?patient=a b', 'search-reference-malformed'],
  ['Observation?date=po2024', 'search-prefix-unsupported'],
  ['Observation?date=2024-02-30', 'search-date-malformed'],
  ['Observation?date=yesterday', 'search-date-malformed'],
  ['Patient?birthdate:missing=maybe', 'search-missing-malformed'],
  ['Patient?name=%CC%81', 'search-string-malformed'],
  [`Patient?name=${'a'.repeat(3000)}`, 'search-string-malformed'],
  ['Observation?subject:Practitioner.name=a', 'search-target-unknown'],
  ['Observation?subject.nonsense=a', 'search-target-unknown'],
  ['Observation?code.name=a', 'search-chain-not-reference'],
  ['Observation?patient.organization.partof.partof.name=a', 'search-chain-too-long'],
  ['Provenance?target.patient.organization.name=a', 'search-chain-too-wide'],
  ['Observation?_sort=code', 'search-sort-unsupported'],
  ['Observation?_sort=nonsense', 'search-sort-unsupported'],
  ['Patient?_sort=_id,_id,_id,_id,_id', 'search-sort-too-long'],
  ['Patient?_count=-1', 'search-result-malformed'],
  ['Patient?_count=1&_count=2', 'search-parameter-repeated'],
  ['Patient?_total=some', 'search-result-malformed'],
  ['Patient?_summary=some', 'search-result-malformed'],
  ['Patient?_summary=true&_summary=text', 'search-parameter-repeated'],
  ['Patient?_summary=true&_elements=name', 'summary-with-elements'],
  ['Patient?_summary=text&_revinclude=Observation:patient', 'summary-text-include'],
  ['Patient?_elements=nmae', 'elements-unknown'],
  ['Patient?_include:iterate=*', 'search-result-unsupported'],
  ['Patient?_query=a', 'search-query-unknown'],
  ['Patient?_contained=true', 'search-contained-unsupported'],
  ['Patient?_contained=both', 'search-contained-unsupported'],
  ['Patient?_containedType=container', 'search-contained-unsupported'],
  ['Patient?_contained=false'],
  ['Observation?code:in=http://example.org/ValueSet/observation-codes', 'search-value-set-unknown'],
  ['Observation?code:not-in=ValueSet/x', 'search-value-set-unknown'],
  [
    'Observation?code:in=http://hl7.org/fhir/ValueSet/observation-codes',
    'search-value-set-not-listed',
  ],
  ['Observation?code:below=http://loinc.org|1', 'search-code-system-unknown'],
  ['Observation?code:above=1', 'search-subsumed-malformed'],
  ['Observation?code:above=a|', 'search-subsumed-malformed'],
  [
    'Patient?identifier:in=http://hl7.org/fhir/ValueSet/marital-status',
    'search-modifier-unsupported',
  ],
  ['Patient?active:below=a|b', 'search-modifier-unsupported'],
  ['Patient?_include:recurse=Patient:link', 'search-modifier-unsupported'],
  ['Patient?_include=Observation:*', 'search-include-malformed'],
  ['Patient?_include=Patient:*:Patient', 'search-include-malformed'],
  ['Patient?_include=Observation:subject', 'search-include-malformed'],
  ['Patient?_include=Patient:name', 'search-include-malformed'],
  ['Patient?_revinclude=Observation:encounter', 'search-include-malformed'],
  ['Patient?_revinclude=Nonsense:x', 'search-include-malformed'],
  ['Patient?__proto__=1', 'search-parameter-unknown'],
  ['Patient?constructor=1', 'search-parameter-unknown'],
  [
    'Observation?cod=1&code=|&date=x',
    'search-parameter-unknown',
    'search-token-malformed',
    'search-date-malformed',
  ],
]

t.test('what is not understood is refused, all of it at once', async t => {
  for (const [search, ...codes] of refused) t.same(faults(search), codes, search.slice(0, 80))
})

t.test('numbers of parameters, values and inclusions are bounded', async t => {
  const many = Array.from({ length: limits.searchParametersMax + 1 }, () => 'name=a').join('&')
  t.same(faults(`Patient?${many}`), ['search-parameters-too-many'])
  const values = Array.from({ length: limits.orValuesMax + 1 }, (_, at) => at).join(',')
  t.same(faults(`Observation?code=${values}`), ['search-values-too-many'])
  const includes = Array.from(
    { length: limits.includeParametersMax + 1 },
    () => '_include=Patient:link',
  )
  t.same(faults(`Patient?${includes.join('&')}`), ['search-include-parameters-too-many'])
})

t.test('lenient handling passes over unknown parameters only, and says so', async t => {
  const query = parse('Observation?cod=1&code=a', true)
  t.match(query.warnings, [
    { severity: 'warning', code: 'search-parameter-ignored', parameters: { parameter: 'cod' } },
  ])
  t.same(query.used, [['code', 'a']])
  t.same(faults('Observation?code:inside=a', true), ['search-modifier-unsupported'])
  t.same(faults('Observation?date=x', true), ['search-date-malformed'])
})

t.test('a fault names the nearest parameters and never a value', async t => {
  const secret = 'Wang310101199001011234'
  const searches = [
    `Observation?${secret} x=1`,
    `Patient?identifer=${secret}`,
    `Patient?birthdate=${secret}`,
    `Observation?code=${secret}|a|b`,
    `Patient?name:${secret}=a`,
    `Patient?_include=${secret}`,
    `Patient?_total=${secret}`,
  ]
  for (const search of searches)
    try {
      parse(search)
      t.fail(`${search} is taken`)
    } catch (error) {
      const issues = error instanceof InvalidRequests ? error.issues : []
      t.ok(issues.length > 0)
      for (const { code: message, parameters = {} } of issues)
        for (const language of languages) {
          const text = textOf(message, parameters, language)
          t.notOk(text.includes(secret), text)
          t.notMatch(text, /\{\w+\}/, 'no placeholder is left')
        }
    }
  try {
    parse('Patient?identifer=1')
    t.fail('a misspelt name is taken')
  } catch (error) {
    const [first] = error instanceof InvalidRequests ? error.issues : []
    t.match(first?.parameters?.['nearest'], /^identifier, /)
  }
})

const valueOf = (name: string, type: string): string => {
  if (type === 'composite')
    return name.endsWith('quantity') ? 'a$5' : name.endsWith('date') ? 'a$2024' : 'a$b'
  if (type === 'number' || type === 'quantity') return 'ge5'
  return type === 'date' ? '2024' : 'http://a.test'
}

t.test('what is listed as supported is what can be asked for', async t => {
  let listed = 0
  for (const resourceType of definitions.resourceTypes)
    for (const { code: name, type } of supportedParameters(resourceType, definitions)) {
      listed++
      const value = name === 'near' ? '31|121' : valueOf(name, type)
      if (faults(`${resourceType}?${name}=${value}`).length > 0) t.fail(`${resourceType}.${name}`)
      if (type === 'special' && name !== 'near') t.fail(name)
    }
  t.ok(listed > 1500, `${listed} parameters`)
  t.ok(includesOf('Observation', definitions).includes('Observation:subject'))
})
