/** Creates of concurrent requests: one statement for many, and each with its own outcome. */
import t from 'tap'
import { Unavailable, VersionConflict } from '../../src/fhir/errors.ts'
import { permit } from '../../src/search/permitted.ts'
import { noTexts } from '../../src/search/resource-texts.ts'
import { compress } from '../../src/store/content.ts'
import type { ResourceRow } from '../../src/store/rows.ts'
import { createWriteGroups } from '../../src/store/write-groups.ts'
import { aDatabase } from '../database.ts'

const rowOf = (key: bigint, strings: readonly string[] = []): ResourceRow => ({
  ...{ key, type: 1, id: `id-${key}`, version: 1, owner: 1, deleted: false, method: 'POST' },
  ...{ lastUpdated: '2026-01-31T08:00:00.000Z', patient: key, otherPatients: [2n, -3n] },
  ...{ addressed: null, answers: null, dateLow: '-infinity', dateHigh: '-infinity' },
  category: 1n,
  linkedPatients: null,
  ...{ tokens: [-7n, 7n], present: 1n, dates: [], quantities: [] },
  ...{ facts: [], confidentiality: 3, screened: true, generation: 1 },
  texts: noTexts,
  strings: strings.map(value => ({ parameter: 5n, value })),
  content: compress(Buffer.from(`{"key":"${key}"}`)),
})

const groupsOn = async (t: Parameters<typeof aDatabase>[0]) => {
  let statements = 0
  let isBroken = false
  const database = await aDatabase(t, {
    onStatement: ({ name }) => {
      if (!name.startsWith('write')) return
      statements++
      if (isBroken) throw new Unavailable()
    },
  })
  const groups = createWriteGroups(database)
  const visibility = { organization: 1, actors: [], purposes: [] }
  const stored = async (text: string) => database.query({ name: '', text, values: [] })
  return {
    create: (...rows: ResourceRow[]) => groups.create(permit(rows, visibility)),
    stored,
    keys: async () => (await stored('select key from resource order by key')).map(r => r['key']),
    statements: () => statements,
    breakDown: () => (isBroken = true),
  }
}

t.test('creates of one moment share few statements and are all stored as they are', async t => {
  const { create, stored, keys, statements } = await groupsOn(t)
  const all = Array.from({ length: 40 }, (_, index) => BigInt(index))
  const awkward = ['a"b\\c', '{,}', 'NULL', ' 王 芳 ']
  await Promise.all(all.map(key => create(rowOf(key, awkward))))
  t.strictSame(await keys(), all)
  t.ok(statements() <= 2, `${statements()} statements`)
  t.strictSame(
    await stored('select id, patient, other_patients, tokens, content from resource where key = 9'),
    [
      {
        ...{ id: 'id-9', patient: 9n, other_patients: [2n, -3n], tokens: [-7n, 7n] },
        content: compress(Buffer.from('{"key":"9"}')),
      },
    ],
  )
  const strings = await stored('select value from search_string where key = 9')
  t.strictSame(strings.map(({ value }) => value).sort(), [...awkward].sort())
})

t.test('what is refused of one create is refused of no other', async t => {
  const { create, keys } = await groupsOn(t)
  await create(rowOf(3n))
  const outcomes = await Promise.allSettled([1n, 2n, 3n, 4n, 5n].map(key => create(rowOf(key))))
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  const [, , refused] = outcomes
  t.ok(refused?.status === 'rejected' && refused.reason instanceof VersionConflict)
  t.strictSame(await keys(), [1n, 2n, 3n, 4n, 5n])
})

t.test('rows of one create are stored together or not at all', async t => {
  const { create, keys } = await groupsOn(t)
  await create(rowOf(3n))
  const outcomes = await Promise.allSettled([
    create(rowOf(1n), rowOf(3n)),
    create(rowOf(4n), rowOf(5n)),
  ])
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  )
  t.strictSame(await keys(), [3n, 4n, 5n])
})

t.test('a long row has a statement of its own, and is stored', async t => {
  const { create, keys, statements } = await groupsOn(t)
  const tokens = Array.from({ length: 20_000 }, (_, index) => BigInt(index))
  await Promise.all([create({ ...rowOf(1n), tokens }), create(rowOf(2n)), create(rowOf(3n))])
  t.equal(statements(), 2)
  t.strictSame(await keys(), [1n, 2n, 3n])
})

t.test('without a database every create is refused as unavailable', async t => {
  const { create, keys, breakDown } = await groupsOn(t)
  breakDown()
  const outcomes = await Promise.allSettled([1n, 2n, 3n].map(key => create(rowOf(key))))
  for (const outcome of outcomes)
    t.ok(outcome.status === 'rejected' && outcome.reason instanceof Unavailable)
  t.strictSame(await keys(), [])
})

t.test('a row indexed by a generation that was overtaken is refused, alone', async t => {
  const { create, stored, keys } = await groupsOn(t)
  await stored('update index_generation set generation = 2')
  const current = { ...rowOf(1n), generation: 2 }
  const [outdated, other] = await Promise.allSettled([create(rowOf(2n)), create(current)])
  t.match(outdated, { status: 'rejected', reason: { code: 'index-outdated', status: 409 } })
  t.match(other, { status: 'fulfilled' })
  t.strictSame(await keys(), [1n])
})
