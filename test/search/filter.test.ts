/** _filter and _list. @see https://hl7.org/fhir/R4/search_filter.html */
import fc from 'fast-check'
import t from 'tap'
import { InvalidRequest } from '../../src/fhir/errors.ts'
import { FilterFault, filterLimits, parseFilter } from '../../src/search/filter-syntax.ts'
import { parseSearch } from '../../src/search/parse.ts'
import { no6, options, seenBy, Store, zhujing } from './fixture.ts'

const isRefused = (resourceType: string, parameter: readonly [string, string]): boolean => {
  try {
    parseSearch(resourceType, [parameter], options)
    return false
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error
    return true
  }
}

const test = (path: string, operator: string, value: string) => ({
  ...{ kind: 'test', path, isPartial: false, operator, value },
})

t.test('the text of a filter is read as the grammar says', async t => {
  const a = test('a', 'eq', '1')
  const b = test('b', 'ne', 'x y)')
  const c = test('c.d', 'co', 'http://x|y')
  for (const [text, expected] of [
    ['a eq 1', a],
    ['  a   eq\t1  ', a],
    ['(a eq 1)', a],
    ['b ne "x y)"', b],
    ['a eq "1"', a],
    ['c.d co http://x|y', c],
    ['a eq 1 and b ne "x y)"', { kind: 'and', parts: [a, b] }],
    ['a eq 1 and a eq 1 and a eq 1', { kind: 'and', parts: [a, a, a] }],
    [
      'a eq 1 or a eq 1 and c.d co http://x|y',
      { kind: 'and', parts: [{ kind: 'or', parts: [a, a] }, c] },
    ],
    ['a eq 1 or (a eq 1 and a eq 1)', { kind: 'or', parts: [a, { kind: 'and', parts: [a, a] }] }],
    ['not (a eq 1)', { kind: 'not', part: a }],
    [
      'not(a eq 1)or not (a eq 1)',
      {
        kind: 'or',
        parts: [
          { kind: 'not', part: a },
          { kind: 'not', part: a },
        ],
      },
    ],
    ['a eq "\\u738b\\n\\""', test('a', 'eq', '王\n"')],
    ['x:Patient.y eq 1', test('x:Patient.y', 'eq', '1')],
    ['_has:Observation:patient:code eq 1', test('_has:Observation:patient:code', 'eq', '1')],
    ['a[b eq 1].c pr true', { ...test('a.c', 'pr', 'true'), isPartial: true }],
    ['and eq or', test('and', 'eq', 'or')],
  ] as const)
    t.same(parseFilter(text), expected, text)
})

t.test('what is no filter is refused where it goes wrong', async t => {
  for (const [text, at] of [
    ['', 0],
    ['a', 1],
    ['a eq', 1],
    ['a eq ', 5],
    ['a is 1', 1],
    ['a EQ 1', 1],
    ['a eq 1 b eq 1', 7],
    ['a eq 1 and', 7],
    ['a eq 1 and ', 11],
    ['(a eq 1', 7],
    ['a eq 1)', 6],
    ['not a eq 1', 3],
    ['a eq "x', 5],
    ['a eq "\\x"', 5],
    ['a[b eq 1] eq 1', 9],
    ['a. eq 1', 2],
    ['1 eq 1', 0],
  ] as const) {
    const found = parseFilter(text)
    t.ok(found instanceof FilterFault, text)
    if (found instanceof FilterFault) t.equal(found.at, at, `${text}: ${found.expected}`)
  }
  const deep = `${'('.repeat(filterLimits.depthMax + 2)}a eq 1${')'.repeat(filterLimits.depthMax + 2)}`
  t.ok(parseFilter(deep) instanceof FilterFault)
  const wide = Array.from({ length: filterLimits.testsMax + 1 }, () => 'a eq 1').join(' and ')
  t.ok(parseFilter(wide) instanceof FilterFault)
  t.ok(parseFilter(`a eq ${'x'.repeat(filterLimits.lengthMax)}`) instanceof FilterFault)
})

t.test('no text makes the search fail in another way than by a refusal', async t => {
  const piece = fc.constantFrom(
    ...[
      'name',
      'birthdate',
      'identifier',
      'general-practitioner.name',
      '_id',
      'link',
      'x',
      '[',
      ']',
    ],
    ...['(', ')', ' ', ' and ', ' or ', 'not ', ' eq ', ' ne ', ' co ', ' re ', ' in ', ' ss '],
    ...['"a"', '2024', 'urn:s|a', 'true', '\\', '$', ',', '"', 'ge', '\u0000', '王', ':', '.'],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
      isRefused('Patient', ['_filter', pieces.join('')])
    }),
    { numRuns: 2000 },
  )
  t.pass('2000 texts')
})

const fill = async (store: Store): Promise<void> => {
  const patient = (id: string, family: string, birthDate?: string, more: object = {}) =>
    store.put({
      ...{ resourceType: 'Patient', id, name: [{ family }], ...more },
      ...(birthDate === undefined ? {} : { birthDate }),
    })
  await patient('wang', '王', '1970-05-01', { identifier: [{ system: 'mrn', value: '7' }] })
  await patient('petersen', 'Petersen', '2015-01-01', { gender: 'male', active: true })
  await patient('peter', 'Péter', '2010-01-01', { gender: 'female' })
  await patient('none', 'x, y|z')
  await store.put({
    ...{ resourceType: 'Observation', id: 'a', status: 'final', code: { coding: [{ code: 'A' }] } },
    ...{
      subject: { reference: 'Patient/peter' },
      effectivePeriod: { start: '2024-01', end: '2024-03' },
    },
    valueQuantity: { value: 5.4, code: 'mg', system: 'http://unitsofmeasure.org' },
  })
  await store.put({
    ...{ resourceType: 'List', id: 'l', status: 'current', mode: 'working' },
    entry: [{ item: { reference: 'Patient/wang' } }, { item: { reference: 'Observation/a' } }],
  })
}

