/** What FHIR allows and is most likely wrong. */
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { judge } from '../../src/fhir/judgement.ts'
import { ucumSuggestion } from '../../src/fhir/judgement-units.ts'
import { misreadAs } from '../../src/fhir/misread-text.ts'
import { languages, textOf } from '../../src/fhir/outcome.ts'
import { residentIdOf } from '../../src/fhir/resident-id.ts'
import { canonicalUnit } from '../../src/fhir/ucum.ts'
import { data } from '../data.ts'
import { entriesOf, filesIn } from './corpus.ts'

const definitions = loadDefinitions()
const clock = { now: new Date('2026-06-01T12:00:00+08:00'), zoneOffset: '+08:00' }
const found = (resource: unknown): string[] =>
  judge(resource, definitions, clock).map(({ code, expression }) => `${code} ${expression}`)

const residentId = 'urn:oid:2.16.156.10011.1.3'
/** Made up, with a right check character: a man of 7 March 1990. */
const number = '310116199003071235'
const patient = (value: string, more = {}, system = residentId) => ({
  resourceType: 'Patient',
  identifier: [{ system, value }],
  ...more,
})

t.test(
  'a resident identity number says a birth date, a sex and whether it was copied right',
  async t => {
    t.same(residentIdOf(number), { birthDate: '1990-03-07', gender: 'male', hasRightCheck: true })
    t.match(residentIdOf('110101200301120019'), { hasRightCheck: true })
    t.equal(residentIdOf('3112219680806371X'), undefined)
    for (let at = 0; at < 17; at++) {
      const digit = (Number(number[at]) + 1) % 10
      const wrong = number.slice(0, at) + digit + number.slice(at + 1)
      t.equal(residentIdOf(wrong)?.hasRightCheck, false, `digit ${at}`)
    }
  },
)

t.test('identity numbers are held against themselves, the birth date and the sex', async t => {
  const person = { birthDate: '1990-03-07', gender: 'male' }
  t.same(found(patient(number, person)), [])
  t.same(found(patient(number, { birthDate: '1990-03', gender: 'other' })), [])
  t.same(found(patient('310116199003071234', person)), [
    'resident-id-check Patient.identifier[0].value',
  ])
  t.same(found(patient(number, { birthDate: '1990-07-03', gender: 'female' })), [
    'resident-id-birth-date Patient.identifier[0].value',
    'resident-id-gender Patient.identifier[0].value',
  ])
  t.same(found(patient('31011619900307', person)), ['resident-id-form Patient.identifier[0].value'])
  t.same(found(patient('310116900307123', person)), [], 'an old number of 15 digits')
  t.same(found(patient('11010119990307001x', {})).slice(-1), [
    'resident-id-check Patient.identifier[0].value',
  ])
  t.same(found(patient(number, person, 'urn:oid:2.16.840.1.113883.2.23.1.19.1')), [
    'resident-id-system Patient.identifier[0].system',
  ])
  t.same(found(patient('310116199003071234', person, 'urn:hospital:card')), [])
})

t.test('what stands in place of an identifier is told of, and the own name, too', async t => {
  for (const value of ['NA', 'n/a', '-', '0', '无', '不详', '未知', '000000', '9999999'])
    t.same(found(patient(value)), ['identifier-placeholder Patient.identifier[0].value'], value)
  const name = [{ family: '刘', given: ['洋'] }]
  t.same(found(patient('刘洋', { name })), ['identifier-placeholder Patient.identifier[0].value'])
  for (const value of ['00', '7', 'A-1', '1112'])
    t.same(found(patient(value, {}, 'urn:hospital:record')), [], value)
})

t.test('text that was read in the wrong encoding is told from text that was not', async t => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const read = (encoding: string, text: string) => new TextDecoder(encoding).decode(bytes(text))
  t.same(misreadAs(read('gb18030', '刘康住院')), { written: 'UTF-8', read: 'GBK' })
  t.same(misreadAs(read('gb18030', '血压高')), { written: 'UTF-8', read: 'GBK' })
  t.same(misreadAs(read('windows-1252', '刘康')), { written: 'UTF-8', read: 'ISO-8859-1' })
  t.same(misreadAs(String.fromCharCode(...bytes('刘康'))), { written: 'UTF-8', read: 'ISO-8859-1' })
  t.same(misreadAs('ÁõÑó'), { written: 'GBK', read: 'ISO-8859-1' })
  for (const text of [
    '刘康',
    'Müller',
    'Đặng Thị',
    'café',
    '锟',
    '䶮𠮷',
    '血糖 6.1 mmol/L ↑',
    'ÅÄÖ',
  ])
    t.equal(misreadAs(text), undefined, text)
})

t.test(
  'lost characters are told of where people read them, and a name may not be question marks',
  async t => {
    const named = (text: string) => found({ resourceType: 'Patient', name: [{ text }] })
    t.same(named('刘\uFFFD'), ['text-lost Patient.name[0].text'])
    t.same(named('锟斤拷'), ['text-lost Patient.name[0].text'])
    t.same(named('??'), ['text-lost Patient.name[0].text'])
    t.same(named('刘\uE123'), ['text-private-use Patient.name[0].text'])
    t.same(named(new TextDecoder('gb18030').decode(new TextEncoder().encode('刘洋洋洋'))), [
      'text-misread Patient.name[0].text',
    ])
    t.same(found({ resourceType: 'Observation', note: [{ text: 'why??' }] }), [])
    t.same(found({ resourceType: 'Observation', component: [{ code: { text: '血\uFFFD' } }] }), [
      'text-lost Observation.component[0].code.text',
    ])
  },
)

