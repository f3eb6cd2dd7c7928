import fc from 'fast-check'
import t from 'tap'
import { numberRange } from '../../src/search/number-range.ts'
import { canonicalUnit } from '../../src/fhir/ucum.ts'
import { seenBy, Store, tinglin } from './fixture.ts'

/** @see https://hl7.org/fhir/R4/search.html#quantity */

const ucum = 'http://unitsofmeasure.org'
const observation = (id: string, valueQuantity: object, more: object = {}) => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: 'Patient/wang' } },
  ...{ code: { coding: [{ system: 's', code: 'glucose' }] }, valueQuantity, ...more },
})
const measured = (value: number, code: string) => ({ value, system: ucum, code, unit: code })

t.test('a number covers what its digits leave open', async t => {
  t.same(numberRange('100'), { value: 100, low: 99.5, high: 100.5 })
  t.same(numberRange('100.00'), { value: 100, low: 99.995, high: 100.005 })
  t.same(numberRange('1e2'), { value: 100, low: 95, high: 105 })
  t.same(numberRange('-0.5'), { value: -0.5, low: -0.55, high: -0.45 })
  for (const text of ['', 'five', '1e9999', '0x10', '1.', '.5', '1 0', 'NaN', '9'.repeat(41)])
    t.equal(numberRange(text), undefined, text)
})

t.test('units of one dimension compare, others only with themselves', async t => {
  t.equal(canonicalUnit('mg/dL')?.dimension, canonicalUnit('g/L')?.dimension)
  t.equal(canonicalUnit('mg/dL')?.convert(100), canonicalUnit('g/L')?.convert(1))
  t.equal(canonicalUnit('Cel')?.convert(37), canonicalUnit('[degF]')?.convert(98.6))
  for (const code of ['[IU]/L', '[pH]', 'nonsense', 'm'.repeat(500)])
    t.equal(canonicalUnit(code), undefined, code)
})

t.test('quantities compare by prefix, precision and unit', async t => {
  const store = await Store.open(t)
  await store.put(observation('g', measured(5.4, 'g/L')))
  await store.put(observation('mg', measured(540, 'mg/dL')))
  await store.put(observation('near', measured(5.44, 'g/L')))
  await store.put(observation('far', measured(9, 'g/L')))
  await store.put(observation('below', { ...measured(5.4, 'g/L'), comparator: '<' }))
  await store.put(observation('other', { value: 5.4, unit: 'Stück' }))
  await store.put(observation('none', { unit: 'g/L' }))
  const cases: readonly (readonly [string, string])[] = [
    [`5.4|${ucum}|g/L`, 'g mg near'],
    [`5.40|${ucum}|g/L`, 'g mg'],
    [`540|${ucum}|mg/dL`, 'g mg'],
    [`gt5.4|${ucum}|g/L`, 'far near'],
    [`ge5.4|${ucum}|g/L`, 'far g mg near'],
    [`lt5.4|${ucum}|g/L`, 'below'],
    [`le5.4|${ucum}|g/L`, 'below g mg'],
    [`sa5.4|${ucum}|g/L`, 'far near'],
    [`eb5.4|${ucum}|g/L`, 'below'],
    [`ne5.4|${ucum}|g/L`, 'below far'],
    [`ap5|${ucum}|g/L`, 'below g mg near'],
    ['5.4', 'g near other'],
    ['5.4||g/L', 'g near'],
    ['5.4||Stück', 'other'],
    ['540||mg/dL,9||g/L', 'far mg'],
    ['gt500,lt5', 'below mg'],
    [`gt5.4|${ucum}|m`, ''],
    ['gt1e300', ''],
  ]
  for (const scope of ['patient=wang&', ''])
    for (const [value, expected] of cases) {
      const search = `Observation?${scope}value-quantity=${encodeURIComponent(value)}`
      t.equal((await store.ids(search)).sort().join(' '), expected, `${scope}${value}`)
    }
  t.same(
    await store.ids('Observation?_sort=value-quantity,_id&_count=10'),
    ['below', 'other', 'g', 'mg', 'near', 'far', 'none'],
    'numbers are ordered as numbers, what has none comes last',
  )
  const first = await store.page('Observation?_sort=-value-quantity&_count=2')
  t.equal(first.matches[0], 'far')
  const rest = await store.page(
    'Observation?_sort=-value-quantity&_count=9',
    seenBy(tinglin),
    first.next,
  )
  t.equal(new Set([...first.matches, ...rest.matches]).size, 7)
  t.equal(rest.matches.length, 5)
})

