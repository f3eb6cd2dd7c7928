/** A search of everything finds its page by walking each type, however much is stored. */
import t from 'tap'
import { parseSystemSearch } from '../../src/search/parse-system.ts'
import { compileSearch, type Position } from '../../src/search/compile.ts'
import { permit } from '../../src/search/permitted.ts'
import { readLines, type SearchAnswer } from '../../src/search/answer-sql.ts'
import { resourceTypes } from '../../src/fhir/resource-types.ts'
import { no6, options, seenBy, Store, tinglin } from './fixture.ts'

const rowsStored = 30_000

const seeded = async (t: Parameters<typeof Store.open>[0]): Promise<Store> => {
  const store = await Store.open(t)
  for (const [resourceType, id] of [
    ['Observation', 'o'],
    ['Condition', 'c'],
    ['Encounter', 'e'],
  ] as const)
    await store.put({
      ...{ resourceType, id, status: 'final', code: { text: 'x' } },
      subject: { reference: 'Patient/p0' },
    })
  await store.run(
    `insert into resource (key, type, id, version, owner, last_updated, patient, tokens, content)
     select hashint8extended(n, r.type), r.type, r.id || n, 1, 1, r.last_updated + n * interval '1 s', r.patient, r.tokens, r.content
     from generate_series(1, ${rowsStored / 3}) n, resource r where r.id in ('o', 'c', 'e')`,
  )
  await store.run('analyze resource')
  return store
}

const searched = (query: string, organization = tinglin, position?: Position) => {
  const parameters = [...new URLSearchParams(query)] as [string, string][]
  const asked = parseSystemSearch(resourceTypes, parameters, options)
  return compileSearch(permit(asked, seenBy(organization)), position)
}

t.test('the page is found by the index, in the order of the latest changes', async t => {
  const store = await seeded(t)
  for (const query of ['', '_sort=-_lastUpdated', '_sort=_lastUpdated&_total=none']) {
    const { text, values } = searched(query)
    const rows = await store.run(`explain ${text}`, values)
    const plan = rows.map(row => row['QUERY PLAN']).join('\n')
    const page = /CTE page\n([\s\S]*?)(?=\n {2}(?:CTE|->)|$)/.exec(plan)?.[1] ?? ''
    t.match(page, /Index Scan (Backward )?using resource_type/, query)
    t.notMatch(page, /Seq Scan on resource|Bitmap/, query)
  }
})

t.test('pages follow each other without a gap, and the total is an estimate', async t => {
  const store = await seeded(t)
  const seen = new Set<string>()
  let position: Position | undefined
  let last = ''
  for (let page = 0; page < 4; page++) {
    const { text, values } = searched('_count=50', tinglin, position)
    const [answer] = (await store.run(text, values)) as unknown as SearchAnswer[]
    const lines = readLines(answer!.matches)
    t.equal(lines.length, 50)
    for (const { type, id } of lines) seen.add(`${type}/${id}`)
    t.equal(answer!.total, 10_001, 'counted so far, and one for more')
    position = JSON.parse(answer!.next!) as Position
    t.ok(last === '' || position[0]! < last, 'the latest first')
    last = position[0]!
  }
  t.equal(seen.size, 200, 'no row twice')
  const { text, values } = searched('', no6)
  const [hidden] = (await store.run(text, values)) as unknown as SearchAnswer[]
  t.equal(hidden!.total, 0)
  t.equal(hidden!.matches, null)
})
