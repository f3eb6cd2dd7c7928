import t from 'tap'
import { limits } from '../../src/fhir/limits.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import {
  codeHash,
  codingHash,
  keyOf,
  parameterHash,
  systemHash,
  token,
} from '../../src/search/hash.ts'
import { indexValues } from '../../src/search/index-values.ts'
import { unknownPatient } from '../../src/search/patients.ts'
import { dateRange } from '../../src/search/date-range.ts'
import { folded, afterPrefix } from '../../src/search/folded.ts'
import { resourceTexts } from '../../src/search/resource-texts.ts'
import { baseUrl, definitions, timeZone } from './fixture.ts'

const indexed = (resource: Resource) => indexValues(resource, definitions, { timeZone, baseUrl })
const has = (tokens: readonly bigint[], type: string, code: string, value: bigint): boolean =>
  tokens.includes(token(parameterHash(type, code), value))

const glucose: Resource = {
  resourceType: 'Observation',
  id: 'glucose',
  meta: { tag: [{ system: 'urn:tags', code: 'blue' }], profile: ['http://p.test/lab|1.0'] },
  status: 'final',
  identifier: [{ system: 'urn:lis', value: 'L-1' }],
  category: [{ coding: [{ system: 'urn:categories', code: 'laboratory' }] }],
  code: { coding: [{ system: 'http://loinc.org', code: '2339-0' }, { code: 'GLU' }] },
  subject: { reference: `${baseUrl}/fhir/Patient/wang` },
  encounter: { reference: 'Encounter/e1/_history/3' },
  performer: [{ reference: 'Organization/no6' }, { reference: '#lab' }],
  effectiveDateTime: '2024-03-01',
}

t.test('tokens are found by code, by system and code, and by system', async t => {
  const { tokens } = indexed(glucose)
  for (const value of [
    codeHash('2339-0'),
    codingHash('http://loinc.org', '2339-0'),
    systemHash('http://loinc.org'),
    codeHash('GLU'),
    codingHash(undefined, 'GLU'),
  ])
    t.ok(has(tokens, 'Observation', 'code', value))
  t.notOk(has(tokens, 'Observation', 'code', codingHash(undefined, '2339-0')))
  t.ok(has(tokens, 'Observation', 'identifier', codingHash('urn:lis', 'L-1')))
  t.ok(has(tokens, 'Observation', '_tag', codingHash('urn:tags', 'blue')))
  t.ok(has(tokens, 'Observation', '_profile', codeHash('http://p.test/lab')))
  t.same(
    tokens,
    [...new Set(tokens)].sort((a, b) => (a < b ? -1 : 1)),
    'sorted, each once',
  )
})

t.test('a code has the system of its required value set', async t => {
  const { tokens } = indexed(glucose)
  const system = 'http://hl7.org/fhir/observation-status'
  t.ok(has(tokens, 'Observation', 'status', codingHash(system, 'final')))
  t.ok(has(tokens, 'Observation', 'status', codeHash('final')))
})

t.test('the patient is a column and not a token; other references are tokens', async t => {
  const values = indexed(glucose)
  t.equal(values.patient, keyOf('Patient', 'wang'))
  t.equal(values.otherPatients, null)
  for (const code of ['patient', 'subject'])
    t.notOk(has(values.tokens, 'Observation', code, keyOf('Patient', 'wang')))
  t.ok(has(values.tokens, 'Observation', 'encounter', keyOf('Encounter', 'e1')))
  t.ok(has(values.tokens, 'Observation', 'performer', keyOf('Organization', 'no6')))
  const group = indexed({ ...glucose, subject: { reference: 'Group/g' } })
  t.equal(group.patient, null)
  t.ok(has(group.tokens, 'Observation', 'subject', keyOf('Group', 'g')))
  t.notOk(has(group.tokens, 'Observation', 'patient', keyOf('Group', 'g')))
})

