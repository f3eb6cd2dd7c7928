/** Searches down and up a hierarchy. @see https://hl7.org/fhir/R4/search.html#hierarchical */
import t from 'tap'
import { no6, seenBy, Store, tinglin, zhujing } from './fixture.ts'

const reference = (reference: string) => ({ reference })

t.test('what is part of another one is found below it, and it above', async t => {
  const store = await Store.open(t)
  const location = (id: string, partOf?: string) =>
    store.put({
      ...{ resourceType: 'Location', id },
      ...(partOf === undefined ? {} : { partOf: reference(`Location/${partOf}`) }),
    })
  await location('campus')
  await location('house', 'campus')
  await location('ward', 'house')
  await location('bed', 'ward')
  await location('loop', 'loop')
  const encounter = (id: string, at: string) =>
    store.put({
      ...{ resourceType: 'Encounter', id, status: 'planned', class: { code: 'AMB' } },
      location: [{ location: reference(`Location/${at}`) }],
    })
  await encounter('in-house', 'house')
  await encounter('in-bed', 'bed')
  await encounter('in-loop', 'loop')
  await encounter('in-absent', 'absent')
  const cases: readonly (readonly [string, string])[] = [
    ['Encounter?location=house', 'in-house'],
    ['Encounter?location:below=house', 'in-bed in-house'],
    ['Encounter?location:below=Location/campus', 'in-bed in-house'],
    ['Encounter?location:below=bed', 'in-bed'],
    ['Encounter?location:above=bed', 'in-bed in-house'],
    ['Encounter?location:above=house', 'in-house'],
    ['Encounter?location:below=loop', 'in-loop'],
    ['Encounter?location:above=loop,bed', 'in-bed in-house in-loop'],
    ['Encounter?location:below=absent', 'in-absent'],
    ['Encounter?location:below=house&status=planned&_id=in-bed', 'in-bed'],
    ['Location?partof:below=house', 'bed ward'],
    ['Location?partof:above=ward', 'house ward bed'],
    ['Location?_has:Encounter:location:location:below=campus', 'bed house'],
  ]
  for (const [search, expected] of cases)
    t.same((await store.ids(search)).sort(), expected.split(' ').sort(), search)
})

t.test('what is hidden leads neither down nor up', async t => {
  const store = await Store.open(t)
  const encounter = (id: string, owner: number, partOf?: string) =>
    store.put(
      {
        ...{ resourceType: 'Encounter', id, status: 'planned', class: { code: 'AMB' } },
        ...(partOf === undefined ? {} : { partOf: reference(`Encounter/${partOf}`) }),
      },
      { owner },
    )
  await encounter('top', no6)
  await encounter('between', zhujing, 'top')
  await encounter('low', no6, 'between')
  await store.put(
    {
      ...{ resourceType: 'Observation', id: 'o', status: 'final', code: { text: 'x' } },
      encounter: reference('Encounter/low'),
    },
    { owner: no6 },
  )
  const found = (search: string, owner: number) => store.ids(search, seenBy(owner))
  t.same(await found('Observation?encounter:below=top', no6), [], 'the middle is hidden')
  t.same(await found('Observation?encounter:below=low', no6), ['o'])
  t.same(await found('Encounter?part-of:below=top', no6), [], 'the child is hidden, too')
  t.same(await found('Encounter?part-of:below=top', zhujing), ['between'])
  t.same(await found('Encounter?part-of:above=low', no6), [])
  t.same(await found('Observation?encounter:below=top', tinglin), [])
})
