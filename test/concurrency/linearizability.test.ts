/** The judge of concurrent histories, on histories whose verdict is known. */
import t from 'tap'
import { linearize, type Operation } from './linearizability.ts'
import { createdIfNone, emptyPair, operation, removed, seen, updated } from './pair-model.ts'
import type { Effect, Pair, Side } from './pair-model.ts'

const said = (status: number, version?: number, value?: string, id = 'x') => ({
  ...{ status, id, version, value },
})
const at = (invoked: number, returned: number, ...effects: (readonly [Side, Effect])[]) =>
  operation(`${invoked}-${returned}`, { invoked, returned }, effects)
const made = at(0, 1, [0, updated(said(201, 1, 'a'), 'a')])
const verdict = (...history: Operation<Pair>[]) => linearize(history, emptyPair).isLinearizable

t.test('histories that one server could have given are accepted', async t => {
  const second = at(2, 9, [0, updated(said(200, 2, 'b'), 'b')])
  t.ok(
    verdict(made, second, at(3, 4, [0, seen(said(200, 1, 'a'))])),
    'a read before it took effect',
  )
  t.ok(verdict(made, second, at(3, 4, [0, seen(said(200, 2, 'b'))])), 'a read after it did')
  t.ok(verdict(made, at(2, 5, [0, updated(said(412), 'c', 1)]), second), 'overtaken under If-Match')
  t.ok(verdict(made, at(2, 3, [0, updated(said(200, 1, 'a'), 'a')])), 'the same content again')
  t.ok(
    verdict(at(0, 9, [0, createdIfNone(said(200, 1, 'a'), 'z')]), made),
    'created by another one',
  )
  t.ok(verdict(made, at(2, 3, [0, removed(said(204, 2))]), at(4, 5, [0, removed(said(204))])))
})

t.test('a stale read, a lost update and a version given twice are not', async t => {
  const second = at(2, 3, [0, updated(said(200, 2, 'b'), 'b')])
  t.notOk(verdict(made, second, at(4, 5, [0, seen(said(200, 1, 'a'))])))
  t.notOk(verdict(made, second, at(2, 3, [0, updated(said(200, 2, 'c'), 'c')])))
  t.notOk(verdict(made, second, at(2, 3, [0, updated(said(200, 3, 'c'), 'c', 1)])))
  t.notOk(verdict(made, second, at(4, 5, [0, seen(undefined)])))
})

t.test('no version of what is not there is met', async t => {
  t.ok(verdict(at(0, 1, [0, updated(said(412), 'a', 1)])))
  t.notOk(verdict(at(0, 1, [0, updated(said(201, 1, 'a'), 'a', 1)])))
})

t.test('a 412 that nothing explains and a success it should have been are not', async t => {
  t.notOk(verdict(made, at(2, 3, [0, updated(said(412), 'b', 1)])))
  t.notOk(verdict(made, at(2, 3, [0, updated(said(200, 2, 'b'), 'b', 7)])))
})

t.test(
  'two that were created for one identifier are not, nor one that outlives its deletion',
  async t => {
    const other = at(0, 1, [0, createdIfNone(said(201, 1, 'b', 'y'), 'b')])
    t.notOk(verdict(made, other))
    const gone = at(2, 3, [0, removed(said(204, 2))])
    t.notOk(verdict(made, gone, at(4, 5, [0, seen(said(200, 1, 'a'))])))
  },
)

t.test('a transaction seen by half is not', async t => {
  const both = at(0, 9, [0, updated(said(201, 1, 'a'), 'a')], [1, updated(said(201, 1, 'a'), 'a')])
  const half = at(2, 3, [0, seen(said(200, 1, 'a'))], [1, seen(undefined)])
  t.notOk(verdict(both, half))
  t.ok(verdict(both, at(2, 3, [0, seen(undefined)], [1, seen(undefined)])))
})

t.test(
  'where the order of two writes is open, the one is found that explains the reads',
  async t => {
    const left = at(0, 9, [0, updated(said(201, 1, 'a'), 'a')])
    const right = at(0, 9, [1, updated(said(201, 1, 'b'), 'b')])
    const read = at(2, 3, [0, seen(undefined)], [1, seen(said(200, 1, 'b'))])
    t.ok(verdict(left, right, read))
    t.notOk(verdict(left, right, read, at(4, 5, [0, seen(undefined)], [1, seen(undefined)])))
  },
)
