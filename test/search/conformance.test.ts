import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Resource } from '../../src/fhir/resource.ts'
import { data } from '../data.ts'
import { Store } from './fixture.ts'

interface Suite {
  readonly load: { readonly entry: readonly { readonly resource: Resource }[] }
  readonly cases: readonly {
    readonly request: string
    readonly expect: readonly string[]
    readonly caution?: string
  }[]
}

/** `:text` is not served; cases with a caution depend on a server's own choices. */
const isServed = ({ request, caution }: Suite['cases'][number]): boolean =>
  caution === undefined && !request.includes(':text=')

const folder = data(t, '05-server-conformance/search-matrix')
for (const name of folder === undefined ? [] : ['token', 'string', 'reference', 'uri', 'number'])
  t.test(`the ${name} rows of the search matrix give what they should`, async t => {
    const suite = JSON.parse(readFileSync(join(folder!, `${name}.json`), 'utf8')) as Suite
    const store = await Store.open(t)
    for (const { resource } of suite.load.entry) await store.put(resource)
    const served = suite.cases.filter(isServed)
    t.ok(served.length >= 4, `${served.length} rows`)
    for (const { request, expect } of served) {
      const search = request.replace(/^GET /, '')
      const type = search.split('?')[0]
      const ids = (await store.ids(search)).map(id => `${type}/${id}`)
      t.same(ids.sort(), [...expect].sort(), search.slice(0, 120))
    }
  })
