/** Histories walk indexes, whatever their size. */
import t from 'tap'
import { resourceTypes } from '../../src/fhir/resource-types.ts'
import { compileHistory } from '../../src/search/compile-history.ts'
import { permit } from '../../src/search/permitted.ts'
import { aDatabase } from '../database.ts'

const database = await aDatabase(t)

t.test('pages of histories of types walk their indexes', async t => {
  const question = { resourceTypes, isAscending: false, count: 10, total: 'none' } as const
  const visibility = { organization: 1, actors: [], purposes: ['TREAT'] }
  const { text, values } = compileHistory(permit(question, visibility))
  await database.transaction(async queryable => {
    const run = (statement: string, list: readonly unknown[] = []) =>
      queryable.query<{ 'QUERY PLAN': string }>({
        name: `plan-${statement.length}`,
        text: statement,
        values: list,
      })
    await run('set local enable_seqscan = off')
    const plan = (await run(`explain ${text}`, values)).map(row => row['QUERY PLAN']).join('\n')
    t.match(plan, /Index Scan using resource_type on resource r/)
    t.match(plan, /Index Scan using resource_version_type on resource_version v/)
  })
})