t.test('times ahead of the clock by more than five minutes tell by how much', async t => {
  const observation = (effectiveDateTime: string, status = 'final') => ({
    resourceType: 'Observation',
    ...{ status, effectiveDateTime },
  })
  t.same(found(observation('2026-06-01T12:05:00+08:00')), [])
  t.same(found(observation('2026-06-01T12:06:00+08:00')), [
    'time-future Observation.effectiveDateTime',
  ])
  t.same(found(observation('2026-06-01T12:06:00Z')), ['time-future Observation.effectiveDateTime'])
  t.same(found(observation('2026-06-01')), [])
  t.same(found(observation('2026-06-02')), ['time-future Observation.effectiveDateTime'])
  t.same(found(observation('2026-06-02', 'registered')), [])
  t.same(found(observation('1899-12-31')), ['time-past Observation.effectiveDateTime'])
  const [told] = judge(observation('2026-06-01T13:00:00+08:00'), definitions, clock)
  t.match(told, { severity: 'warning', parameters: { minutes: 60, allowed: 5 } })
  t.same(found({ resourceType: 'Appointment', start: '2027-01-01T08:00:00Z' }), [])
})

t.test('births and deaths that cannot be are told of', async t => {
  const born = (birthDate: string, more = {}) =>
    found({ resourceType: 'Patient', birthDate, ...more })
  t.same(born('2027'), ['time-future Patient.birthDate'])
  t.same(born('1890-01-01'), ['time-past Patient.birthDate'])
  t.same(born('1960-01-02', { deceasedDateTime: '1960-01-01' }), [
    'death-before-birth Patient.deceasedDateTime',
  ])
  t.same(born('1960-01-02', { deceasedDateTime: '1960' }), [])
  t.same(born('1931-01-02'), [])
})

t.test('units in a spelling of their own get the UCUM code they stand for', async t => {
  for (const [unit, code] of [
    ['10^9/L', '10*9/L'],
    ['×10⁹/L', '10*9/L'],
    ['10E12/L', '10*12/L'],
    ['ug/ml', 'ug/mL'],
    ['μmol/L', 'umol/L'],
    ['µmol/L', 'umol/L'],
    ['IU/mL', '[IU]/mL'],
    ['mmHg', 'mm[Hg]'],
    ['℃', 'Cel'],
    ['次/分', '/min'],
  ] as const) {
    t.equal(ucumSuggestion(unit), code, unit)
    t.equal(ucumSuggestion(code), undefined, code)
  }
  for (const code of ['mm[Hg]', 'umol/L', '10*9/L', 'mL/min', 'Cel', 'mg/(24.h)', 'kg/m2', 'meq/L'])
    t.ok(canonicalUnit(code), `${code} is of UCUM`)
  const measured = (quantity: object) =>
    found({ resourceType: 'Observation', valueQuantity: { value: 1, ...quantity } })
  const system = 'http://unitsofmeasure.org'
  t.same(measured({ unit: '×10⁹/L', system, code: '10*9/L' }), [])
  t.same(measured({ system, code: '10^9/L' }), ['unit-spelling Observation.valueQuantity.code'])
  t.same(measured({ unit: '10^9/L' }), ['unit-without-code Observation.valueQuantity.unit'])
  t.same(measured({ system, code: 'ug/ml' }), [], 'UCUM has both letters for the litre')
  t.same(measured({ unit: 'ug/ml' }), ['unit-without-code Observation.valueQuantity.unit'])
  t.same(measured({ unit: '片' }), [])
})

t.test('a bundle and what is contained are looked into; no text tells of a person', async t => {
  const contained = {
    ...patient('刘洋', { name: [{ text: '刘洋' }], birthDate: '1899-03-07' }),
    id: 'p',
  }
  const resource = {
    resourceType: 'Observation',
    contained: [contained],
    effectiveDateTime: '1880',
  }
  const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ resource }] }
  const issues = judge(bundle, definitions, clock)
  t.same(issues.map(({ code, expression }) => `${code} ${expression}`).sort(), [
    'identifier-placeholder Bundle.entry[0].resource.contained[0].identifier[0].value',
    'time-past Bundle.entry[0].resource.contained[0].birthDate',
    'time-past Bundle.entry[0].resource.effectiveDateTime',
  ])
  for (const { code, parameters = {} } of issues)
    for (const language of languages)
      t.notMatch(textOf(code, parameters, language), /刘洋|1899-|1880|\{\w+\}/)
})

t.test('in 8000 resources of made-up Chinese patients one thing alone is doubted', async t => {
  const folder = data(t, '12-chinese-content/synthea-zh-40-derived')
  if (folder === undefined) return
  const codes = new Set<string>()
  for (const [, bundle] of filesIn(folder))
    for (const resource of entriesOf(bundle)) for (const told of found(resource)) codes.add(told)
  // Claims that have 99999999999 for the number of their group.
  t.same([...codes], ['identifier-placeholder ExplanationOfBenefit.identifier[1].value'])
})
