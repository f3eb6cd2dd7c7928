import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { limits } from '../../src/fhir/limits.ts'
import { resourceTexts } from '../../src/search/resource-texts.ts'
import { Store, definitions, no6, seenBy, tinglin } from './fixture.ts'

/** @see https://hl7.org/fhir/R4/search.html#text */

const div = (inner: string) => ({
  status: 'generated',
  div: `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`,
})

const observation = (id: string, members: Record<string, unknown>): Resource =>
  ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'x' },
    ...members,
  }) as Resource

t.test('_text finds words of the narrative and _content words of everything', async t => {
  const store = await Store.open(t)
  await store.put(
    observation('liver', {
      text: div('<p>Bone <b>mar</b>row</p><p title="spleen">liver&#32;biopsy &amp; Größe</p>'),
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
      note: [{ text: '患者主诉头痛、發熱三天, HbA1c升高' }],
    }),
  )
  await store.put(observation('other', { note: [{ text: 'heart of stone' }, { text: 'rate' }] }))
  const cases: readonly (readonly [search: string, ids: readonly string[]])[] = [
    ['_text=marrow', ['liver']],
    ['_text=MARROW liver', ['liver']],
    ['_text="bone marrow"', ['liver']],
    ['_text="marrow liver"', ['liver']],
    ['_text="liver bone"', []],
    ['_text=spleen', []],
    ['_text=heart', []],
    ['_text=grosse or gross', []],
    ['_text=grösse or große', ['liver']],
    ['_text=(bone OR kidney) and biopsy', ['liver']],
    ['_text=bone -biopsy', []],
    ['_text=-biopsy', ['other']],
    ['_text=not (biopsy or kidney)', ['other']],
    ['_text=biop*', ['liver']],
    ['_text=biop', []],
    ['_content=heart', ['liver', 'other']],
    ['_content="heart rate"', ['liver']],
    ['_content=heart,nothing', ['liver', 'other']],
    ['_content=8867-4', ['liver']],
    ['_content=8867-5', []],
    ['_content=头痛', ['liver']],
    ['_content=痛', ['liver']],
    ['_content=发热三天', ['liver']],
    ['_content=發熱', ['liver']],
    ['_content=热三', ['liver']],
    ['_content=头发', []],
    ['_content=痛发', []],
    ['_content="头痛 发热"', ['liver']],
    ['_content=hba1c升高', ['liver']],
    ['_content="三天 hba1c"', ['liver']],
    ['_content=天hba1c升', ['liver']],
    ['_content=主诉 -咳嗽', ['liver']],
    ['_content="stone rate"', []],
    ['_content=http', []],
    ['_content="or"', []],
  ]
  for (const [search, ids] of cases)
    t.same((await store.ids(`Observation?${search}`)).sort(), ids, search)
  t.same(await store.ids('Patient?_content=heart'), [], 'only of the type that is searched')
  t.same(await store.ids('Observation?code=8867-4&_content=发热'), ['liver'])
})

t.test('what is taken out of a record for another hospital does not find it there', async t => {
  const store = await Store.open(t)
  const name = (display: string) => ({ reference: 'Patient/p', display })
  await store.put({ resourceType: 'Patient', id: 'p' } as Resource)
  await store.put(
    observation('o', {
      text: div('schizophrenia'),
      code: { text: 'glucose' },
      subject: name('Liu Yang'),
      performer: [{ reference: 'Organization/g', display: 'Tinglin laboratory' }],
    }),
  )
  const key = (
    await store.run('select patient from resource where patient is not null limit 1')
  )[0]!
  const patient = key['patient']
  await store.run(`insert into consultation_gate values (1, $1, $2, $3, '-infinity', 'infinity')`, [
    no6,
    patient,
    tinglin,
  ])
  const permit = (ordinal: number, kind: string, types: string | null) =>
    store.run(
      `insert into consent_rule values (9, $1, $2, $3, $4, null, null, $5, '-infinity', 'infinity')`,
      [ordinal, patient, tinglin, kind, types],
    )
  await permit(0, 'P', null)
  const found = async (search: string) =>
    (await store.ids(`Observation?${search}`, seenBy(no6))).length
  const hidden = [
    '_text=schizophrenia',
    '_content=schizophrenia',
    '_content=liu',
    'subject:text=liu',
  ]
  for (const search of hidden) t.equal(await found(search), 1, `${search} of a whole record`)
  await permit(1, 'D', '{1}')
  t.equal(await found('code:text=gluc'), 1, 'the record is still open')
  for (const search of hidden) {
    t.equal(await found(search), 0, `${search} of a record that is told in part`)
    t.equal(await store.total(`Observation?${search}`, seenBy(no6)), 0)
    t.same(await store.ids(`Observation?${search}`), ['o'], `${search} at home`)
  }
  for (const search of ['_content=glucose', '_content=tinglin', 'performer:text=tinglin'])
    t.equal(await found(search), 1, search)
  t.equal(await found('_text=-anything'), 1, 'what has no narrative has no word in it')
})

