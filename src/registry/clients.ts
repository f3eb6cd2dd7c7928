import { createHash, randomBytes } from 'node:crypto'
import type { Kysely, Selectable } from 'kysely'
import type { ClientTable, Tables } from '../db/tables.ts'
import type { Freshness } from './freshness.ts'
import { requireKeySet, type PublicKeySet } from './key-set.ts'
import { requireOrganization } from './organizations.ts'
import { isOriginOf, requireRedirectUri } from './redirect-uri.ts'
import type { ValidationMode } from './validation-mode.ts'
import {
  listedMax,
  RegistryRefusal,
  rememberedMax,
  requireForm,
  requireName,
  WrongForm,
} from './refusal.ts'

/** Software that asks in the name of one organization. */
export interface Client {
  readonly id: string
  /** `organization.number` of its tenant. */
  readonly organization: number
  readonly name: string
  /** `system` acts for the organization itself, `people` for a person who uses it. */
  readonly kind: 'system' | 'people'
  /** The most it may be granted, as SMART scopes. */
  readonly scopes: readonly string[]
  /** Purposes of use it may name, codes of v3-ActReason. */
  readonly purposes: readonly string[]
  readonly grantTypes: readonly string[]
  readonly authMethod: ClientTable['auth_method']
  readonly jwks?: PublicKeySet
  readonly secretHash?: string
  /** The exact addresses a person's browser may be sent back to with a code. */
  readonly redirectUris: readonly string[]
  readonly active: boolean
  /** What it writes as older than what is stored changes nothing. */
  readonly isVersionedBySource: boolean
  /** A patient it names by an identifier nobody knows yet is made, tagged as incomplete. */
  readonly makesStubPatients: boolean
  /** Acts for the exchange itself: adds search parameters, has records indexed anew. */
  readonly isOperator: boolean
  /** How strictly what it writes is taken; absent: as what its organization writes. */
  readonly validation?: ValidationMode
}

/**
 * What is registered of a client. With `jwks` it signs assertions; a public one, which cannot keep a
 * secret, proves nothing; any other gets a secret.
 */
export interface NewClient extends Pick<Client, 'id' | 'name' | 'kind' | 'scopes' | 'purposes'> {
  readonly organization: string
  readonly grantTypes: readonly string[]
  readonly jwks?: PublicKeySet | undefined
  readonly isPublic?: boolean
  readonly redirectUris?: readonly string[]
  readonly isVersionedBySource?: boolean
  readonly makesStubPatients?: boolean
  readonly isOperator?: boolean
}

/** The clients of all organizations; found ones are remembered until the registry changes. */
export interface Clients {
  /**
   * Registers a client. `secret` is shown here once and kept only as a hash.
   * @throws RegistryRefusal when the id is taken or something is not possible
   */
  create(client: NewClient): Promise<{ readonly client: Client; readonly secret?: string }>
  list(): Promise<Client[]>
  byId(id: string): Promise<Client | undefined>
  /** Replaces the secret and gives the new one. @throws RegistryRefusal for a client without secret */
  renewSecret(id: string): Promise<string>
  readonly setActive: (id: string, active: boolean) => Promise<boolean>
  /** Whether browsers may let pages of this origin ask: an active client has a redirect URI there. */
  isAppOrigin(origin: string): Promise<boolean>
  /** `null`: as its organization. False when there is no such client. Holds from the next request on. */
  setValidation(id: string, mode: ValidationMode | null): Promise<boolean>
}

const secretBytes = 32

/** Secrets are random and 256 bits long, so a plain SHA-256 is as hard to reverse as any slow hash. */
export const hashSecret = (secret: string): string =>
  createHash('sha256').update(secret).digest('base64url')

