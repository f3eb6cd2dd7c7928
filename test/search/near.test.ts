/** Location?near. @see https://hl7.org/fhir/R4/location.html#search */
import fc from 'fast-check'
import t from 'tap'
import { InvalidRequest } from '../../src/fhir/errors.ts'
import { parseSearch } from '../../src/search/parse.ts'
import { options, Store } from './fixture.ts'

/** Great-circle distance in metres, by the spherical law of cosines. */
const distance = (a: readonly [number, number], b: readonly [number, number]): number => {
  const [x, y, z, w] = [...a, ...b].map(degrees => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
    number,
  ]
  const cosine = Math.sin(x) * Math.sin(z) + Math.cos(x) * Math.cos(z) * Math.cos(y - w)
  return Math.acos(Math.max(-1, Math.min(1, cosine))) * 6_371_008.8
}

const put = (store: Store, id: string, latitude: unknown, longitude: unknown) =>
  store.put({ resourceType: 'Location', id, position: { latitude, longitude } })

t.test('places are found by how far they are', async t => {
  const store = await Store.open(t)
  await put(store, 'bund', 31.24, 121.49)
  await put(store, 'pudong', 31.14, 121.8)
  await put(store, 'beijing', 39.9, 116.4)
  await put(store, 'fiji-west', -17, 179.9)
  await put(store, 'fiji-east', -17, -179.9)
  await put(store, 'pole', 89.99, 0)
  await put(store, 'nowhere', 91, 0)
  await store.put({ resourceType: 'Location', id: 'none' })
  const cases: readonly (readonly [string, string])[] = [
    ['near=31.23|121.47|11.2|km', 'bund'],
    ['near=31.23|121.47', 'bund pudong'],
    ['near=31.23|121.47|50', 'bund pudong'],
    ['near=31.23|121.47|2|km', ''],
    ['near=31.23|121.47|3000|m', 'bund'],
    ['near=31.23|121.47|25|[mi_i]', 'bund pudong'],
    ['near=31.23|121.47|1200|km', 'beijing bund pudong'],
    ['near=31.23|121.47|5|km,39.9|116.4|1|km', 'beijing bund'],
    ['near=-17|180|20|km', 'fiji-east fiji-west'],
    ['near=-17|-179.95|20|km', 'fiji-east fiji-west'],
    ['near=89.99|180|3|km', 'pole'],
    ['near=0|0|999999999|km', 'beijing bund fiji-east fiji-west pole pudong'],
    ['near=31.23|121.47|50&_id=pudong', 'pudong'],
    ['near:missing=true', 'none nowhere'],
  ]
  for (const [query, expected] of cases)
    t.equal((await store.ids(`Location?${query}`)).sort().join(' '), expected, query)
})

t.test('random places are near when the distance on the sphere says so', async t => {
  const store = await Store.open(t)
  const degree = (max: number) => fc.integer({ min: -max * 100, max: max * 100 }).map(n => n / 100)
  const places = fc.sample(fc.tuple(degree(90), degree(180)), { numRuns: 60, seed: 7 })
  for (const [at, [latitude, longitude]] of places.entries())
    await put(store, `l${at}`, latitude, longitude)
  await fc.assert(
    fc.asyncProperty(
      degree(90),
      degree(180),
      fc.integer({ min: 1, max: 20_000 }),
      async (latitude, longitude, km) => {
        const found = await store.ids(`Location?near=${latitude}|${longitude}|${km}|km&_count=100`)
        // What is within a metre of the edge may fall either way.
        for (const [at, place] of places.entries()) {
          const edge = distance([latitude, longitude], place) - km * 1000
          if (Math.abs(edge) > 1 && found.includes(`l${at}`) !== edge < 0)
            throw new Error(`${place.join()} at ${edge} m from the edge`)
        }
      },
    ),
    { numRuns: 150, seed: 7 },
  )
  t.pass('150 searches')
})

t.test('what is no place is refused', async t => {
  for (const near of [
    '',
    '31',
    '91|0',
    '0|181',
    'x|0',
    '0|0|1|kg',
    '0|0|x',
    '0|0||km',
    '0|0|1|km|x',
    '0|0|-1|km',
  ])
    try {
      parseSearch('Location', [['near', near]], options)
      t.fail(near)
    } catch (error) {
      t.ok(error instanceof InvalidRequest, near)
    }
})
