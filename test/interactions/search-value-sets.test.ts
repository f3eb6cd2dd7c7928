/** `:in` and `:not-in` by stored value sets. @see https://hl7.org/fhir/R4/search.html#token */
import t from 'tap'
import { aServer, seenOf, tinglin } from '../server.ts'

const { ask } = await aServer(t)

const local = 'urn:example:laboratory'
const codeSystem = {
  ...{ resourceType: 'CodeSystem', id: 'tinglin-laboratory', url: local, status: 'active' },
  ...{ content: 'complete', hierarchyMeaning: 'is-a' },
  concept: [{ code: 'B', concept: [{ code: 'B1' }, { code: 'B2' }] }, { code: 'U' }],
}
const set = (id: string, include: readonly object[], more: object = {}) => ({
  ...{ resourceType: 'ValueSet', id: `tinglin-${id}`, url: `urn:example:${id}`, status: 'active' },
  ...{ compose: { include, ...more } },
})
const isBlood = { system: local, filter: [{ property: 'concept', op: 'is-a', value: 'B' }] }
const many = (count: number) => Array.from({ length: count }, (_, at) => ({ code: `C${at}` }))
const observation = (id: string, code: string) => ({
  ...{ resourceType: 'Observation', id: `tinglin-${id}`, status: 'final' },
  code: { coding: [{ system: local, code }] },
})

t.before(async () => {
  for (const resource of [
    codeSystem,
    set('blood', [isBlood]),
    set('blood-but-1', [{ valueSet: ['urn:example:blood'] }], {
      exclude: [{ system: local, concept: [{ code: 'B1' }] }],
    }),
    set('widest', [{ system: 'urn:example:elsewhere', concept: many(10_000) }]),
    set('too-wide', [{ system: 'urn:example:elsewhere', concept: many(10_001) }]),
    set('unlisted', [{ system: 'http://loinc.org' }]),
    set('circle', [{ valueSet: ['urn:example:circle'] }]),
    observation('blood', 'B1'),
    observation('blood-2', 'B2'),
    observation('urine', 'U'),
    {
      ...{
        resourceType: 'DiagnosticReport',
        id: 'tinglin-report',
        status: 'final',
        code: { text: 'x' },
      },
      result: [{ reference: 'Observation/tinglin-blood' }],
    },
  ]) {
    const path = `/fhir/${resource.resourceType}/${resource.id}`
    const { status, text } = await ask('PUT', path, { as: tinglin, body: resource })
    if (status !== 201) throw new Error(text)
  }
})

/** Of the observations above, those that a search finds. */
const ours = '_id=tinglin-blood,tinglin-blood-2,tinglin-urine'

const found = async (query: string) => {
  const { status, json, text } = await ask('GET', `/fhir/${query}`, { as: tinglin })
  if (status !== 200) throw new Error(text)
  const entries: { resource: { id: string } }[] = json.entry ?? []
  return entries
    .map(({ resource }) => resource.id.replace('tinglin-', ''))
    .sort()
    .join(' ')
}
const refused = async (query: string) => {
  const { status, json } = await ask('GET', `/fhir/${query}`, { as: tinglin })
  return `${status} ${json.issue[0].details.coding[0].code}`
}

t.test(
  'a stored value set finds what it holds, by its filters, imports and exclusions',
  async t => {
    t.equal(await found('Observation?code:in=urn:example:blood'), 'blood blood-2')
    t.equal(await found(`Observation?${ours}&code:not-in=urn:example:blood`), 'urine')
    t.equal(await found('Observation?code:in=urn:example:blood-but-1'), 'blood-2')
    t.equal(await found('Observation?code:in=urn:example:widest'), '')
    t.equal(await found('DiagnosticReport?result.code:in=urn:example:blood'), 'report')
    t.equal(await found('Observation?_filter=code in urn:example:blood'), 'blood blood-2')
    t.equal(await found('?_type=Observation,Condition&code:in=urn:example:blood'), 'blood blood-2')
  },
)

t.test('a value set that is changed is asked as it is now', async t => {
  const changed = set('blood', [{ system: local, concept: [{ code: 'U' }] }])
  const put = (body: object) => ask('PUT', '/fhir/ValueSet/tinglin-blood', { as: tinglin, body })
  t.equal((await put(changed)).status, 200)
  t.equal(await found('Observation?code:in=urn:example:blood'), 'urine')
  t.equal((await put(set('blood', [isBlood]))).status, 200)
  t.equal(await found('Observation?code:in=urn:example:blood'), 'blood blood-2')
})

t.test('those of R4 are asked, too, unless a stored one has their address', async t => {
  const url = 'http://hl7.org/fhir/ValueSet/observation-status'
  t.equal(await found(`Observation?${ours}&status:in=${url}`), 'blood blood-2 urine')
  const body = { ...set('status', [{ system: 'urn:example:none', concept: [{ code: 'x' }] }]), url }
  t.equal((await ask('PUT', '/fhir/ValueSet/tinglin-status', { as: tinglin, body })).status, 201)
  t.equal(await found(`Observation?${ours}&status:in=${url}`), '')
})

t.test('what cannot be asked is refused, and what is hidden as what is not here', async t => {
  t.equal(await refused('Observation?code:in=urn:example:nothing'), '400 search-value-set-unknown')
  t.equal(
    await refused('Observation?code:in=urn:example:too-wide'),
    '422 search-value-set-too-large',
  )
  for (const id of ['unlisted', 'circle'])
    t.equal(
      await refused(`Observation?code:in=urn:example:${id}`),
      '400 search-value-set-not-listed',
    )
  const names = Array.from({ length: 21 }, (_, at) => `urn:example:${at}`).join()
  t.equal(await refused(`Observation?code:in=${names}`), '400 search-value-sets-too-many')
  t.equal(
    await refused('Observation?code:in=urn:example:blood&x=1'),
    '400 search-parameter-unknown',
  )
  const as = { ...tinglin, scope: 'system/Observation.rs' }
  const asked = async () =>
    seenOf(await ask('GET', '/fhir/Observation?code:in=urn:example:late', { as }))
  const absent = await asked()
  const body = set('late', [isBlood])
  t.equal((await ask('PUT', '/fhir/ValueSet/tinglin-late', { as: tinglin, body })).status, 201)
  t.equal(await found('Observation?code:in=urn:example:late'), 'blood blood-2')
  const hidden = await asked()
  t.equal(hidden.status, 400)
  t.same(hidden, absent)
})
