/** The parts of the benchmark that decide what its numbers mean. */
import t from 'tap'
import { piecesOf } from './bundle-bytes.ts'
import { profiledPlaces } from './profiled-places.ts'
import { median, quantile, spread } from './statistics.ts'

t.test('a Bundle is cut into one piece per entry, which joined are its bytes again', async t => {
  const entries = [
    { fullUrl: 'a', resource: { note: 'a "],{ b\\', list: [[1], { x: [] }] } },
    { fullUrl: 'b', resource: {} },
    { fullUrl: 'c', resource: { value: [1, 2] } },
  ]
  const bundle = JSON.stringify({ link: [{ url: 'x' }], entry: entries, after: [1, 2] })
  const pieces = piecesOf(bundle)
  t.equal(pieces.length, 3)
  t.equal(pieces.join(','), bundle)
  t.equal(pieces[1], JSON.stringify(entries[1]))
})

t.test('a Bundle without entries is one piece', async t => {
  t.strictSame(piecesOf('{"total":0,"link":[]}'), ['{"total":0,"link":[]}'])
  t.strictSame(piecesOf('{"entry":[],"total":0}'), ['{"entry":[],"total":0}'])
})

t.test('median and quantiles are those of the values, whatever their order', async t => {
  t.equal(median([5, 1, 100]), 5)
  t.equal(median([4, 1, 2, 3]), 2.5)
  t.ok(Number.isNaN(median([])))
  const hundred = Array.from({ length: 100 }, (_, index) => index)
  t.equal(quantile(hundred, 0.5), 50)
  t.equal(quantile(hundred, 0.99), 99)
})

t.test('spreading keeps every item and is the same each time', async t => {
  const items = Array.from({ length: 50 }, (_, index) => index)
  const once = spread(items)
  t.strictSame(once, spread(items))
  t.notSame(once, items)
  t.strictSame(
    [...once].sort((one, other) => one - other),
    items,
  )
})

t.test('self time counts samples by place and leaves idle time out', async t => {
  const node = (id: number, functionName: string) => ({
    id,
    callFrame: {
      functionName,
      url: functionName === '(idle)' ? '' : 'file:///p/dist/a.js',
      lineNumber: 2,
    },
  })
  const text = profiledPlaces({
    nodes: [node(1, 'work'), node(2, '(idle)'), node(3, 'other')],
    samples: [1, 2, 1, 3],
    timeDeltas: [30, 900, 30, 20],
  })
  t.strictSame(text.split('\n'), [' 75.0 %  work  dist/a.js:3', ' 25.0 %  other  dist/a.js:3'])
})
