/** FHIR search of several types. @see https://hl7.org/fhir/R4/http.html#search */
import t from 'tap'
import { no6, tinglin, zhujing, type Answer, type Caller } from '../server.ts'
import { aVisit, linkOf } from './visit.ts'

const { ask, put } = await aVisit(t)
const search = (path: string, as: Caller = tinglin) => ask('GET', `/fhir${path}`, { as })
const addresses = ({ json }: Answer): string[] =>
  (json.entry ?? [])
    .filter((entry: { search: { mode: string } }) => entry.search.mode === 'match')
    .map((entry: { fullUrl: string }) => entry.fullUrl.split('/').slice(-2).join('/'))
t.test('a search of several types gives what the searches of each type give together', async t => {
  for (const query of [
    'patient=tinglin-liuyang',
    '_tag=urn:test|system-search',
    '_id=tinglin-had,tinglin-seen',
    '_lastUpdated=gt2020-01-01&patient=tinglin-liuyang',
    '_tag:not=urn:test|system-search&patient=tinglin-liuyang',
    'code:missing=true',
    'subject:Patient.name=刘',
    'encounter=Encounter/tinglin-visit',
  ]) {
    const both = await search(`?_type=Condition,Observation&${query}&_count=1000`)
    t.equal(both.status, 200, query)
    const each = await Promise.all(
      ['Condition', 'Observation'].map(type => search(`/${type}?${query}&_count=1000`)),
    )
    t.same(addresses(both).sort(), each.flatMap(addresses).sort(), query)
    t.equal(both.json.total, addresses(both).length)
  }
})

t.test('without _type all types are searched; POST and pages give the same', async t => {
  const all = await search('?_tag=urn:test|system-search&_sort=_id')
  t.same(addresses(all), [
    ...['Condition/tinglin-had', 'Observation/tinglin-seen', 'Observation/tinglin-told'],
    'Encounter/tinglin-visit',
  ])
  t.match(linkOf(all, 'self'), /\/fhir\/\?_tag=/)
  const posted = await ask('POST', '/fhir/_search', {
    as: tinglin,
    body: '_tag=urn%3Atest%7Csystem-search&_sort=_id',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  t.same(addresses(posted), addresses(all))
  const paged: string[] = []
  let page = await search('?_tag=urn:test|system-search&_sort=-_lastUpdated&_count=1')
  for (;;) {
    t.equal(page.json.total, 4)
    paged.push(...addresses(page))
    const next = linkOf(page, 'next')
    if (next === undefined) break
    page = await ask('GET', next, { as: tinglin })
  }
  t.same(paged.sort(), addresses(all).sort())
})

t.test('inclusions, subsets and totals go with several types', async t => {
  const included = await search(
    '?_type=Condition,Observation&_tag=urn:test|system-search&_include=Observation:encounter&_include=Condition:patient',
  )
  const modes = included.json.entry.map((entry: { search: { mode: string } }) => entry.search.mode)
  t.equal(modes.filter((mode: string) => mode === 'include').length, 2)
  const counted = await search('?_tag=urn:test|system-search&_summary=count')
  t.equal(counted.json.total, 4)
  t.notOk(counted.json.entry)
  const part = await search(
    '?_type=Observation,Condition&_tag=urn:test|system-search&_elements=code',
  )
  t.ok(
    part.json.entry.every((entry: { resource: { meta: { tag: { code: string }[] } } }) =>
      entry.resource.meta.tag.some(one => one.code === 'SUBSETTED'),
    ),
  )
})

t.test('what does not fit several types is refused with the reason', async t => {
  for (const [query, status, text] of [
    ['?_type=Observation,Patinet', 400, 'Patient'],
    ['?_type=Observation,Patient&code=x', 400, 'Patient has no search parameter'],
    ['?code=x', 400, 'has no search parameter'],
    ['?_type=Observation,Patient&_sort=name', 400, 'sort'],
    ['?_type=Observation,Condition&_sort=code', 400, 'sorted'],
    ['?_type=Observation&_include=Patient:organization', 400, '_include'],
    ['?_summary=wrong', 400, '_summary'],
    ['?_lastUpdated=gt2020&_id:missing=false', 200, 'searchset'],
    ['?_has:Provenance:target:agent=Practitioner/x', 400, ''],
    ['?_type=Observation,Condition&_foo=1', 400, '_foo'],
  ] as const) {
    const answer = await search(query)
    t.equal(answer.status, status, query)
    t.ok(answer.text.includes(text), `${query}: ${answer.text.slice(0, 300)}`)
  }
  const lenient = await ask(
    'GET',
    '/fhir?_type=Observation,Patient&birthdate=1970&_tag=urn:test|system-search',
    {
      as: tinglin,
      headers: { prefer: 'handling=lenient' },
    },
  )
  t.equal(lenient.status, 200)
  t.same(addresses(lenient).sort(), ['Observation/tinglin-seen', 'Observation/tinglin-told'])
  t.match(lenient.text, /birthdate/)
})

t.test('what is hidden answers like what is absent, in both kinds of search', async t => {
  for (const as of [zhujing, { ...no6, purpose: 'HPAYMT' }]) {
    const hidden = await search('/Encounter/tinglin-visit/*', as)
    const absent = await search('/Encounter/tinglin-visia/*', as)
    t.equal(hidden.status, 200)
    t.equal(hidden.json.total, 0)
    t.equal(hidden.text.replaceAll('visit', 'visia'), absent.text)
    const tagged = await search('?_tag=urn:test|system-search', zhujing)
    const untagged = await search('?_tag=urn:test|system-searcx', zhujing)
    t.equal(
      tagged.text.replaceAll('search', 'searcx'),
      untagged.text.replaceAll('search', 'searcx'),
    )
  }
})

t.test('a count with shared records of other hospitals among it is answered', async t => {
  const body = { resourceType: 'Medication', id: 'tinglin-stock', code: { text: 'stock' } }
  await put(body)
  const counted = await search('/Medication?_summary=count', zhujing)
  t.equal(counted.status, 200)
  t.equal(counted.json.total, 1)
})

t.test('scopes narrow a search without _type and refuse one that names more', async t => {
  const narrow: Caller = { ...tinglin, scope: 'system/Condition.rs' }
  t.same(addresses(await search('?_tag=urn:test|system-search', narrow)), ['Condition/tinglin-had'])
  t.equal((await search('?_type=Condition,Observation', narrow)).status, 403)
  t.equal((await search('?', { ...tinglin, scope: 'system/Condition.c' })).status, 403)
})

t.test('the CapabilityStatement says so', async t => {
  const [rest] = (await ask('GET', '/fhir/metadata')).json.rest
  t.ok(rest.interaction.some((one: { code: string }) => one.code === 'search-system'))
  t.equal(rest.compartment.length, 5)
  t.ok(rest.searchParam.some((one: { name: string }) => one.name === '_lastUpdated'))
})
