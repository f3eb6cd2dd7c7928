/** Expansions and hierarchies. @see https://hl7.org/fhir/R4/valueset.html#expansion */
import t from 'tap'
import { loadTerminology, terminologyOf } from '../../src/fhir/terminology.ts'

const small = terminologyOf({
  codeSystems: {
    'urn:s': [['a'], ['b', [0]], ['c', [1]], ['d', [0]], ['e'], ['f', [1, 3]]],
    'urn:r': [['a'], ['z']],
  },
  valueSets: {
    'urn:whole': { version: '2', include: [{ system: 'urn:s' }] },
    'urn:some': { include: [{ system: 'urn:s', codes: ['a', 'e'] }, { system: 'urn:r' }] },
    'urn:is-a': { include: [{ system: 'urn:s', filters: [['concept', 'is-a', 'b']] }] },
    'urn:under': { include: [{ system: 'urn:s', filters: [['concept', 'descendent-of', 'b']] }] },
    'urn:other': { include: [{ system: 'urn:s', filters: [['concept', 'is-not-a', 'b']] }] },
    'urn:both': {
      include: [
        {
          system: 'urn:s',
          filters: [
            ['concept', 'is-a', 'b'],
            ['concept', 'is-a', 'd'],
          ],
        },
      ],
    },
    'urn:import': { include: [{ valueSets: ['urn:is-a', 'urn:other'] }] },
    'urn:cut': { include: [{ system: 'urn:s', valueSets: ['urn:is-a'] }] },
    'urn:less': { include: [{ system: 'urn:s' }], exclude: [{ valueSets: ['urn:is-a|1'] }] },
    'urn:foreign': { include: [{ system: 'urn:elsewhere', codes: ['x'] }] },
    'urn:loop': { include: [{ valueSets: ['urn:loop'] }] },
    'urn:absent': { include: [{ system: 'urn:elsewhere' }] },
    'urn:excluding': { include: [{ system: 'urn:s' }], exclude: [{ system: 'urn:elsewhere' }] },
    'urn:regex': { include: [{ system: 'urn:s', filters: [['code', 'regex', '.*']] }] },
    'urn:empty': { include: [] },
  },
})

t.test('a value set has the codes its parts say', async t => {
  for (const [url, expected] of [
    ['urn:whole', 's a, s b, s c, s d, s e, s f'],
    ['urn:whole|2', 's a, s b, s c, s d, s e, s f'],
    ['urn:some', 's a, s e, r a, r z'],
    ['urn:is-a', 's b, s c, s f'],
    ['urn:under', 's c, s f'],
    ['urn:other', 's a, s d, s e'],
    ['urn:both', 's f'],
    ['urn:import', ''],
    ['urn:cut', 's b, s c, s f'],
    ['urn:less', 's a, s d, s e'],
    ['urn:foreign', 'elsewhere x'],
    ['urn:empty', ''],
  ] as const) {
    const found = small.expand(url)
    t.ok(Array.isArray(found), url)
    const text = [...found].map(([system, code]) => `${system!.slice(4)} ${code}`).join(', ')
    t.equal(text, expected, url)
  }
})

t.test('what cannot be listed whole is not listed in part', async t => {
  for (const url of ['urn:loop', 'urn:absent', 'urn:excluding', 'urn:regex'])
    t.equal(small.expand(url), 'not-listed', url)
  for (const url of ['urn:nowhere', 'urn:whole|1', '__proto__', ''])
    t.equal(small.expand(url), 'unknown', url)
})

t.test('a code stands with what is below or above it', async t => {
  t.same([...small.below('urn:s', 'a')!].sort(), ['a', 'b', 'c', 'd', 'f'])
  t.same([...small.above('urn:s', 'f')!].sort(), ['a', 'b', 'd', 'f'])
  t.same(small.below('urn:s', 'e'), ['e'])
  t.same(small.below('urn:s', 'unknown'), ['unknown'])
  t.equal(small.below('urn:nowhere', 'a'), undefined)
})

t.test('the terminology of R4 is here', async t => {
  const terminology = loadTerminology()
  t.equal(terminology.expand('http://hl7.org/fhir/ValueSet/administrative-gender').length, 4)
  t.ok(terminology.expand('http://hl7.org/fhir/ValueSet/observation-category').length >= 9)
  t.same(terminology.below('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'), [
    'active',
    'recurrence',
    'relapse',
  ])
  const listed = terminology.valueSets.filter(url => Array.isArray(terminology.expand(url)))
  t.ok(listed.length > 1200, `${listed.length} value sets`)
})
