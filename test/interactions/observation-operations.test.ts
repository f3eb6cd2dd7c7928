/** Observation/$lastn and $stats. @see https://hl7.org/fhir/R4/observation-operations.html */
import assert from 'node:assert/strict'
import t from 'tap'
import { aServer, tinglin, zhang, zhujing, type Answer, type Caller } from '../server.ts'

const { ask } = await aServer(t)
const get = (path: string, as: Caller = tinglin) => ask('GET', `/fhir/Observation/${path}`, { as })
const post = (path: string, parameter: readonly object[], as: Caller = tinglin) =>
  ask('POST', `/fhir/Observation/${path}`, { as, body: { resourceType: 'Parameters', parameter } })
const ids = ({ json }: Answer): string[] =>
  (json.entry ?? []).map((entry: { resource: { id: string } }) =>
    entry.resource.id.replace('tinglin-op-', ''),
  )

const ucum = 'http://unitsofmeasure.org'
const write = async (id: string, more: object): Promise<void> => {
  const body = {
    ...{ resourceType: 'Observation', id: `tinglin-op-${id}`, status: 'final' },
    subject: { reference: 'Patient/tinglin-op' },
    ...more,
  }
  const { status, text } = await ask('PUT', `/fhir/Observation/${body.id}`, { as: tinglin, body })
  assert.equal(status, 201, text)
}
const coded = (...codes: string[]) => ({
  code: { coding: codes.map(code => ({ system: 'urn:code', code })) },
  category: [{ coding: [{ system: 'urn:category', code: 'lab' }] }],
})
const at = (effectiveDateTime: string) => ({ effectiveDateTime })
const value = (number: number, code = 'mmol/L') => ({
  valueQuantity: { value: number, unit: code, system: ucum, code },
})
const patient = { resourceType: 'Patient', id: 'tinglin-op' }
await ask('PUT', '/fhir/Patient/tinglin-op', { as: tinglin, body: patient })
await write('a1', { ...coded('a'), ...at('2024-01-01'), ...value(0.004, 'mol/L') })
await write('a2', { ...coded('a'), ...at('2024-01-02'), ...value(6) })
await write('a3', { ...coded('a', 'x'), ...at('2024-01-03'), ...value(8) })
await write('x4', { ...coded('x'), ...at('2024-01-03'), ...value(1) })
await write('b1', { ...coded('b'), ...at('2023-01-01') })
await write('b2', { ...coded('b') })
await write('t1', { code: { text: 'T' }, category: coded('').category, ...at('2022-01-01') })
await write('t2', { code: { text: 't' }, category: coded('').category, ...at('2022-01-02') })
await write('p1', {
  ...coded('panel'),
  ...at('2024-02-01T10:00:00Z'),
  component: [
    { code: { coding: [{ system: 'urn:code', code: 'sys' }] }, ...value(120, 'mm[Hg]') },
    { code: { coding: [{ system: 'urn:code', code: 'dia' }] }, ...value(80, 'mm[Hg]') },
  ],
})
await write('e1', { ...coded('a'), ...at('2024-01-09'), ...value(99), status: 'entered-in-error' })
await write('n1', { ...coded('a'), ...at('2024-01-08'), valueString: 'none' })
await write('m1', {
  ...{ ...coded('a'), ...at('2024-01-07'), ...value(50) },
  modifierExtension: [
    { url: 'urn:huizhen:StructureDefinition:unverified-machine-result', valueBoolean: true },
  ],
})