t.test('every patient named anywhere counts', async t => {
  const others = (more: object) => indexed({ ...glucose, ...more }).otherPatients
  t.same(others({ focus: [{ reference: 'Patient/li' }, { reference: 'Patient/wang' }] }), [
    keyOf('Patient', 'li'),
  ])
  t.same(others({ extension: [{ url: 'u', valueReference: { reference: 'Patient/zhao' } }] }), [
    keyOf('Patient', 'zhao'),
  ])
  t.same(others({ contained: [{ resourceType: 'Patient', id: 'p' }] }), [unknownPatient])
  t.same(others({ focus: [{ type: 'Patient', identifier: { value: '1' } }] }), [unknownPatient])
  t.same(others({ focus: [{ reference: 'Patient?identifier=1' }] }), [unknownPatient])
  const elsewhere = others({ focus: [{ reference: 'http://elsewhere.test/Patient/wang' }] })
  t.equal(elsewhere?.length, 1, 'a patient elsewhere is not ours of the same id')
  const appointment = indexed({
    resourceType: 'Appointment',
    id: 'a',
    participant: [{ actor: { reference: 'Patient/wang' } }, { actor: { reference: 'Patient/li' } }],
  })
  t.equal(appointment.patient, null)
  t.same(appointment.otherPatients, [keyOf('Patient', 'wang'), keyOf('Patient', 'li')])
  t.ok(has(appointment.tokens, 'Appointment', 'patient', keyOf('Patient', 'li')))
  t.equal(indexed({ resourceType: 'Patient', id: 'wang' }).patient, keyOf('Patient', 'wang'))
})

t.test('the clinical date is a half-open range, in the zone of the exchange', async t => {
  const day = indexed(glucose)
  t.equal(day.dateLow, '2024-02-29T16:00:00.000Z')
  t.equal(day.dateHigh, '2024-03-01T16:00:00.000Z')
  t.same(day.dates, [])
  const undated: Resource = { ...glucose }
  delete undated['effectiveDateTime']
  const without = indexed(undated)
  t.same([without.dateLow, without.dateHigh], ['-infinity', '-infinity'])
  const open = indexed({ ...undated, effectivePeriod: { start: '2024-01-01T08:00:00Z' } })
  t.same([open.dateLow, open.dateHigh], ['2024-01-01T08:00:00.000Z', 'infinity'])
  const ended = indexed({ ...undated, effectivePeriod: { end: '2024' } })
  t.same([ended.dateLow, ended.dateHigh], ['-infinity', '2024-12-31T16:00:00.000Z'])
  const timing = { event: ['2024-03-05T00:00:00Z', '2024-03-01T00:00:00Z'] }
  const scheduled = indexed({ ...undated, effectiveTiming: timing })
  t.same(
    [scheduled.dateLow, scheduled.dateHigh],
    ['2024-03-01T00:00:00.000Z', '2024-03-05T00:00:01.000Z'],
  )
})

t.test('a date covers what it leaves open', async t => {
  const range = (text: string) => {
    const found = dateRange(text, timeZone)
    return found === undefined ? undefined : [found.low, found.high]
  }
  t.same(range('2024'), ['2023-12-31T16:00:00.000Z', '2024-12-31T16:00:00.000Z'])
  t.same(range('2024-02'), ['2024-01-31T16:00:00.000Z', '2024-02-29T16:00:00.000Z'])
  t.same(range('2024-12-31T23:59Z'), ['2024-12-31T23:59:00.000Z', '2025-01-01T00:00:00.000Z'])
  t.same(range('2024-01-01T00:00:00.5+08:00'), [
    '2023-12-31T16:00:00.500000Z',
    '2023-12-31T16:00:00.600000Z',
  ])
  t.same(range('2024-01-01T00:00:59.9999999Z'), [
    '2024-01-01T00:00:59.999999Z',
    '2024-01-01T00:01:00.000000Z',
  ])
  t.same(range('1988-07-01'), ['1988-06-30T15:00:00.000Z', '1988-07-01T15:00:00.000Z'])
  t.same(range('0001')?.[0], '-infinity')
  t.same(range('9999')?.[1], '9999-12-31T16:00:00.000Z')
  for (const wrong of ['2023-02-29', '2024-13', '2024-00', '2024-01-01T24:00Z', '24', '2024-1', ''])
    t.equal(range(wrong), undefined, wrong)
})