t.test('numbers and ranges compare', async t => {
  const store = await Store.open(t)
  const risk = (id: string, prediction: object) => ({
    ...{ resourceType: 'RiskAssessment', id, status: 'final', prediction: [prediction] },
    subject: { reference: 'Patient/wang' },
  })
  await store.put(risk('half', { probabilityDecimal: 0.5 }))
  await store.put(risk('tiny', { probabilityDecimal: 1e-300 }))
  const age = (id: string, low: object, high?: object) => ({
    ...{ resourceType: 'Condition', id, subject: { reference: 'Patient/wang' } },
    onsetRange: { low, high },
  })
  await store.put(age('young', measured(12, 'mo'), measured(24, 'mo')))
  await store.put(age('later', measured(30, 'a')))
  t.same(await store.ids('RiskAssessment?probability=0.5'), ['half'])
  t.same(await store.ids('RiskAssessment?probability=lt0.1'), ['tiny'])
  t.same(await store.ids(`Condition?onset-age=lt5|${ucum}|a`), ['young'])
  t.same(await store.ids(`Condition?onset-age=gt40|${ucum}|a`), ['later'], 'open on one side')
  t.same(await store.ids(`Condition?onset-age=eq1|${ucum}|a`), [], 'not contained')
})

t.test('composites are met within one element', async t => {
  const store = await Store.open(t)
  const part = (code: string, value: number) => ({
    code: { coding: [{ system: 's', code }] },
    valueQuantity: measured(value, 'mm[Hg]'),
  })
  const concept = (code: string, value: string) => ({
    code: { coding: [{ system: 's', code }] },
    valueCodeableConcept: { coding: [{ system: 'v', code: value }] },
  })
  const bare = { ...observation('bp', {}), valueQuantity: undefined }
  await store.put({ ...bare, component: [part('sys', 150), part('dia', 80)] })
  await store.put({ ...bare, id: 'swapped', component: [part('sys', 80), part('dia', 150)] })
  await store.put(observation('root', measured(150, 'mm[Hg]')))
  await store.put({ ...bare, id: 'c', component: [concept('a', 'yes'), concept('b', 'no')] })
  const cases: readonly (readonly [string, string])[] = [
    ['component-code-value-quantity=sys$ge140', 'bp'],
    ['component-code-value-quantity=s|dia$ge140', 'swapped'],
    ['combo-code-value-quantity=sys$ge140,glucose$ge140', 'bp root'],
    ['code-value-quantity=glucose$ge140', 'root'],
    ['code-value-quantity=sys$ge140', ''],
    ['combo-value-quantity=ge140', 'bp root swapped'],
    ['combo-value-quantity:missing=true', 'c'],
    ['component-code-value-concept=a$yes', 'c'],
    ['component-code-value-concept=a$no', ''],
    ['component-code-value-concept=s|b$v|no', 'c'],
    ['combo-code-value-concept=b$no', 'c'],
  ]
  for (const [search, expected] of cases)
    t.equal((await store.ids(`Observation?${search}`)).sort().join(' '), expected, search)
})

/** R4's table of prefixes for a number without extent, in other words than the SQL. */
const meets = (prefix: string, value: number, text: string): boolean => {
  const asked = Number(text)
  const digits = /\.(\d+)/.exec(text)?.[1]?.length ?? 0
  const isEqual =
    Math.floor(value * 10 ** (digits + 1) + 5) >= Math.round(asked * 10 ** (digits + 1)) &&
    value * 10 ** (digits + 1) < Math.round(asked * 10 ** (digits + 1)) + 5
  switch (prefix) {
    case 'gt':
    case 'sa':
      return value > asked
    case 'lt':
    case 'eb':
      return value < asked
    case 'ge':
      return value >= asked
    case 'le':
      return value <= asked
    case 'ne':
      return !isEqual
    default:
      return isEqual
  }
}

t.test('random numbers are found as the table of prefixes says', async t => {
  const store = await Store.open(t)
  const stored = [0, 1, 4.5, 5, 5.25, 5.5, 6, 10, 55, 99.5, 100, 100.25, 100.5, 1000]
  for (const [at, value] of stored.entries()) await store.put(observation(`n${at}`, { value }))
  const searched = fc.record({
    prefix: fc.constantFrom('', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'),
    text: fc.oneof(
      fc.integer({ min: 0, max: 1000 }).map(String),
      fc.constantFrom('5', '5.0', '5.3', '5.25', '5.5', '100', '100.3', '100.0', '99.5', '1000'),
    ),
  })
  const numRuns = Number(process.env['HUIZHEN_SEARCH_RUNS'] ?? 400)
  await fc.assert(
    fc.asyncProperty(searched, async ({ prefix, text }) => {
      const expected = stored.flatMap((value, at) => (meets(prefix, value, text) ? [`n${at}`] : []))
      const found = await store.ids(`Observation?value-quantity=${prefix}${text}`)
      return found.sort().join(' ') === expected.sort().join(' ')
    }),
    { numRuns },
  )
})
