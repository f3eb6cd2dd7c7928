/** Inclusions by wildcard. @see https://hl7.org/fhir/R4/search.html#include */
import assert from 'node:assert/strict'
import t from 'tap'
import { aServer, tinglin, type Answer, type Caller } from '../server.ts'

const { ask } = await aServer(t)
const search = (path: string, as: Caller = tinglin) => ask('GET', `/fhir${path}`, { as })

const put = async (body: { readonly resourceType: string; readonly id: string }) => {
  const address = `/fhir/${body.resourceType}/${body.id}`
  assert.equal((await ask('PUT', address, { as: tinglin, body })).status, 201, address)
}
const tag = [{ system: 'urn:test', code: 'system-search' }]
const subject = { reference: 'Patient/tinglin-liuyang' }
const encounter = { reference: 'Encounter/tinglin-visit' }
const visit = { resourceType: 'Encounter', id: 'tinglin-visit', status: 'finished' }
await put({ ...visit, ...{ subject, class: { code: 'AMB' } } })
const seen = { resourceType: 'Observation', id: 'tinglin-seen', status: 'final' }
await put({ ...seen, ...{ subject, encounter, code: { text: 'seen' }, meta: { tag } } })
const had = { resourceType: 'Condition', id: 'tinglin-had' }
await put({ ...had, ...{ subject, encounter, meta: { tag } } })

t.test('a wildcard includes what the scopes cover; a named inclusion needs them', async t => {
  const included = (answer: Answer): string[] =>
    answer.json.entry
      .filter((entry: { search: { mode: string } }) => entry.search.mode === 'include')
      .map((entry: { fullUrl: string }) => entry.fullUrl.split('/').slice(-2).join('/'))
      .sort()
  const path = '/Observation?_id=tinglin-seen'
  const all = await search(`${path}&_include=*&_include:iterate=Patient:*`)
  t.equal(all.status, 200)
  t.ok(included(all).includes('Encounter/tinglin-visit'))
  t.ok(included(all).includes('Patient/tinglin-liuyang'))
  const narrow: Caller = { ...tinglin, scope: 'system/Observation.rs system/Encounter.r' }
  t.same(included(await search(`${path}&_include=*`, narrow)), ['Encounter/tinglin-visit'])
  t.equal((await search(`${path}&_include=Observation:patient`, narrow)).status, 403)
  const several = await search(
    '?_type=Condition,Observation&_tag=urn:test|system-search&_include=*&_include:iterate=Encounter:patient',
  )
  t.same(included(several), ['Encounter/tinglin-visit', 'Patient/tinglin-liuyang'])
})
