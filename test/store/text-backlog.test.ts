import t from 'tap'
import { Unavailable } from '../../src/fhir/errors.ts'
import type { Resource } from '../../src/fhir/resource.ts'
import { parseSearch } from '../../src/search/parse.ts'
import { permit } from '../../src/search/permitted.ts'
import { compress } from '../../src/store/content.ts'
import { searchResources } from '../../src/store/search.ts'
import { fillTexts } from '../../src/store/text-backlog.ts'
import { Store, asked, definitions, options, seenBy, tinglin } from '../search/fixture.ts'

t.test(
  'texts stored before they were indexed are waited for, made once, and then found',
  async t => {
    const store = await Store.open(t)
    const count = 120
    for (let at = 0; at < count; at++) {
      const note = [{ text: `高血压 number ${at}` }]
      await store.put({
        resourceType: 'Observation',
        id: `o${at}`,
        code: { text: 'x' },
        note,
      } as Resource)
    }
    const json = (id: string) =>
      compress(
        Buffer.from(`{"resourceType":"Observation","id":"${id}","note":[{"text":"高血压 ${id}"}]}`),
      )
    for (const { id } of await store.run('select id from resource'))
      await store.run('update resource set content = $2 where id = $1', [id, json(String(id))])
    // As before the texts: their hashes are the first tokens.
    await store.run('update resource set tokens = tokens[2:]')
    await store.run('delete from resource_text')
    await store.run('delete from shared_text')
    await store.run(`update resource set deleted = true where id = 'o7'`)
    await store.run(`insert into search_backlog values ('text', -9223372036854775808)`)

    const search = (text: string) => {
      const [resourceType, parameters] = asked(text)
      const query = parseSearch(resourceType, parameters, options)
      return searchResources(store.database, permit(query, seenBy(tinglin)))
    }
    for (const text of [
      'Observation?_content=血压',
      'Observation?code:text=x',
      'Patient?_has:Observation:patient:_text=a',
      'Observation?subject:Patient._content=-x',
    ])
      await t.rejects(search(text), new Unavailable('search-text-unready'), text)
    t.equal(
      (await search('Observation?status:missing=true')).total,
      count - 1,
      'others are answered',
    )

    const indexing = { definitions, timeZone: options.timeZone, baseUrl: options.baseUrl }
    const stopped = AbortSignal.abort()
    t.equal(await fillTexts(store.database, indexing, stopped), 0, 'it can be stopped')
    const both = [fillTexts(store.database, indexing), fillTexts(store.database, indexing)]
    const seen = await Promise.all(both)
    t.equal(seen[0]! + seen[1]!, count - 1, 'each once, whoever does it')
    t.equal((await search('Observation?_content=血压')).total, count - 1)
    t.equal((await search('Observation?_content=o11')).total, 1)
    const [rows] = await store.run('select count(*)::integer as count from resource_text')
    t.equal(rows!['count'], count - 1)
  },
)
