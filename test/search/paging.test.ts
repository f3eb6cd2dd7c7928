import t from 'tap'
import type { Position } from '../../src/search/compile.ts'
import { seenBy, statementFor, Store, tinglin } from './fixture.ts'

const observation = (at: number, more: object) => ({
  resourceType: 'Observation',
  id: `o${String(at).padStart(2, '0')}`,
  status: 'final',
  code: { coding: [{ code: 'A' }] },
  subject: { reference: 'Patient/wang' },
  ...more,
})

/** All pages of a search, each asked for from where the one before ended. */
const pages = async (store: Store, search: string): Promise<string[][]> => {
  const found: string[][] = []
  let position: Position | undefined
  do {
    const { matches, total, next } = await store.page(
      `${search}_count=3`,
      seenBy(tinglin),
      position,
    )
    found.push(matches)
    if (total !== 20) throw new Error('the total is that of all pages')
    position = next
  } while (position !== undefined && found.length < 30)
  return found
}

t.test('pages follow each other without gap or repetition, whatever the order', async t => {
  const store = await Store.open(t)
  for (let at = 0; at < 20; at++)
    await store.put(
      observation(at, {
        ...(at % 5 === 4 ? {} : { effectiveDateTime: `2024-01-0${(at % 3) + 1}` }),
        ...(at % 2 === 0 ? { valueString: ['b', 'a', '\u{10fffd}'][at % 3] } : {}),
        ...(at % 4 === 0 ? {} : { valueDateTime: `2020-0${(at % 2) + 1}` }),
      }),
      { lastUpdated: `2026-01-01T00:00:00.${at % 3}00001Z` },
    )
  const searches = [
    'Observation?',
    'Observation?patient=wang&',
    'Observation?patient=wang&_sort=date&',
    'Observation?_sort=-date&',
    'Observation?_sort=_lastUpdated&',
    'Observation?_sort=-_lastUpdated,date&',
    'Observation?_sort=date,-_lastUpdated,_id&',
    'Observation?_sort=value-string&',
    'Observation?_sort=-value-string,value-date&',
    'Observation?code=A&_sort=-value-date&',
  ]
  for (const search of searches) {
    const found = (await pages(store, search)).flat()
    const whole = await store.ids(`${search}_count=100`)
    t.equal(whole.length, 20)
    t.same(found, whole, search)
  }
})

t.test('resources without the value come last in both directions', async t => {
  const store = await Store.open(t)
  await store.put(
    observation(1, { effectiveDateTime: '2024', valueString: 'b', valueDateTime: '2021' }),
  )
  await store.put(observation(2, {}))
  await store.put(
    observation(3, { effectiveDateTime: '2023', valueString: 'A', valueDateTime: '2022' }),
  )
  const orders: readonly (readonly [string, string])[] = [
    ['date', 'o03 o01 o02'],
    ['-date', 'o01 o03 o02'],
    ['value-string', 'o03 o01 o02'],
    ['-value-string', 'o01 o03 o02'],
    ['value-date', 'o01 o03 o02'],
    ['-value-date', 'o03 o01 o02'],
    ['_id', 'o01 o02 o03'],
    ['-_id', 'o03 o02 o01'],
    ['_lastUpdated', 'o01 o02 o03'],
  ]
  for (const [sort, expected] of orders)
    for (const scope of ['', 'patient=wang&'])
      t.equal((await store.ids(`Observation?${scope}_sort=${sort}`)).join(' '), expected, sort)
})

t.test('a position of another order is a fault of ours, not an answer', async t => {
  t.throws(() => statementFor('Observation?_sort=date,_id', seenBy(tinglin), ['2024', '1']))
})

t.test('a walk through a thousand pages meets every row once while others write', async t => {
  const store = await Store.open(t)
  await store.put(observation(0, { effectiveDateTime: '2024-01-01' }))
  const rows = 3000
  await store.run(
    `insert into resource (key, type, id, version, owner, last_updated, patient, date_low, date_high, tokens, content)
     select hashint8extended(n, 1), type, 'row' || n, 1, owner, last_updated + n * interval '1 s', patient,
       date_low - (n / 7) * interval '1 h', date_high - (n / 7) * interval '1 h', tokens, content
     from generate_series(1, $1::integer) n, resource where id = 'o00'`,
    [rows],
  )
  /** One of each kind of write: a new row at either end and between, a row gone, one that moves. */
  const write = (at: number) =>
    store.run(
      `with gone as (
         update resource set deleted = true where id = 'row' || $1::integer * 3 returning key
       ), moved as (
         update resource set date_low = date_low - interval '90 days', last_updated = last_updated + interval '1 day'
         where id = 'row' || $1::integer * 3 - 1 returning key
       )
       insert into resource (key, type, id, version, owner, last_updated, patient, date_low, date_high, tokens, content)
       select hashint8extended(-$1::integer * 3 - n, 1), type, 'new' || $1 || '-' || n, 1, owner, last_updated + $1::integer * interval '1 s',
         patient, date_low + (1 - n) * interval '60 days', date_high, tokens, content
       from generate_series(0, 2) n, resource where id = 'o00'`,
      [at],
    )
  for (const search of [
    'patient=wang&_sort=-date',
    '_sort=-_lastUpdated',
    'patient=wang&_sort=date',
  ]) {
    await store.run(`update resource set deleted = false where id like 'row%'`)
    const first = await store.run('select max(last_updated) from resource')
    t.equal(first.length, 1)
    const seen = new Map<string, number>()
    let position: Position | undefined
    let count = 0
    do {
      const asked = `Observation?${search}&_count=3&_total=none`
      const [{ matches, next }] = await Promise.all([
        store.page(asked, seenBy(tinglin), position),
        count % 10 === 0 ? write(count) : undefined,
      ])
      for (const id of matches) seen.set(id, (seen.get(id) ?? 0) + 1)
      position = next
      count++
    } while (position !== undefined && count < 2000)
    await store.run(`delete from resource where id like 'new%'`)
    t.equal(position, undefined, `${search}: the walk ends`)
    t.ok(count >= 900, `${count} pages`)
    const isTouched = (n: number) => n % 30 === 0 || n % 30 === 29
    const wrong = Array.from({ length: rows }, (_, at) => at + 1).filter(
      n => !isTouched(n) && seen.get(`row${n}`) !== 1,
    )
    t.same(wrong, [], `${search}: what nobody touched is met exactly once`)
    const twice = [...seen].filter(([id, times]) => times > (id.startsWith('row') ? 2 : 1))
    t.same(
      twice,
      [],
      `${search}: what is new at most once, what has moved at its old and new place`,
    )
  }
})
