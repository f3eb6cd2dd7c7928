import { sql, type Kysely } from 'kysely'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import * as errors from 'oidc-provider/lib/helpers/errors.js'
import type { Tables } from '../db/tables.ts'

/** Writes between two clean-ups of one process, and rows one clean-up removes at most. */
const writesPerCleanUp = 100
const rowsPerCleanUpMax = 1000

/**
 * Keeps what the authorization server must remember in `authorization_model`. An expired row is as
 * good as absent at once; it is removed later, a bounded number at a time. A grant that is revoked is
 * told to `onRevokedGrant`, too, for the access tokens made under it, which are not kept here.
 */
export const createModelStore = (
  kysely: Kysely<Tables>,
  onRevokedGrant: (grantId: string) => Promise<void>,
): ((model: string) => Adapter) => {
  let writes = 0
  const revokeGrant = async (grantId: string): Promise<void> => {
    await onRevokedGrant(grantId)
    await kysely.deleteFrom('authorization_model').where('grant_id', '=', grantId).execute()
  }
  return model => ({
    async upsert(id, payload, expiresIn) {
      await write(kysely, { model, id, payload, expiresIn })
      if (++writes % writesPerCleanUp === 0) await removeExpired(kysely)
    },
    find: id => findBy(kysely, model, ['id', id]),
    findByUid: uid => findBy(kysely, model, ['uid', uid]),
    findByUserCode: userCode => findBy(kysely, model, ['user_code', userCode]),
    async consume(id) {
      if (await consume(kysely, model, id)) return
      // Two uses of one code or refresh token at the same moment both found it unused.
      const grantId = (await findBy(kysely, model, ['id', id]))?.grantId
      if (grantId !== undefined) await revokeGrant(grantId)
      throw new errors.InvalidGrant('it was used already')
    },
    async destroy(id) {
      await kysely
        .deleteFrom('authorization_model')
        .where('model', '=', model)
        .where('id', '=', id)
        .execute()
    },
    revokeByGrantId: revokeGrant,
  })
}

/** Marks a code or token as used; false when it was before. */
const consume = async (kysely: Kysely<Tables>, model: string, id: string): Promise<boolean> => {
  const update = kysely
    .updateTable('authorization_model')
    .set({ consumed: sql`now()` })
    .where('model', '=', model)
    .where('id', '=', id)
    .where('consumed', 'is', null)
  return (await update.executeTakeFirst()).numUpdatedRows > 0n
}

/** Removes expired rows, at most 1000, and says how many. Two processes may do so at the same time. */
export const removeExpired = async (kysely: Kysely<Tables>): Promise<number> => {
  const { numAffectedRows } = await sql`
    delete from authorization_model where ctid = any (array(
      select ctid from authorization_model where expires_at <= now()
      limit ${rowsPerCleanUpMax} for update skip locked))`.execute(kysely)
  return Number(numAffectedRows ?? 0n)
}

interface StoredModel {
  readonly model: string
  readonly id: string
  readonly payload: AdapterPayload
  readonly expiresIn: number | undefined
}

const write = async (kysely: Kysely<Tables>, stored: StoredModel): Promise<void> => {
  const { model, id, payload, expiresIn } = stored
  const changing = {
    payload: JSON.stringify(payload),
    grant_id: payload.grantId ?? null,
    uid: payload.uid ?? null,
    user_code: payload.userCode ?? null,
    expires_at:
      expiresIn === undefined ? null : sql<string>`now() + make_interval(secs => ${expiresIn})`,
  }
  const insert = kysely.insertInto('authorization_model').values({ model, id, ...changing })
  if (model === 'ReplayDetection') {
    // Two uses of one assertion at the same moment both find nothing; only one of them may insert.
    const isSpent = sql<boolean>`authorization_model.expires_at <= now()`
    const result = await insert
      .onConflict(conflict =>
        conflict.columns(['model', 'id']).doUpdateSet(changing).where(isSpent),
      )
      .executeTakeFirst()
    if (result.numInsertedOrUpdatedRows !== 1n) {
      throw new errors.InvalidClientAuth('client assertion tokens must only be used once')
    }
    return
  }
  await insert
    .onConflict(conflict => conflict.columns(['model', 'id']).doUpdateSet(changing))
    .execute()
}

const findBy = async (
  kysely: Kysely<Tables>,
  model: string,
  [column, value]: ['id' | 'uid' | 'user_code', string],
): Promise<AdapterPayload | undefined> => {
  // PostgreSQL holds no NUL in text; asking for one would be an error instead of "not found".
  if (value.includes('\0')) return undefined
  const row = await kysely
    .selectFrom('authorization_model')
    .select(['payload', 'consumed'])
    .where('model', '=', model)
    .where(column, '=', value)
    .where(eb => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<string>`now()`)]))
    .executeTakeFirst()
  if (row === undefined) return undefined
  const payload = row.payload as AdapterPayload
  return row.consumed === null ? payload : { ...payload, consumed: true }
}
