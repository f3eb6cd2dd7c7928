/** What the authorization server remembers, and for how long. */
import { sql } from 'kysely'
import t from 'tap'
import { createModelStore, removeExpired } from '../../src/auth/model-store.ts'
import { aDatabase } from '../database.ts'

t.test('what is stored is found until it expires, and is gone after clean-up', async t => {
  const { kysely } = await aDatabase(t)
  const store = createModelStore(kysely, async () => {})('Session')
  await store.upsert('a', { uid: 'u1', grantId: 'g1', accountId: 'x' }, 3600)
  await store.upsert('b', { userCode: 'c1' }, -1)
  t.match(await store.find('a'), { accountId: 'x' })
  t.match(await store.findByUid('u1'), { accountId: 'x' })
  t.equal(await store.find('b'), undefined, 'expired')
  t.equal(await store.findByUserCode('c1'), undefined)
  t.equal(await store.find('a\0'), undefined)
  t.equal(
    await createModelStore(kysely, async () => {})('Grant').find('a'),
    undefined,
    'each model on its own',
  )
  t.equal(await removeExpired(kysely), 1)
  t.equal(await removeExpired(kysely), 0)
  await store.consume('a')
  t.match(await store.find('a'), { consumed: true })
  await store.revokeByGrantId('g1')
  t.equal(await store.find('a'), undefined)
  await store.upsert('c', {}, 3600)
  await store.destroy('c')
  t.equal(await store.find('c'), undefined)
})

t.test('a clean-up happens by itself, and removes at most a thousand rows', async t => {
  const { kysely } = await aDatabase(t)
  await sql`insert into authorization_model (model, id, payload, expires_at)
            select 'Old', n::text, '{}', now() - interval '1 hour' from generate_series(1, 1500) n`.execute(
    kysely,
  )
  const store = createModelStore(kysely, async () => {})('ReplayDetection')
  for (let n = 0; n < 100; n++) await store.upsert(`r${n}`, {}, 300)
  const left = await kysely.selectFrom('authorization_model').select('id').execute()
  t.equal(left.length, 500 + 100)
})

t.test('an assertion is used once, and may return after it has expired', async t => {
  const { kysely } = await aDatabase(t)
  const store = createModelStore(kysely, async () => {})('ReplayDetection')
  await store.upsert('x', {}, 300)
  await t.rejects(store.upsert('x', {}, 300), { error: 'invalid_client', message: /./ })
  await store.upsert('y', {}, -1)
  await store.upsert('y', {}, 300)
  t.ok(await store.find('y'))
})
