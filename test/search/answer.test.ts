import t from 'tap'
import { readLines, type SearchAnswer } from '../../src/search/answer-sql.ts'
import { keyOf } from '../../src/search/hash.ts'
import { seenBy, statementFor, Store, tinglin } from './fixture.ts'

t.test(
  'a line says whose resource it is and whom it names; contents follow in its order',
  async t => {
    const store = await Store.open(t)
    const actors = (...ids: string[]) =>
      ids.map(id => ({ actor: { reference: `Patient/${id}` }, status: 'accepted' }))
    for (const [id, participant] of [
      ['none', []],
      ['one', actors('wang')],
      ['two', actors('wang', 'li')],
    ] as const)
      await store.put({ resourceType: 'Appointment', id, status: 'booked', participant })
    const { text, values } = statementFor('Appointment?_sort=_id', seenBy(tinglin))
    const [answer] = await store.database.query<SearchAnswer>({ name: '', text, values })
    const lines = readLines(answer?.matches)
    const key = (id: string) => keyOf('Patient', id)
    t.same(
      lines.map(({ id, owner, patients }) => [id, owner, new Set(patients)]),
      [
        ['none', tinglin, new Set()],
        ['one', tinglin, new Set([key('wang')])],
        ['two', tinglin, new Set([key('wang'), key('li')])],
      ],
    )
    let at = 0
    for (const { id, bytes } of lines)
      t.match(answer?.contents?.toString('utf8', at, (at += bytes)), `"id":"${id}"`)
    t.equal(at, answer?.contents?.length)
    t.same(readLines(null), [])
  },
)