t.test('$lastn gives the newest of each code, translations joined, ties shown', async t => {
  const whose = 'patient=tinglin-op'
  for (const [query, expected] of [
    [`${whose}&code=a&status:not=entered-in-error`, 'n1'],
    [`${whose}&code=a&date=lt2024-01-04&max=2`, 'a3 a2'],
    [`${whose}&code=a,x&date=lt2024-01-04`, 'x4 a3'],
    [`${whose}&code=a,x&date=lt2024-01-04&max=2`, 'x4 a3'],
    [`${whose}&code=a,x&date=lt2024-01-04&max=3`, 'x4 a3 a2'],
    [`${whose}&code=b`, 'b1'],
    [`${whose}&code=b&max=5`, 'b1 b2'],
    [`subject=Patient/tinglin-op&category=lab&date=lt2023`, 't2 t1'],
    [`${whose}&category=urn:category|lab&date=lt2024-01-04`, 'x4 a3 b1 t2 t1'],
    [`${whose}&code=none`, ''],
    [`patient=tinglin-absent&code=a`, ''],
  ] as const) {
    const answer = await get(`$lastn?${query}`)
    t.equal(answer.status, 200, answer.text.slice(0, 300))
    t.equal(ids(answer).slice().sort().join(' '), expected.split(' ').sort().join(' '), query)
    t.equal(answer.json.total, ids(answer).length)
    t.equal(answer.json.type, 'searchset')
  }
  const posted = await post('$lastn', [
    { name: 'patient', valueString: 'tinglin-op' },
    { name: 'code', valueString: 'b' },
    { name: 'max', valuePositiveInt: 2 },
  ])
  t.same(ids(posted), ['b1', 'b2'])
})

t.test('$lastn refuses what it cannot answer', async t => {
  for (const [query, text] of [
    ['code=a', 'patient'],
    ['patient=tinglin-op', 'category'],
    ['patient=tinglin-op&code=a&max=0', 'max'],
    ['patient=tinglin-op&code=a&max=2&max=3', 'max'],
    ['patient=tinglin-op&code=a&_count=3', '_count'],
    ['patient=tinglin-op&code=a&cod=3', 'cod'],
  ] as const) {
    const answer = await get(`$lastn?${query}`)
    t.equal(answer.status, 400, query)
    t.match(answer.text, text)
  }
  t.equal((await post('$lastn', [{ name: 'patient', valuePeriod: {} }])).status, 400)
  t.equal((await ask('GET', '/fhir/Patient/$lastn', { as: tinglin })).status, 404)
})

const figures = ({ json }: Answer, at = 0): Record<string, number | undefined> =>
  Object.fromEntries(
    json.parameter[at].resource.component.map(
      (one: { code: { text: string }; valueQuantity?: { value: number } }) => [
        one.code.text,
        one.valueQuantity?.value,
      ],
    ),
  )

t.test('$stats computes over values of one unit, converted, without errors', async t => {
  const all =
    'average,maximum,minimum,count,total-count,median,std-dev,sum,variance,4-lower,4-upper,4-dev,5-1,skew,regression'
  const answer = await get(
    `$stats?subject=Patient/tinglin-op&code=a&system=urn:code&statistic=${all}&include=true&limit=2`,
  )
  t.equal(answer.status, 200, answer.text.slice(0, 500))
  t.match(figures(answer), {
    ...{ Average: 6, Maximum: 8, Minimum: 4, Count: 3, 'Total Count': 5, Median: 6, Sum: 18 },
    ...{ 'Standard Deviation': 2, Variance: 4, 'Lower Quartile': 5, 'Upper Quartile': 7 },
    ...{ 'Quartile Deviation': 1, '1st Quintile': 4.8, Skew: 0 },
    'Regression: intercept, at the first measurement': 4,
  })
  t.ok(Math.abs(figures(answer)['Regression: gradient, per hour']! - 2 / 24) < 1e-9)
  const [statistics, ...sources] = answer.json.parameter
  t.match(statistics.resource, {
    ...{
      resourceType: 'Observation',
      status: 'final',
      subject: { reference: 'Patient/tinglin-op' },
    },
    code: { coding: [{ system: 'urn:code', code: 'a' }] },
  })
  t.equal(sources.length, 2)
  t.ok(sources.every((one: { name: string }) => one.name === 'source'))
  t.match(statistics.resource.component[0].valueQuantity, { system: ucum, code: 'mmol/L' })
})

