import type { Kysely } from 'kysely'
import type { Tables } from '../db/tables.ts'
import type { Freshness } from './freshness.ts'
import { requireOrganization } from './organizations.ts'
import {
  listedMax,
  RegistryRefusal,
  rememberedMax,
  requireForm,
  requireName,
  WrongForm,
} from './refusal.ts'

/** The role of those who look after what a hospital's records are used for: they may read its audit trail. */
export const privacyOfficerRole = 'privacy-officer'

/** The role of those who connect a hospital's systems: they see what its clients sent and was refused. */
export const integrationRole = 'integration-engineer'

/** A practitioner who may sign in. */
export interface Person {
  /** Id of the Practitioner resource; starts with the organization's id and a hyphen. */
  readonly id: string
  /** `organization.number` of the hospital the person works for. */
  readonly organization: number
  readonly name: string
  /** What the person does there, as a short code such as `specialist`. */
  readonly role?: string
  readonly active: boolean
}

export interface NewPerson extends Pick<Person, 'id' | 'name'> {
  readonly organization: string
  readonly role?: string | undefined
}

/** The people who may sign in; found ones are remembered until the registry changes. */
export interface People {
  /** @throws RegistryRefusal when the id is taken or lacks the organization's prefix */
  create(person: NewPerson): Promise<Person>
  list(): Promise<Person[]>
  byId(id: string): Promise<Person | undefined>
  readonly setActive: (id: string, active: boolean) => Promise<boolean>
}

const columns = ['id', 'organization', 'name', 'role', 'active'] as const

/** @param kysely of the database the registry is kept in */
export const createPeople = (kysely: Kysely<Tables>, freshness: Freshness): People => {
  const memory = freshness.memory<string, Person>(rememberedMax)
  return {
    create: person => create(kysely, person),
    async list() {
      const query = kysely.selectFrom('person').select(columns).orderBy('id').limit(listedMax)
      return (await query.execute()).map(personOf)
    },
    async byId(id) {
      const known = memory.get(id)
      if (known !== undefined) return known
      const generation = freshness.current()
      const query = kysely.selectFrom('person').select(columns).where('id', '=', id)
      const row = await query.executeTakeFirst()
      if (row === undefined) return undefined
      const person = personOf(row)
      memory.set(id, person, generation)
      return person
    },
    setActive: async (id, active) => {
      const update = kysely.updateTable('person').set({ active }).where('id', '=', id)
      return (await update.executeTakeFirst()).numUpdatedRows > 0n
    },
  }
}

const create = async (kysely: Kysely<Tables>, asked: NewPerson): Promise<Person> => {
  requireName(asked.name)
  if (asked.role !== undefined) {
    requireForm(/^[a-z][a-z0-9-]{0,63}$/, asked.role, 'a role is a short lower-case code')
  }
  const organization = await requireOrganization(kysely, asked.organization)
  const prefix = `${organization.id}-`
  if (!asked.id.startsWith(prefix) || !/^[A-Za-z0-9.-]{1,64}$/.test(asked.id)) {
    throw new WrongForm(
      `"${asked.id}" is not possible here: the id starts with "${prefix}" and has at most 64 letters, digits, hyphens and dots.`,
    )
  }
  const row = await kysely
    .insertInto('person')
    .values({
      id: asked.id,
      organization: organization.number,
      name: asked.name,
      role: asked.role ?? null,
    })
    .onConflict(conflict => conflict.doNothing())
    .returning(columns)
    .executeTakeFirst()
  if (row === undefined) throw new RegistryRefusal(`There is already a person "${asked.id}".`)
  return personOf(row)
}

const personOf = ({ role, ...row }: Omit<Person, 'role'> & { role: string | null }): Person => ({
  ...row,
  ...(role === null ? {} : { role }),
})
