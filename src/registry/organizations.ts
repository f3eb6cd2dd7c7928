import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import type { Freshness } from './freshness.ts'
import type { ValidationMode } from './validation-mode.ts'
import { listedMax, RegistryRefusal, rememberedMax, requireForm, requireName } from './refusal.ts'

/** A hospital that takes part: a tenant. */
export interface Organization {
  /** What `resource.owner` holds. */
  readonly number: number
  /** Id of its Organization resource, and before a hyphen the prefix of the ids it may choose. */
  readonly id: string
  readonly name: string
  readonly active: boolean
  /** `enforced`: what it writes may refer only to what is there and visible to it. */
  readonly referencePolicy: ReferencePolicy
  /** Whether references to a Patient by identifier alone become references to that Patient. */
  readonly resolvesIdentifiers: boolean
  /** How many of its resources one conditional delete may remove, 1 to 1000. */
  readonly conditionalDeleteMax: number
  /** Whether a change to what is stored must name the version it is made to. */
  readonly requiresIfMatch: boolean
  /** Canonicals of the profiles that what it writes must meet, by resource type. */
  readonly profiles: Readonly<Record<string, readonly string[]>>
  /** How strictly what it writes is taken. */
  readonly validation: ValidationMode
}

export type ReferencePolicy = 'open' | 'enforced'

/** What is registered of an organization. */
export interface NewOrganization extends Pick<Organization, 'id' | 'name'> {
  /** `enforced` when left out. */
  readonly referencePolicy?: ReferencePolicy
  readonly resolvesIdentifiers?: boolean
  /** 1 when left out. */
  readonly conditionalDeleteMax?: number
  readonly requiresIfMatch?: boolean
  /** None when left out. */
  readonly profiles?: Organization['profiles']
}

/**
 * The hospitals that take part. What is found is remembered until the registry changes; what is not
 * found is asked again each time.
 */
export interface Organizations {
  /** @throws RegistryRefusal when the id is taken or has the wrong form */
  create(organization: NewOrganization): Promise<Organization>
  list(): Promise<Organization[]>
  byId(id: string): Promise<Organization | undefined>
  byNumber(number: number): Promise<Organization | undefined>
  /** False when there is no such organization. Its clients and people lose access with the next request. */
  readonly setActive: (id: string, active: boolean) => Promise<boolean>
  /** False when there is no such organization. Holds from the next request on, in every process. */
  setValidation(id: string, mode: ValidationMode): Promise<boolean>
}

const columns = [
  ...(['number', 'id', 'name', 'active'] as const),
  'reference_policy as referencePolicy',
  'resolve_identifiers as resolvesIdentifiers',
  'conditional_delete_max as conditionalDeleteMax',
  'require_if_match as requiresIfMatch',
  'profiles',
  'validation',
] as const

/** @param kysely of the database the registry is kept in */
export const createOrganizations = (
  kysely: Kysely<Tables>,
  freshness: Freshness,
): Organizations => {
  const byId = freshness.memory<string, Organization>(rememberedMax)
  const byNumber = freshness.memory<number, Organization>(rememberedMax)
  return {
    create: organization => create(kysely, organization),
    list: () =>
      kysely.selectFrom('organization').select(columns).orderBy('id').limit(listedMax).execute(),
    async byId(id) {
      const known = byId.get(id)
      if (known !== undefined) return known
      const generation = freshness.current()
      const query = kysely.selectFrom('organization').select(columns).where('id', '=', id)
      const found = await query.executeTakeFirst()
      if (found !== undefined) byId.set(id, found, generation)
      return found
    },
    async byNumber(number) {
      const known = byNumber.get(number)
      if (known !== undefined) return known
      const generation = freshness.current()
      const query = kysely.selectFrom('organization').select(columns).where('number', '=', number)
      const found = await query.executeTakeFirst()
      if (found !== undefined) byNumber.set(number, found, generation)
      return found
    },
    setActive: async (id, active) => {
      const update = kysely.updateTable('organization').set({ active }).where('id', '=', id)
      return (await update.executeTakeFirst()).numUpdatedRows > 0n
    },
    async setValidation(id, validation) {
      const update = kysely.updateTable('organization').set({ validation }).where('id', '=', id)
      return (await update.executeTakeFirst()).numUpdatedRows > 0n
    },
  }
}

const create = async (kysely: Kysely<Tables>, asked: NewOrganization): Promise<Organization> => {
  const { id, name, referencePolicy = 'enforced', resolvesIdentifiers = false } = asked
  const { conditionalDeleteMax = 1, requiresIfMatch = false, profiles = {} } = asked
  requireForm(/^[a-z][a-z0-9]{1,19}$/, id, '2 to 20 lower-case letters and digits, a letter first')
  requireName(name)
  const created = await kysely
    .with('added', query =>
      query
        .insertInto('organization')
        .values({
          ...{ id, name, reference_policy: referencePolicy },
          resolve_identifiers: resolvesIdentifiers,
          conditional_delete_max: conditionalDeleteMax,
          require_if_match: requiresIfMatch,
          profiles: JSON.stringify(profiles),
        })
        .onConflict(conflict => conflict.doNothing())
        .returning(columns),
    )
    .with('policy', query =>
      query
        .insertInto('owner_policy')
        .columns(['owner'])
        .expression(query.selectFrom('added').select('number')),
    )
    .selectFrom('added')
    .selectAll()
    .executeTakeFirst()
  if (created === undefined) throw new RegistryRefusal(`There is already an organization "${id}".`)
  return created
}

/** @throws RegistryRefusal when no organization has this id */
export const requireOrganization = async (
  kysely: Kysely<Tables>,
  id: string,
): Promise<Organization> => {
  const query = kysely.selectFrom('organization').select(columns).where('id', '=', id)
  const found = await query.executeTakeFirst()
  if (found === undefined) {
    throw new RegistryRefusal(`There is no organization "${id}". Add it first: huizhen org add.`)
  }
  return found
}