/** @param kysely of the database the registry is kept in */
export const createClients = (kysely: Kysely<Tables>, freshness: Freshness): Clients => {
  const memory = freshness.memory<string, Client>(rememberedMax)
  const addresses = freshness.memory<'all', readonly string[]>(1)
  return {
    async isAppOrigin(origin) {
      const generation = await freshness.refresh()
      const known = addresses.get('all')
      const all = known ?? (await readRedirectUris(kysely))
      if (known === undefined) addresses.set('all', all, generation)
      return all.some(uri => isOriginOf(origin, uri))
    },
    create: client => create(kysely, client),
    async list() {
      const query = kysely.selectFrom('client').selectAll().orderBy('id').limit(listedMax)
      return (await query.execute()).map(clientOf)
    },
    async byId(id) {
      const known = memory.get(id)
      if (known !== undefined) return known
      const generation = freshness.current()
      const query = kysely.selectFrom('client').selectAll().where('id', '=', id)
      const row = await query.executeTakeFirst()
      if (row === undefined) return undefined
      const client = clientOf(row)
      memory.set(id, client, generation)
      return client
    },
    renewSecret: id => renewSecret(kysely, id),
    setActive: async (id, active) => {
      const update = kysely.updateTable('client').set({ active }).where('id', '=', id)
      return (await update.executeTakeFirst()).numUpdatedRows > 0n
    },
    async setValidation(id, validation) {
      const update = kysely.updateTable('client').set({ validation }).where('id', '=', id)
      return (await update.executeTakeFirst()).numUpdatedRows > 0n
    },
  }
}

const readRedirectUris = async (kysely: Kysely<Tables>): Promise<readonly string[]> => {
  const query = kysely.selectFrom('client').select('redirect_uris').where('active', '=', true)
  const rows = await query.limit(listedMax).execute()
  return [...new Set(rows.flatMap(row => row.redirect_uris))]
}

const create = async (
  kysely: Kysely<Tables>,
  asked: NewClient,
): Promise<{ readonly client: Client; readonly secret?: string }> => {
  requireForm(
    /^[a-z][a-z0-9-]{1,62}$/,
    asked.id,
    '2 to 63 lower-case letters, digits and hyphens, a letter first',
  )
  requireName(asked.name)
  if (asked.jwks !== undefined) requireKeySet(asked.jwks)
  for (const uri of asked.redirectUris ?? []) requireRedirectUri(uri)
  const organization = await requireOrganization(kysely, asked.organization)
  const method = methodOf(asked)
  const secret =
    method === 'client_secret_basic' ? randomBytes(secretBytes).toString('base64url') : null
  const row = await kysely
    .insertInto('client')
    .values({
      id: asked.id,
      organization: organization.number,
      name: asked.name,
      kind: asked.kind,
      scopes: [...asked.scopes],
      purposes: [...asked.purposes],
      grant_types: [...asked.grantTypes],
      auth_method: method,
      redirect_uris: [...(asked.redirectUris ?? [])],
      jwks: asked.jwks === undefined ? null : JSON.stringify(asked.jwks),
      secret_hash: secret === null ? null : hashSecret(secret),
      source_version: asked.isVersionedBySource ?? false,
      stub_patients: asked.makesStubPatients ?? false,
      operator: asked.isOperator ?? false,
    })
    .onConflict(conflict => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw new RegistryRefusal(`There is already a client "${asked.id}".`)
  return { client: clientOf(row), ...(secret === null ? {} : { secret }) }
}

/** @throws WrongForm for a public client that has keys, is no person's, or can be sent nothing */
const methodOf = ({ jwks, isPublic, kind, redirectUris = [] }: NewClient): Client['authMethod'] => {
  if (isPublic !== true) return jwks === undefined ? 'client_secret_basic' : 'private_key_jwt'
  if (jwks === undefined && kind === 'people' && redirectUris.length > 0) return 'none'
  throw new WrongForm('A public client is for people, has redirect URIs and no keys.')
}

const renewSecret = async (kysely: Kysely<Tables>, id: string): Promise<string> => {
  const secret = randomBytes(secretBytes).toString('base64url')
  const update = kysely
    .updateTable('client')
    .set({ secret_hash: hashSecret(secret) })
    .where('id', '=', id)
    .where('secret_hash', 'is not', null)
  if ((await update.executeTakeFirst()).numUpdatedRows === 0n) {
    throw new RegistryRefusal(`There is no client "${id}" that has a secret.`)
  }
  return secret
}

const clientOf = (row: Selectable<ClientTable>): Client => ({
  id: row.id,
  organization: row.organization,
  name: row.name,
  kind: row.kind,
  scopes: row.scopes,
  purposes: row.purposes,
  grantTypes: row.grant_types,
  authMethod: row.auth_method,
  active: row.active,
  redirectUris: row.redirect_uris,
  isVersionedBySource: row.source_version,
  makesStubPatients: row.stub_patients,
  isOperator: row.operator,
  ...(row.validation === null ? {} : { validation: row.validation }),
  ...(row.jwks === null ? {} : { jwks: row.jwks as PublicKeySet }),
  ...(row.secret_hash === null ? {} : { secretHash: row.secret_hash }),
})
