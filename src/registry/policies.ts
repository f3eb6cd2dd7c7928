import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import { requireOrganization } from './organizations.ts'

/**
 * What a hospital has decided about how its records are opened to others. The statements that read
 * records read the row themselves, so nothing here is remembered.
 */
export interface OwnerPolicy {
  /** `deny`: only consents open records; `break-glass-only`: a person in an emergency, too. */
  readonly defaultPolicy: 'deny' | 'break-glass-only'
  /** `required`: only during a consultation that the hospital has asked for. */
  readonly gate: 'required' | 'off'
  /** `practitioner`: to the people and teams that the consultation names, where it names any. */
  readonly gatePrecision: 'organization' | 'practitioner'
  /** Whether opting in alone, which names no recipient, permits. */
  readonly honorsOptIn: boolean
  /** Days a consultation stays open after its time, 0 to 90. Ending it shuts it at once all the same. */
  readonly graceDays: number
  /** Whether addressees see requests, and askers the answers. */
  readonly exchangesDirectly: boolean
}

/** What counts for a hospital without a row. */
export const strictestPolicy: OwnerPolicy = {
  defaultPolicy: 'deny',
  gate: 'required',
  gatePrecision: 'practitioner',
  honorsOptIn: false,
  graceDays: 0,
  exchangesDirectly: false,
}

/** The policies of the hospitals that take part. */
export interface Policies {
  /** @throws RegistryRefusal when there is no such organization */
  of(organizationId: string): Promise<OwnerPolicy>
  /** Changes what is named; holds from the next request on, in every process. @throws RegistryRefusal */
  change(organizationId: string, changes: Partial<OwnerPolicy>): Promise<OwnerPolicy>
}

const columns = [
  'default_policy as defaultPolicy',
  'gate',
  'gate_precision as gatePrecision',
  'honor_opt_in as honorsOptIn',
  'grace_days as graceDays',
  'directed_exchange as exchangesDirectly',
] as const

/** @param kysely of the database the registry is kept in */
export const createPolicies = (kysely: Kysely<Tables>): Policies => {
  const of = async (owner: number): Promise<OwnerPolicy> => {
    const query = kysely.selectFrom('owner_policy').select(columns).where('owner', '=', owner)
    return (await query.executeTakeFirst()) ?? strictestPolicy
  }
  return {
    of: async id => of((await requireOrganization(kysely, id)).number),
    async change(id, changes) {
      const { number } = await requireOrganization(kysely, id)
      // A row that is missing began as the strictest, whatever a new one would begin with.
      const row = rowOf({ ...(await of(number)), ...changes })
      await kysely
        .insertInto('owner_policy')
        .values({ owner: number, ...row })
        .onConflict(conflict => conflict.column('owner').doUpdateSet(row))
        .execute()
      return of(number)
    },
  }
}

const rowOf = (policy: OwnerPolicy) => ({
  default_policy: policy.defaultPolicy,
  gate: policy.gate,
  gate_precision: policy.gatePrecision,
  honor_opt_in: policy.honorsOptIn,
  grace_days: policy.graceDays,
  directed_exchange: policy.exchangesDirectly,
})