t.test('filters find what they should', async t => {
  const store = await Store.open(t)
  await fill(store)
  const cases: readonly (readonly [string, string, string])[] = [
    ['Patient', 'name co "ete"', 'peter petersen'],
    ['Patient', 'name eq peter', 'peter'],
    ['Patient', 'family eq "PÉTER"', 'peter'],
    ['Patient', 'name sw peter', 'peter petersen'],
    ['Patient', 'name ew sen', 'petersen'],
    ['Patient', 'name ne peter', 'none petersen wang'],
    ['Patient', 'name eq "x, y|z"', 'none'],
    ['Patient', 'name co "peter" and birthdate ge 2014-10-10', 'petersen'],
    ['Patient', 'birthdate lt 2000 or name ew sen', 'petersen wang'],
    ['Patient', 'birthdate lt 2000 or name co peter and gender eq male', 'petersen'],
    ['Patient', 'birthdate lt 2000 or (name co peter and gender eq male)', 'petersen wang'],
    ['Patient', 'not (birthdate ge 2000)', 'none wang'],
    ['Patient', 'not (birthdate pr true)', 'none'],
    ['Patient', 'birthdate pr false', 'none'],
    ['Patient', 'identifier eq mrn|7', 'wang'],
    ['Patient', 'identifier eq "mrn|7"', 'wang'],
    ['Patient', 'gender ne male', 'none peter wang'],
    ['Patient', 'gender in http://hl7.org/fhir/ValueSet/administrative-gender', 'peter petersen'],
    ['Patient', 'gender ni http://hl7.org/fhir/ValueSet/administrative-gender', 'none wang'],
    ['Patient', '_id eq wang', 'wang'],
    ['Patient', '_has:Observation:patient:code eq A', 'peter'],
    ['Patient', 'not (_has:Observation:patient:code eq A) and name co peter', 'petersen'],
    ['Observation', 'subject.name co "ete"', 'a'],
    ['Observation', 'subject:Patient.name eq x', ''],
    ['Observation', 'subject re Patient/peter', 'a'],
    ['Observation', 'subject re peter and value-quantity eq 5.4|http://unitsofmeasure.org|mg', 'a'],
    ['Observation', 'value-quantity gt 5.4', ''],
    ['Observation', 'date po 2024-02', 'a'],
    ['Observation', 'date po 2024-04', ''],
    ['Observation', 'code-value-quantity eq A$gt5', 'a'],
  ]
  for (const [type, filter, expected] of cases) {
    const search = `${type}?_filter=${encodeURIComponent(filter)}`
    t.equal((await store.ids(search)).sort().join(' '), expected, filter)
    t.equal((await store.total(search)) ?? 0, expected === '' ? 0 : expected.split(' ').length)
  }
  t.same(await store.ids('Patient?_filter=name%20co%20ete&gender=male'), ['petersen'])
  for (const filter of [
    'name gt x',
    'gender co x',
    'subject[name eq x].name eq y',
    'nam eq x',
    'date pr x',
  ])
    t.ok(isRefused('Observation', ['_filter', filter]), filter)
})

t.test('a list finds its members, of each type, where the list may be seen', async t => {
  const store = await Store.open(t)
  await fill(store)
  t.same(await store.ids('Patient?_list=l'), ['wang'])
  t.same(await store.ids('Observation?_list=l'), ['a'])
  t.same(await store.ids('Encounter?_list=l'), [])
  t.same(await store.ids('Patient?_list=other'), [])
  t.same(await store.ids('Patient?_list=l', seenBy(zhujing)), [])
  t.ok(isRefused('Patient', ['_list', '$current-problems']))
})

t.test('what is hidden is neither met nor missed by a filter', async t => {
  const store = await Store.open(t)
  await fill(store)
  await store.put({ resourceType: 'Patient', id: 'own', active: true }, { owner: no6 })
  await store.put(
    {
      ...{ resourceType: 'Observation', id: 'hidden', code: { coding: [{ code: 'H' }] } },
      ...{ status: 'final', subject: { reference: 'Patient/own' } },
    },
    { owner: zhujing },
  )
  const ask = (filter: string) =>
    store.ids(`Patient?_filter=${encodeURIComponent(filter)}`, seenBy(no6))
  t.same(await ask('_has:Observation:patient:code eq H'), [])
  t.same(await ask('not (_has:Observation:patient:code eq H)'), ['own'])
  t.same(await ask('name pr true or active eq true'), ['own'])
  t.same(await ask('not (name co "ete")'), ['own'])
})

t.test('ap is a tenth of the time since', async t => {
  const store = await Store.open(t)
  const observation = (id: string, effectiveDateTime: string) =>
    store.put({
      ...{ resourceType: 'Observation', id, status: 'final', effectiveDateTime },
      code: { text: 'x' },
    })
  await observation('near', '2015-06-01')
  await observation('far', '2013-01-01')
  await observation('later', '2017-01-20')
  // Now is 2026-01-01: ten years ago, so a year to either side.
  t.same((await store.ids('Observation?date=ap2016-01-01')).sort(), ['near'])
  t.same((await store.ids('Observation?date=ap2016')).sort(), ['later', 'near'])
  t.same(await store.ids('Observation?date=ap0001'), [])
  t.same(await store.ids('Observation?date=ap9999'), [])
  t.equal((await store.ids('Observation?_lastUpdated=ap2026-01-01')).length, 3)
})