t.test('$stats takes the period, the codings and the components that are asked for', async t => {
  const period = await post('$stats', [
    { name: 'subject', valueUri: 'Patient/tinglin-op' },
    { name: 'coding', valueCoding: { system: 'urn:code', code: 'a' } },
    { name: 'period', valuePeriod: { start: '2024-01-02', end: '2024-01-03' } },
    { name: 'statistic', valueCode: 'count' },
    { name: 'statistic', valueCode: 'sum' },
  ])
  t.equal(period.status, 200, period.text.slice(0, 500))
  t.equal(figures(period)['Count'], 2)
  t.match(period.json.parameter[0].resource.effectivePeriod, { start: '2024-01-02' })
  const panel = await get('$stats?subject=Patient/tinglin-op&code=panel&statistic=maximum')
  t.equal(panel.json.parameter.length, 3, 'two components, and the panel without a value')
  t.same([0, 1].map(at => figures(panel, at)['Maximum']).sort(), [120, 80])
  const component = await get('$stats?subject=Patient/tinglin-op&code=sys&statistic=average')
  t.equal(figures(component)['Average'], 120)
  const recent = await get(
    '$stats?subject=Patient/tinglin-op&code=a&statistic=count,average&duration=1',
  )
  t.same(figures(recent), { Count: 0, Average: undefined })
  t.match(recent.text, /not-applicable/)
})

t.test('$stats names what is wrong', async t => {
  for (const query of [
    'code=a&statistic=count',
    'subject=Patient/x&statistic=count',
    'subject=Patient/x&code=a',
    'subject=Patient/x&code=a&statistic=mode',
    'subject=Patient/x&code=a&statistic=count&duration=-1',
    'subject=Patient/x&code=a&statistic=count&duration=1e300',
    'subject=Patient/x&subject=Patient/y&code=a&statistic=count',
    'subject=Patient/x&code=a&statistic=count&more=1',
    'subject=%20&code=a&statistic=count',
    'subject=Patient/x&code=a&statistic=count&__proto__=1',
    'subject=Patient/x&code=a&statistic=count&include=maybe',
  ])
    t.equal((await get(`$stats?${query}`)).status, 400, query)
  t.equal((await post('$stats', [{ name: 'period', valuePeriod: { start: 1 } }])).status, 400)
})

t.test('neither tells of what is hidden', async t => {
  for (const [name, query] of [
    ['$lastn', 'patient=tinglin-op&code=a'],
    ['$stats', 'subject=Patient/tinglin-op&code=a&statistic=count,sum'],
  ] as const) {
    const hidden = await get(`${name}?${query}`, zhujing)
    const absent = await get(`${name}?${query.replace('-op', '-no')}`, zhujing)
    t.equal(hidden.status, 200)
    t.equal(hidden.text.replaceAll('tinglin-op', 'tinglin-no'), absent.text)
  }
  const narrow: Caller = { ...tinglin, scope: 'system/Patient.rs' }
  t.equal((await get('$lastn?patient=tinglin-op&code=a', narrow)).status, 403)
  t.equal(
    (await get('$stats?subject=Patient/tinglin-op&code=a&statistic=count', narrow)).status,
    403,
  )
})

t.test('a specialist gets what consent opens', async t => {
  const seen = await get('$lastn?patient=tinglin-liuyang&category=laboratory&max=2', zhang)
  t.equal(seen.status, 200)
  t.ok(ids(seen).length >= 2)
})

t.test('both are in the CapabilityStatement', async t => {
  const [rest] = (await ask('GET', '/fhir/metadata')).json.rest
  const observation = rest.resource.find((one: { type: string }) => one.type === 'Observation')
  const names = observation.operation.map((one: { name: string }) => one.name)
  t.ok(names.includes('lastn') && names.includes('stats'))
})
