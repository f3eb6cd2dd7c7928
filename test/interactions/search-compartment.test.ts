/** FHIR search of compartments. @see https://hl7.org/fhir/R4/http.html#vsearch */
import t from 'tap'
import { seenOf, tinglin, zhang, zhujing, type Answer, type Caller } from '../server.ts'
import { aVisit, linkOf } from './visit.ts'

const { ask, put, liuyang } = await aVisit(t)
const search = (path: string, as: Caller = tinglin, method = 'GET') =>
  ask(method, path.startsWith('http') ? path : `/fhir${path}`, { as })
const addresses = ({ json }: Answer): string[] =>
  (json.entry ?? []).map((entry: { fullUrl: string }) =>
    entry.fullUrl.split('/').slice(-2).join('/'),
  )
t.test('a compartment has what its parameters name, of one type and of all', async t => {
  for (const [path, expected] of [
    ['/Encounter/tinglin-visit/Observation', ['Observation/tinglin-seen']],
    ['/Encounter/tinglin-visit/Condition?patient=tinglin-liuyang', ['Condition/tinglin-had']],
    ['/Encounter/tinglin-visit/Condition?patient=tinglin-other', []],
    ['/Encounter/tinglin-visit/Encounter', ['Encounter/tinglin-visit']],
    [
      '/Encounter/tinglin-visit/*',
      ['Condition/tinglin-had', 'Encounter/tinglin-visit', 'Observation/tinglin-seen'],
    ],
    ['/Encounter/tinglin-visit/*?_type=Condition', ['Condition/tinglin-had']],
    [
      '/Patient/tinglin-liuyang/Observation?_tag=urn:test|system-search',
      ['Observation/tinglin-seen', 'Observation/tinglin-told'],
    ],
    [
      '/Patient/tinglin-liuyang/*?_tag=urn:test|system-search',
      [
        ...['Condition/tinglin-had', 'Encounter/tinglin-visit', 'Observation/tinglin-seen'],
        'Observation/tinglin-told',
      ],
    ],
    ['/Patient/tinglin-liuyang/Patient', ['Patient/tinglin-liuyang']],
    ['/Practitioner/tinglin-nobody/Observation', []],
    ['/Device/x/Observation', []],
    ['/RelatedPerson/x/*', []],
  ] as const) {
    const answer = await search(path)
    t.equal(answer.status, 200, path)
    t.same(addresses(answer).sort(), expected, path)
    t.equal(answer.json.total, expected.length, path)
  }
  const paged = await search('/Patient/tinglin-liuyang/Observation?_count=1')
  const next = linkOf(paged, 'next')!
  t.match(next, '/fhir/Patient/tinglin-liuyang/Observation?_cursor=')
  t.equal((await ask('GET', next, { as: tinglin })).json.total, paged.json.total)
  t.equal((await search('/Observation/x/Patient')).status, 404)
  t.match((await search('/Patient/x/Organization')).text, /not in the compartment Patient/)
  t.equal((await search('/Patient/x/Organization')).status, 404)
  t.equal((await search('/Patient/x/Observatoin')).status, 404)
  t.equal((await search('/Encounter/x/*?_type=Patient')).status, 400)
})

t.test('a search by POST, and HEAD, is the same search', async t => {
  const path = '/Patient/tinglin-liuyang/Observation'
  const wanted = seenOf(await search(`${path}?_tag=urn:test|system-search&_sort=_id`))
  const posted = await ask('POST', `/fhir${path}/_search?_tag=urn:test|system-search`, {
    ...{ as: tinglin, body: '_sort=_id' },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  t.strictSame(seenOf(posted), wanted)
  const head = await search(`${path}?_tag=urn:test|system-search&_sort=_id`, tinglin, 'HEAD')
  t.strictSame(seenOf(head), { ...wanted, text: '' })
})

t.test('the compartment of a hidden resource is as empty as that of an absent one', async t => {
  for (const rest of ['Observation', '*', 'Encounter?_summary=count']) {
    const hidden = await search(`/Encounter/tinglin-visit/${rest}`, zhujing)
    const absent = await search(`/Encounter/tinglin-visia/${rest}`, zhujing)
    t.strictSame([hidden.status, hidden.json.total], [200, 0], rest)
    t.equal(hidden.text.replaceAll('visit', 'visia'), absent.text, rest)
  }
})

t.test('methods and scopes that do not fit are refused, whatever exists', async t => {
  for (const [path, allow] of [
    ['Observation', 'GET, HEAD'],
    ['*', 'GET, HEAD'],
    ['Observation/_search', 'POST'],
  ] as const) {
    const { status, headers } = await search(`/Patient/tinglin-liuyang/${path}`, tinglin, 'DELETE')
    t.strictSame([status, headers.allow], [405, allow], path)
  }
  const narrow: Caller = { ...tinglin, scope: 'system/Condition.rs' }
  for (const id of ['tinglin-visit', 'tinglin-none'])
    t.equal((await search(`/Encounter/${id}/Observation`, narrow)).status, 403, id)
  t.same(addresses(await search('/Encounter/tinglin-visit/*', narrow)), ['Condition/tinglin-had'])
})

t.test(
  'an own row that names a hidden encounter is found, that of another hospital is not',
  async t => {
    await put(
      {
        ...{ resourceType: 'Encounter', id: 'zhujing-private', status: 'finished' },
        class: { code: 'AMB' },
      },
      zhujing,
    )
    await put({
      ...{
        resourceType: 'Observation',
        id: 'tinglin-of-theirs',
        status: 'final',
        subject: liuyang,
      },
      ...{ code: { text: 'x' }, encounter: { reference: 'Encounter/zhujing-private' } },
    })
    const path = '/Encounter/zhujing-private/Observation'
    t.same(addresses(await search(path)), ['Observation/tinglin-of-theirs'])
    t.same(addresses(await search(path, zhang)), [], 'the consent opens the row, not the encounter')
  },
)
