/** Leaks by inclusions, totals, pages, sorting and negation, each by its number. */
import t from 'tap'
import { tinglin, zhang, type Answer } from '../server.ts'
import { hiddenRecords, idsOf, ordinary, secretCode, vesper } from './hidden-records.ts'

const { ask, search, finds } = await hiddenRecords(t)
const open = [...ordinary, 'tinglin-vx']
const included = async (path: string, as = zhang) => idsOf(await search(path, as), 'include').sort()

t.test('L09 a hidden target is not included, and the total stays', async t => {
  const path = 'Observation?_id=tinglin-vx&_include=Observation:encounter'
  t.strictSame(await included(path), [])
  t.equal((await search(path)).json.total, 1)
  t.strictSame(await included(path, tinglin), ['tinglin-he'])
  const both = `${path}&_include=Observation:patient`
  t.strictSame(await included(both), ['tinglin-va'])
})

t.test('L10 hidden sources are not included, and take no place', async t => {
  const path = 'Encounter?_id=tinglin-ve&_revinclude=Observation:encounter'
  t.strictSame(await included(path), ordinary)
  t.strictSame(await included(`${path}&_count=1`), ordinary)
  t.ok((await included(path, tinglin)).includes('tinglin-ho'))
  const focus = `Patient?_id=tinglin-va&_revinclude=Observation:focus`
  t.strictSame(await included(focus), [])
})

t.test('L11 inclusions of inclusions end at a hidden record', async t => {
  const path =
    'Observation?_id=tinglin-vx&_include=Observation:encounter&_include:iterate=Encounter:service-provider'
  t.strictSame(await included(path), [])
  t.strictSame(await included(path, tinglin), ['tinglin', 'tinglin-he'])
  for (const query of [
    'Observation?_id=tinglin-vx&_include=*&_include:iterate=Encounter:*&_include:iterate=Patient:*',
    'Encounter?_id=tinglin-ve&_include=*&_revinclude=*&_include:iterate=Observation:*',
    'Patient?_id=tinglin-va&_revinclude=*&_include:iterate=Encounter:*',
  ]) {
    const ids = await included(query)
    t.ok(ids.length > 0, query)
    t.strictSame(
      ids.filter(id => id.startsWith('tinglin-h')),
      [],
      query,
    )
    const all = await included(query, tinglin)
    t.ok(
      all.some(id => id.startsWith('tinglin-h')),
      query,
    )
  }
})

t.test('L12 a focus on a visible patient does not open a record about a hidden one', async t => {
  await finds(t, `Observation?focus=${vesper}`, [])
  await finds(t, 'Observation?focus:Patient.name=Vesper', [])
  t.equal((await search('Observation/tinglin-ho')).status, 404)
})

t.test('L13 every way to count gives what is visible', async t => {
  for (const more of ['_total=accurate', '_total=estimate', '_summary=count', '_count=0']) {
    t.equal((await search(`Observation?${more}`)).json.total, await visibleCount(), more)
    t.equal((await search(`Observation?code=${secretCode}&${more}`)).json.total, 0, more)
  }
})

/** As many observations as the pages of the specialist bring. */
const visibleCount = async (): Promise<number> =>
  (await pagesOf('Observation?_count=50')).flatMap(page => idsOf(page)).length

t.test('L14 hidden records leave no gaps in pages, and make no page more', async t => {
  for (const sort of ['', '&_sort=date', '&_sort=-date', '&_sort=_lastUpdated']) {
    const pages = await pagesOf(`Observation?_tag:not=x&patient=${vesper}&_count=2${sort}`)
    t.strictSame(
      pages.map(page => idsOf(page).length),
      [2, 2, 2],
      sort,
    )
    t.strictSame(pages.flatMap(page => idsOf(page)).sort(), open, sort)
  }
  const all = await pagesOf('Observation?value-quantity=ge1&subject.family=Vesper,Hesper&_count=5')
  t.strictSame(
    all.map(page => idsOf(page).sort()),
    [ordinary],
  )
})

/** All pages of a search, by their links. */
const pagesOf = async (path: string): Promise<Answer[]> => {
  const pages = [await search(path)]
  for (let left = 50; left > 0; left--) {
    const next = pages
      .at(-1)!
      .json.link.find((link: { relation: string }) => link.relation === 'next')
    if (next === undefined) return pages
    pages.push(await ask('GET', next.url, { as: zhang }))
  }
  throw new Error('there is no last page')
}

t.test('L15 hidden records do not move the visible ones', async t => {
  const path = 'Observation?subject.family=Vesper,Hesper&_sort='
  for (const sort of [
    'date',
    '-date',
    'value-quantity,date',
    '-value-quantity,_id',
    '-_lastUpdated,_id',
  ]) {
    const all = await search(`${path}${sort}`, tinglin)
    const mine = await search(`${path}${sort}`)
    t.equal(mine.status, 200, mine.text)
    t.ok(idsOf(all).length > idsOf(mine).length)
    t.strictSame(
      idsOf(mine),
      idsOf(all).filter(id => open.includes(id)),
      sort,
    )
  }
  // References are told without their displays and identifiers, so none of them sorts.
  for (const sort of ['subject', 'encounter', 'subject.name'])
    t.equal((await search(`${path}${sort}`)).status, 400, sort)
})

t.test('L16 what is missing, or is not something, is asked of visible records only', async t => {
  const among = 'Observation?subject.family=Vesper,Hesper'
  await finds(t, `${among}&focus:missing=false`, [])
  await finds(t, `${among}&focus:missing=true`, open)
  await finds(t, `${among}&code:not=urn:code|open`, [])
  await finds(t, `${among}&code:not=${secretCode}x`, open)
  await finds(t, `${among}&code:not-in=http://hl7.org/fhir/ValueSet/bundle-type`, open)
  await finds(t, `${among}&device:missing=true`, ordinary)
})
