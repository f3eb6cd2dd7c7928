/** References that name a version. @see https://hl7.org/fhir/R4/references.html#literal */
import t from 'tap'
import { Store, baseUrl } from './fixture.ts'

t.test('a reference to a version is one to its resource, and can be asked for itself', async t => {
  const store = await Store.open(t)
  const observation = (id: string, encounter: string, patient = 'Patient/v') =>
    store.put({
      ...{ resourceType: 'Observation', id, status: 'final', code: { text: id } },
      ...{ encounter: { reference: encounter }, subject: { reference: patient } },
    })
  await store.put({ resourceType: 'Encounter', id: 'v', status: 'planned', class: { code: 'AMB' } })
  await observation('current', 'Encounter/v')
  await observation('first', 'Encounter/v/_history/1', 'Patient/v/_history/7')
  await observation('second', `${baseUrl}/fhir/Encounter/v/_history/2`)
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['encounter=v', ['current', 'first', 'second']],
    ['encounter=Encounter/v', ['current', 'first', 'second']],
    ['encounter=Encounter/v/_history/1', ['first']],
    ['encounter:Encounter=Encounter/v/_history/2', ['second']],
    [`encounter=${baseUrl}/fhir/Encounter/v/_history/2`, ['second']],
    ['encounter=Encounter/v/_history/3', []],
    ['encounter=Encounter/v/_history/1,Encounter/v/_history/2', ['first', 'second']],
    ['encounter=Encounter/v/_history/1,Encounter/x', ['first']],
    ['patient=Patient/v/_history/7', ['first']],
    ['patient=Patient/v/_history/1', []],
    ['subject=Patient/v', ['current', 'first', 'second']],
  ]
  for (const [search, ids] of cases)
    t.same((await store.ids(`Observation?${search}`)).sort(), ids, search)
  const included = await store.included('Observation?_id=first&_include=Observation:encounter')
  t.same(included, ['v'], 'what the statement includes is the current version')
})