t.test('strings are folded, whole in every part, and Han names also joined', async t => {
  const { strings, tokens } = indexed({
    resourceType: 'Patient',
    id: 'p',
    name: [
      { family: '王', given: ['小', '明'], text: 'ＷＡＮＧ  Xiǎomíng' },
      { family: 'Müller', given: ['Łukasz'] },
    ],
    address: [{ line: ['No. 6 Road'], city: 'Shanghai' }],
  })
  const of = (code: string) =>
    strings
      .filter(({ parameter }) => parameter === parameterHash('Patient', code))
      .map(({ value }) => value)
  const sounds = ['wang', 'xiao', 'ming', 'wangxiaoming', 'wang xiao ming', 'wxm']
  t.same(
    of('name').filter(value => !sounds.includes(value)),
    ['wang xiaoming', '王', '小', '明', '王小明', 'muller', 'łukasz'],
  )
  t.same(
    sounds.filter(sound => !of('name').includes(sound)),
    [],
  )
  t.same(of('family'), ['王', 'wang', 'muller'])
  t.same(of('address'), ['no. 6 road', 'shanghai'])
  t.ok(has(tokens, 'Patient', 'family', codeHash('Müller')), 'the exact text is a token')
})

t.test('folding has a limit that cuts no character', async t => {
  t.equal(Buffer.byteLength(folded('王'.repeat(5000))) <= 2000, true)
  t.equal(folded('王'.repeat(5000)).includes('\ufffd'), false)
  t.equal(afterPrefix('ab'), 'ac')
  t.equal(afterPrefix('\ud7ff'), '\ue000')
  t.equal(afterPrefix('a\u{10ffff}'), 'b')
  t.equal(afterPrefix('\u{10ffff}'), undefined)
})

t.test('a Patient without deceased[x] is not deceased', async t => {
  const deceased = (more: object, code: string) =>
    has(
      indexed({ resourceType: 'Patient', id: 'p', ...more }).tokens,
      'Patient',
      'deceased',
      codeHash(code),
    )
  t.ok(deceased({}, 'false'))
  t.ok(deceased({ deceasedBoolean: false }, 'false'))
  t.ok(deceased({ deceasedDateTime: '2024' }, 'true'))
  t.notOk(deceased({ deceasedDateTime: '2024' }, 'false'))
})

t.test('values have a limit, and odd shapes give nothing', async t => {
  const concept = Array.from({ length: 9000 }, (_, at) => ({ code: `c${at}` }))
  const codes = indexed({ resourceType: 'CodeSystem', id: 'c', concept }).tokens
  t.ok(has(codes, 'CodeSystem', 'code', codeHash('c8999')), 'the last one is found')
  const many = Array.from({ length: limits.tokensPerResourceMax }, (_, at) => ({ code: `c${at}` }))
  t.throws(() => indexed({ resourceType: 'CodeSystem', id: 'c', concept: many }), {
    status: 422,
    code: 'search-values-of-resource-too-many',
  })
  const odd = { ...glucose, code: 'text', category: 5, subject: null, identifier: [null] }
  t.equal(indexed(odd).patient, null)
})

t.test(
  'A code system of 100,000 concepts with names in two languages is found by each',
  async t => {
    const url = 'urn:example:items'
    const concept = Array.from({ length: 100_000 }, (_, at) => ({
      ...{ code: `I${at}`, display: `全自动生化分析项目 ${at}` },
      designation: [
        { language: 'zh-CN', value: `生化项目 ${at}` },
        { language: 'en', value: `chemistry item ${at}` },
      ],
    }))
    const about = { title: '检验项目字典', status: 'active', content: 'complete' }
    const resource: Resource = { resourceType: 'CodeSystem', id: 'items', url, ...about, concept }
    const { tokens, labels } = indexed(resource)
    const texts = resourceTexts(resource, labels, definitions)
    for (const code of ['I0', 'I99999'])
      t.ok(has(tokens, 'CodeSystem', 'code', codeHash(code)), code)
    t.ok(has(tokens, 'CodeSystem', 'language', codeHash('en')))
    t.ok(texts.own.length > 0, 'what describes it is searched as text')
    t.notMatch(texts.own.join(' '), /chemistry/, 'what it lists is not')
  },
)
