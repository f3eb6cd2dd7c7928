/** Parts of resources. @see https://hl7.org/fhir/R4/search.html#summary */
import t from 'tap'
import { loadDefinitions } from '../../src/fhir/definitions.ts'
import { validate } from '../../src/fhir/validate.ts'
import { aServer, no6, tinglin } from '../server.ts'

const { ask } = await aServer(t)
const definitions = loadDefinitions()
const div = '<div xmlns="http://www.w3.org/1999/xhtml">体重</div>'
const body = {
  resourceType: 'Observation',
  id: 'tinglin-s',
  meta: { tag: [{ system: 'urn:a', code: 'mine' }] },
  text: { status: 'generated', div },
  contained: [{ resourceType: 'Patient', id: 'p', name: [{ text: '秘' }] }],
  extension: [{ url: 'http://x', valueString: 'a' }],
  modifierExtension: [
    { url: 'urn:huizhen:StructureDefinition:unverified-machine-result', valueBoolean: true },
  ],
  status: 'final',
  _status: { extension: [{ url: 'http://x', valueString: 'b' }] },
  category: [{ text: 'vital' }],
  code: { text: '体重', extension: [{ url: 'http://x', valueString: 'c' }] },
  subject: { reference: '#p' },
  valueQuantity: { value: 60, unit: 'kg' },
  note: [{ text: '备注' }],
  referenceRange: [{ text: 'r' }],
}
t.equal((await ask('PUT', '/fhir/Observation/tinglin-s', { as: tinglin, body })).status, 201)
const get = (query: string, as = tinglin) => ask('GET', `/fhir/Observation${query}`, { as })
const names = (resource: object): string[] => Object.keys(resource).sort()
const tagCodes = (resource: { meta: { tag: { code: string }[] } }): string[] =>
  resource.meta.tag.map(({ code }) => code)

t.test('_summary=true keeps summary, mandatory and modifier elements, and says so', async t => {
  for (const path of [
    '/tinglin-s?',
    '/tinglin-s/_history/1?',
    '/tinglin-s/_history?',
    '?_id=tinglin-s&',
  ]) {
    const { status, json } = await get(`${path}_summary=true`)
    t.equal(status, 200, path)
    const resource = json.entry?.[0].resource ?? json
    t.same(names(resource), [
      ...['_status', 'code', 'id', 'meta', 'modifierExtension', 'resourceType', 'status'],
      ...['subject', 'valueQuantity'],
    ])
    t.same(names(resource.code), ['text'])
    t.same(tagCodes(resource), ['mine', 'SUBSETTED'])
    t.equal(resource.meta.versionId, '1')
    t.match(resource.meta.lastUpdated, /Z$/)
  }
})

t.test('_summary=text and =data are each other’s complement', async t => {
  const text = (await get('/tinglin-s?_summary=text')).json
  t.same(names(text), [
    ...['_status', 'code', 'id', 'meta', 'modifierExtension', 'resourceType', 'status', 'text'],
  ])
  t.equal(text.text.div, div)
  const { json } = await get('/tinglin-s?_summary=data')
  t.same(
    names(json),
    names({ ...body, _status: 0 }).filter(name => name !== 'text'),
  )
  t.same(tagCodes(json), ['mine', 'SUBSETTED'])
})

t.test('_elements keeps what is named, mandatory elements and modifiers', async t => {
  for (const wanted of ['note,value', 'note, valueQuantity']) {
    const { json } = await get(`?_id=tinglin-s&_elements=${wanted}`)
    t.same(names(json.entry[0].resource), [
      ...['_status', 'code', 'id', 'meta', 'modifierExtension', 'note', 'resourceType'],
      ...['status', 'valueQuantity'],
    ])
    t.match(decodeURIComponent(json.link[0].url), '_elements=note')
  }
})

t.test('without them, and with _summary=false, the stored bytes come whole', async t => {
  const whole = await get('/tinglin-s')
  t.notMatch(whole.text, 'SUBSETTED')
  t.equal((await get('/tinglin-s?_summary=false')).text, whole.text)
})

t.test('_summary=count gives the total and nothing else', async t => {
  const { json } = await get('?_summary=count')
  t.equal(json.entry, undefined)
  t.type(json.total, 'number')
})

t.test('parts are valid resources, in JSON and XML, on every page', async t => {
  for (const query of ['_summary=true', '_summary=text', '_summary=data', '_elements=id']) {
    for (const type of ['Patient', 'Observation', 'Consent', 'Organization', 'Practitioner']) {
      const { status, json } = await ask('GET', `/fhir/${type}?_count=50&${query}`, { as: tinglin })
      t.equal(status, 200)
      for (const { resource } of json.entry ?? []) {
        // A part keeps what is mandatory by itself, not what one of several elements must say.
        const problems = validate(resource, definitions).filter(
          ({ code }) => code !== 'reference-contained-missing' && code !== 'invariant-broken',
        )
        t.same(problems, [], `${type} ${query}`)
        t.ok(tagCodes(resource).includes('SUBSETTED'))
      }
    }
  }
  const first = await get('?_count=1&_summary=true&_format=json&_pretty=true')
  const next = first.json.link.find(({ relation }: { relation: string }) => relation === 'next')
  if (next !== undefined) {
    t.match(next.url, '_pretty=true')
    const second = await ask('GET', next.url, { as: tinglin })
    t.match(second.text, /^\{\n/)
    t.ok(tagCodes(second.json.entry[0].resource).includes('SUBSETTED'))
  }
  const xml = await get('/tinglin-s?_summary=true&_format=xml')
  t.match(xml.text, '<code value="SUBSETTED"/>')
})

t.test('included resources are summarized, but keep their elements under _elements', async t => {
  const include = '_id=tinglin-s&_revinclude=Provenance:target&_include=Observation:subject'
  for (const query of ['_summary=true', '_elements=status'])
    t.equal((await get(`?${include}&${query}`)).status, 200)
  const text = await get(`?${include}&_summary=text`)
  t.equal(text.status, 400)
  t.equal(text.json.issue[0].details.coding[0].code, 'summary-text-include')
})

t.test('values that are not taken are refused, all at once', async t => {
  for (const [query, code] of [
    ['/tinglin-s?_summary=count', 'search-result-malformed'],
    ['/tinglin-s?_summary=yes', 'search-result-malformed'],
    ['/tinglin-s?_summary=true&_summary=text', 'search-parameter-repeated'],
    ['/tinglin-s?_summary=true&_elements=code', 'summary-with-elements'],
    ['/tinglin-s?_elements=nonsense,code.text', 'elements-unknown'],
    ['/tinglin-s/_history?_elements=__proto__', 'elements-unknown'],
    [`?_elements=${'a,'.repeat(200)}`, 'elements-too-many'],
  ] as const) {
    const { status, json } = await get(query)
    t.equal(status, 400, query)
    t.equal(json.issue[0].details.coding[0].code, code, query)
  }
  t.equal((await get('/tinglin-s?_elements=a,b')).json.issue.length, 2)
})

t.test('a part of what is hidden is as absent as the whole', async t => {
  const [hidden, absent] = [
    await get('/tinglin-s?_summary=true', no6),
    await get('/tinglin-none?_summary=true', no6),
  ]
  t.equal(hidden.status, 404)
  t.equal(hidden.text, absent.text)
})