t.test(':text finds by the text beside a code, a reference and an identifier', async t => {
  const store = await Store.open(t)
  await store.put(
    observation('o', {
      identifier: [{ value: '7', type: { text: 'Visit number' } }],
      category: [{ coding: [{ code: 'lab', display: 'Laboratory' }] }],
      code: { coding: [{ code: 'a', display: "Crohn's \\ disease" }], text: '空腹血糖' },
      subject: { reference: 'Patient/p', display: 'Liu Yang' },
      encounter: { display: 'Ward 3' },
    }),
  )
  await store.put({
    ...{ resourceType: 'Patient', id: 'p' },
    name: [{ text: 'Anna Maria Großmann' }, { family: '欧阳', given: ['娜娜'] }],
  } as Resource)
  const cases: readonly (readonly [search: string, count: number])[] = [
    ['Observation?code:text=crohn', 1],
    ['Observation?code:text=CROHN%27S', 1],
    ['Observation?code:text=disease', 0],
    ['Observation?code:text=空腹', 1],
    ['Observation?combo-code:text=空腹', 1],
    ['Observation?component-code:text=空腹', 0],
    ['Observation?code:text=lab', 0],
    ['Observation?category:text=x,lab', 1],
    ['Observation?identifier:text=visit', 1],
    ['Observation?subject:text=liu', 1],
    ['Observation?patient:text=liu', 1],
    ['Observation?encounter:text=ward 3', 1],
    ['Patient?name:text=maria', 1],
    ['Patient?name:text=groß maria', 1],
    ['Patient?name:text=groß maria bert', 0],
    ['Patient?name:text=aria', 0],
    ['Patient?name:text=阳', 1],
    ['Patient?_has:Observation:patient:_content=血糖', 1],
    ['Observation?subject:Patient._content=grossmann', 0],
    ['Observation?subject:Patient._content=großmann', 1],
  ]
  for (const [search, count] of cases) t.equal((await store.ids(search)).length, count, search)
})

t.test('what codes say is stored once, and still found in each resource by itself', async t => {
  const store = await Store.open(t)
  const code = { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] }
  const identifier = (value: string) => [{ system: 'urn:x', value }]
  await store.put(observation('a', { code, identifier: identifier('A-17') }))
  await store.put(
    observation('b', { code, identifier: identifier('B-17'), note: [{ text: 'new' }] }),
  )
  await store.put(observation('c', { code: { text: 'Heart' } }), { owner: no6 })
  const stored = async (table: string) => (await store.run(`select key from ${table}`)).length
  t.equal((await store.run('select from shared_text')).length, 2)
  t.equal(await stored('resource_text'), 2, 'of the identifiers and the note')
  const found = async (search: string) => (await store.ids(`Observation?${search}`)).sort()
  t.same(await found('_content="heart rate"'), ['a', 'b'])
  t.same(await found('_content=heart'), ['a', 'b'], 'not what another hospital keeps')
  t.same(await found('code:text=heart r'), ['a', 'b'])
  t.same(await found('_content=a-17'), ['a'])
  t.same(await found('_content=17 rate new'), ['b'], 'words of both tables')
  t.same(await found('_content=rate -new'), ['a'])
  t.same(await found('_content="rate new"'), [], 'no phrase leads from one text to the next')
  t.same(await found('status=final&_content=rate&_id=b'), ['b'], 'of rows found otherwise')
  await store.run(`update resource set tokens = '{}', deleted = true where id = 'a'`)
  t.same(await found('_content="heart rate"'), ['b'])
})

t.test('a text of any length is found by each phrase of it', async t => {
  const store = await Store.open(t)
  const words = Array.from({ length: 40_000 }, (_, at) => `w${at}`)
  const often = '的了'.repeat(3000)
  const long = 'x'.repeat(3000)
  await store.put(
    observation('o', {
      text: div(`<!-- hidden --> <i>it</i>'s <br/>&#x4E2D;&#xFFFFFFF; ${'<!--'.repeat(20_000)}`),
      code: { text: 'o\'clock \\ or "so" & <b>' },
      note: [{ text: words.join(' ') }, { text: `${often}完` }, { text: `${long}a end` }],
    }),
  )
  const found = async (text: string) =>
    (await store.ids(`Observation?${new URLSearchParams({ _content: text }).toString()}`)).length
  for (const at of [0, 15_930, 15_990, 15_999, 16_000, 16_001, 31_950, 32_000, 39_960])
    t.equal(await found(`"${words.slice(at, at + 40).join(' ')}"`), 1, `forty words from ${at}`)
  t.equal(await found('"w1 w3"'), 0)
  t.equal(await found('w1 w39999'), 1, 'words far from each other')
  t.equal(await found('的了的了的了完'), 1)
  t.equal(await found('了了'), 0)
  t.equal(await found(`"${long}a end"`), 1)
  t.equal(await found(`${long}b`), 0)
  t.equal(await found(`o'clock`), 1)
  t.equal(await found('hidden'), 0)
  t.equal(await found(`"it's 中"`), 1)
  const [rows] = await store.run('select count(*)::integer as count from resource_text')
  t.ok(Number(rows!['count']) > 3, 'in several rows')
})

t.test('a resource with more words than are kept is refused', async t => {
  const text = 'a b '.repeat(limits.textWordsPerResourceMax / 2 + 1)
  const resource = observation('o', { note: [{ text }] })
  t.throws(() => resourceTexts(resource, [], definitions), {
    code: 'search-values-of-resource-too-many',
  })
})
