import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'

/** How a person proves who they are. */
export interface Credential {
  readonly passwordHash?: string
  /** Secret of the second factor, as base32. */
  readonly secondFactor?: string
  /** A code of it was given once. */
  readonly isConfirmed: boolean
}

/** How people prove who they are. Never remembered: what changes holds for the next sign-in. */
export interface Credentials {
  /** Undefined when the person was never given any. */
  of(person: string): Promise<Credential | undefined>
  /** The person must be registered. */
  setPassword(person: string, hash: string): Promise<void>
  /** Replaces the second factor, yet unconfirmed; null takes it away. The person must be registered. */
  setSecondFactor(person: string, secret: string | null): Promise<void>
  /** Confirms the second factor by the code of a half-minute. False when that or a later one was used before. */
  useStep(person: string, step: bigint): Promise<boolean>
}

/** @param kysely of the database the registry is kept in */
export const createCredentials = (kysely: Kysely<Tables>): Credentials => ({
  async of(person) {
    const query = kysely.selectFrom('person_credential').selectAll().where('person', '=', person)
    const row = await query.executeTakeFirst()
    return (
      row && {
        isConfirmed: row.totp_confirmed,
        ...(row.password_hash === null ? {} : { passwordHash: row.password_hash }),
        ...(row.totp_secret === null ? {} : { secondFactor: row.totp_secret }),
      }
    )
  },
  setPassword: (person, password_hash) => put(kysely, person, { password_hash }),
  setSecondFactor: (person, totp_secret) =>
    put(kysely, person, { totp_secret, totp_confirmed: false, totp_step: 0n }),
  async useStep(person, step) {
    const update = kysely
      .updateTable('person_credential')
      .set({ totp_step: step, totp_confirmed: true })
      .where('person', '=', person)
      .where('totp_step', '<', step)
    return (await update.executeTakeFirst()).numUpdatedRows > 0n
  },
})

const put = async (
  kysely: Kysely<Tables>,
  person: string,
  values: {
    readonly password_hash?: string
    readonly totp_secret?: string | null
    readonly totp_confirmed?: boolean
    readonly totp_step?: bigint
  },
): Promise<void> => {
  await kysely
    .insertInto('person_credential')
    .values({ password_hash: null, totp_secret: null, person, ...values })
    .onConflict(conflict => conflict.column('person').doUpdateSet(values))
    .execute()
}
