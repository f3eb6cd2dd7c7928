/** No statement names clinical data without the access predicate: every server of a test looks at what it sends. */
import t from 'tap'
import { aServer, zhang } from '../server.ts'
import type { Statement } from '../../src/db/database.ts'
import { resourceTypeNumber } from '../../src/fhir/resource-types.ts'
import { internalStatements, unguardedOf } from '../guarded-statements.ts'

const statement = (text: string, values: readonly unknown[] = [], name = 'x'): Statement => ({
  ...{ name, text, values },
})

t.test('what is not guarded is seen, in every alias', t => {
  const wrong: [string, string[]][] = [
    ['select * from resource where key = $1', ['resource']],
    ['select r.id from resource r where r.key = $1', ['r']],
    [
      'select 1 from resource r where r.owner = $1 and exists (select from resource c0r where c0r.key = $2)',
      ['c0r'],
    ],
    [
      'select v.id from resource_version v join resource r on r.key = v.key where r.owner = $1',
      ['v'],
    ],
    ['select key from search_string where value = $1', ['values of an index']],
    ['select "id" from "resource" where "id" = $1', ['resource']],
  ]
  for (const [text, aliases] of wrong) t.strictSame(unguardedOf(statement(text)), aliases, text)
  const ofType = 'select r.id from resource r where r.type = $1::smallint and true'
  t.strictSame(unguardedOf(statement(ofType, [resourceTypeNumber('Observation')])), ['r'])
  t.strictSame(unguardedOf(statement(ofType, [resourceTypeNumber('Organization')])), [])
  t.strictSame(unguardedOf(statement('select generation from registry_generation')), [])
  t.end()
})

t.test('a served search loses its guard with any of its aliases', async t => {
  const sent: Statement[] = []
  const { ask } = await aServer(t, {}, { onStatement: one => void sent.push(one) })
  const path = 'Observation?subject:Patient.name=x&_has:DiagnosticReport:result:status=final'
  t.equal((await ask('GET', `/fhir/${path}&_include=*`, { as: zhang })).status, 200)
  const search = sent.findLast(({ name }) => name.startsWith('search-'))!
  const owners = [...new Set(search.text.match(/\b\w+\.owner = \$/g))].filter(owner =>
    new RegExp(`\\b(?:from|join) resource ${owner.split('.')[0]}\\b`).test(search.text),
  )
  t.ok(owners.length >= 3, `guarded: ${owners.join()}`)
  t.strictSame(unguardedOf(search), [])
  for (const owner of owners) {
    const alias = owner.split('.')[0]!
    const text = search.text.replaceAll(new RegExp(`\\b${alias}\\.owner`, 'g'), 'null')
    t.strictSame(unguardedOf({ ...search, text }), [alias])
  }
})

t.test('each exception says why, and none covers reading', t => {
  for (const [name, reason] of Object.entries(internalStatements)) {
    t.ok(reason.length > 20, name)
    t.notMatch(name, /^(read|version|search|history|everything|match|targets|patients)/)
  }
  t.end()
})
