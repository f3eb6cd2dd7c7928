import { sql, type Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** A token, or all tokens made under one grant. */
export interface Revoked {
  /** Its `iss`. */
  readonly issuer: string
  /** Its `jti`, or its `grant_id`. */
  readonly id: string
  /** After so many seconds no such token lives any more, revoked or not. */
  readonly expiresInSeconds: number
}

/** Tokens that were taken back before their time. */
export interface Revocations {
  /** Holds from the next request on, in every process. Revoking again changes nothing. */
  revoke(revoked: Revoked): Promise<void>
  /** Whether one of the ids of an issuer was revoked; asked once for a token, then remembered. */
  isAnyRevoked(issuer: string, ids: readonly string[]): Promise<boolean>
}

/** Rows one clean-up removes at most. */
const rowsPerCleanUpMax = 1000

/** @param kysely of the database the registry is kept in */
export const createRevocations = (kysely: Kysely<Tables>): Revocations => ({
  async revoke({ issuer, id, expiresInSeconds }) {
    await sql`delete from revoked_token where ctid = any (array(
      select ctid from revoked_token where expires_at <= now()
      limit ${rowsPerCleanUpMax} for update skip locked))`.execute(kysely)
    await kysely
      .insertInto('revoked_token')
      .values({
        ...{ issuer, id },
        expires_at: sql<string>`now() + make_interval(secs => ${expiresInSeconds})`,
      })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    // What is kept of a grant, above all its refresh token.
    await kysely.deleteFrom('authorization_model').where('grant_id', '=', id).execute()
  },
  async isAnyRevoked(issuer, ids) {
    const query = kysely
      .selectFrom('revoked_token')
      .select('id')
      .where('issuer', '=', issuer)
      .where('id', 'in', ids)
      .limit(1)
    return (await query.executeTakeFirst()) !== undefined
  },
})
