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
    /** Why servers may answer this row differently. */
    readonly caution?: string
  }[]
}

interface Otherwise {
  readonly why: string
  /** What is found here. */
  readonly found: readonly string[]
}

const untyped: Otherwise = {
  why: 'a reference without a type, "ijk" or "p2", is refused on write by R4; nothing finds it',
  found: [],
}

/** Rows that are answered otherwise here, by the end of their request: all others are as expected. */
const otherwise: Readonly<Record<string, Otherwise>> = {
  '&organization=Organization/ijk': untyped,
  '&organization=ijk': untyped,
  '&general-practitioner=p2': untyped,
  'url:above=urn%3A%2F%2Flocalhost%2Ftest': {
    why: 'a value is at or above itself, whatever its scheme',
    found: ['ValueSet/msft-uri-1'],
  },
  'url:above=http%3A%2F%2Fexample.org%2Frdf%2354135-9-9-10': {
    why: 'above goes by the segments of the path, not by the letters of a fragment',
    found: [],
  },
  'url:below=http': { why: 'a scheme alone is no URL that others could be below', found: [] },
}

const met = new Set<string>()
const folder = data(t, '05-server-conformance/search-matrix')
for (const name of folder === undefined ? [] : ['token', 'string', 'reference', 'uri', 'number'])
  t.test(`the ${name} rows of the search matrix give what they should`, async t => {
    const suite = JSON.parse(readFileSync(join(folder!, `${name}.json`), 'utf8')) as Suite
    const store = await Store.open(t)
    for (const { resource } of suite.load.entry) await store.put(resource)
    for (const { request, expect, caution } of suite.cases) {
      const search = request.replace(/^GET /, '')
      const type = search.split('?')[0]
      const [end, other] = Object.entries(otherwise).find(([end]) => search.endsWith(end)) ?? []
      if (end !== undefined) met.add(end)
      const found = (await store.ids(search)).map(id => `${type}/${id}`).sort()
      if (other === undefined) t.same(found, [...expect].sort(), search.slice(0, 120))
      else {
        t.ok(caution, `${end} is a row that servers may read otherwise`)
        t.same(found, other.found, other.why)
      }
    }
    t.ok(suite.cases.length > 10, `${suite.cases.length} rows`)
  })

t.test('every row that is answered otherwise is there', async t => {
  if (folder !== undefined) t.strictSame([...met], Object.keys(otherwise))
})
