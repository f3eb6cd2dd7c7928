import type { Kysely, Selectable } from 'kysely'
import type { IssuerTable, Tables } from '../db/tables.ts'
import type { Freshness } from './freshness.ts'
import { requireKeySet, type PublicKeySet } from './key-set.ts'
import { requireOrganization } from './organizations.ts'
import { listedMax, RegistryRefusal, rememberedMax, WrongForm } from './refusal.ts'

/** A hospital's own authorization server, and how far its tokens are believed. */
export interface Issuer {
  /** The `iss` of its tokens. */
  readonly url: string
  /** Where its keys are, or the keys themselves. */
  readonly jwksUri?: string
  readonly jwks?: PublicKeySet
  readonly algorithms: readonly string[]
  /** `organization.number` of each tenant it may speak for. */
  readonly organizations: readonly number[]
  /** Client ids, in its own naming, whose tokens are taken. */
  readonly clients: readonly string[]
  readonly scopes: readonly string[]
  /** Seconds after `iat` from which a token is too old, whatever its `exp`. */
  readonly tokenAgeSecondsMax: number
  readonly active: boolean
}

export interface NewIssuer extends Omit<Issuer, 'organizations' | 'active' | 'jwksUri' | 'jwks'> {
  readonly organizations: readonly string[]
  readonly jwksUri?: string | undefined
  readonly jwks?: PublicKeySet | undefined
}

/** The external issuers; found ones are remembered until the registry changes. */
export interface Issuers {
  /** @throws RegistryRefusal when the url is taken or something is not possible */
  create(issuer: NewIssuer): Promise<Issuer>
  list(): Promise<Issuer[]>
  byUrl(url: string): Promise<Issuer | undefined>
  readonly setActive: (url: string, active: boolean) => Promise<boolean>
}

/** Signature algorithms an issuer may use. No HMAC: a shared secret invites algorithm confusion. */
export const issuerAlgorithms = ['ES256', 'ES384', 'RS256', 'RS384', 'PS256', 'PS384'] as const

/** @param kysely of the database the registry is kept in */
export const createIssuers = (kysely: Kysely<Tables>, freshness: Freshness): Issuers => {
  const memory = freshness.memory<string, Issuer>(rememberedMax)
  return {
    create: issuer => create(kysely, issuer),
    async list() {
      const query = kysely.selectFrom('issuer').selectAll().orderBy('url').limit(listedMax)
      return (await query.execute()).map(issuerOf)
    },
    async byUrl(url) {
      const known = memory.get(url)
      if (known !== undefined) return known
      const generation = freshness.current()
      const query = kysely.selectFrom('issuer').selectAll().where('url', '=', url)
      const row = await query.executeTakeFirst()
      if (row === undefined) return undefined
      const issuer = issuerOf(row)
      memory.set(url, issuer, generation)
      return issuer
    },
    setActive: async (url, active) => {
      const update = kysely.updateTable('issuer').set({ active }).where('url', '=', url)
      return (await update.executeTakeFirst()).numUpdatedRows > 0n
    },
  }
}

const create = async (kysely: Kysely<Tables>, asked: NewIssuer): Promise<Issuer> => {
  requireIssuer(asked)
  const organizations: number[] = []
  for (const id of asked.organizations) {
    organizations.push((await requireOrganization(kysely, id)).number)
  }
  const row = await kysely
    .insertInto('issuer')
    .values({
      url: asked.url,
      jwks_uri: asked.jwksUri ?? null,
      jwks: asked.jwks === undefined ? null : JSON.stringify(asked.jwks),
      algorithms: [...asked.algorithms],
      organizations,
      clients: [...asked.clients],
      scopes: [...asked.scopes],
      token_age_seconds_max: asked.tokenAgeSecondsMax,
    })
    .onConflict(conflict => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw new RegistryRefusal(`There is already an issuer "${asked.url}".`)
  return issuerOf(row)
}

const requireIssuer = (asked: NewIssuer): void => {
  requireSecureUrl(asked.url, 'The issuer')
  if ((asked.jwksUri === undefined) === (asked.jwks === undefined)) {
    throw new WrongForm('Name either the address of the keys or the keys, not both.')
  }
  if (asked.jwksUri !== undefined) requireSecureUrl(asked.jwksUri, 'The address of the keys')
  if (asked.jwks !== undefined) requireKeySet(asked.jwks)
  const allowed: readonly string[] = issuerAlgorithms
  const unknown = asked.algorithms.find(algorithm => !allowed.includes(algorithm))
  if (unknown !== undefined || asked.algorithms.length === 0) {
    throw new WrongForm(`Signature algorithms are one or more of ${allowed.join(', ')}.`)
  }
  if (asked.organizations.length === 0 || asked.clients.length === 0) {
    throw new WrongForm('An issuer speaks for at least one organization and one client.')
  }
  const age = asked.tokenAgeSecondsMax
  if (!Number.isInteger(age) || age < 60 || age > 3600) {
    throw new WrongForm('The greatest age of a token is 60 to 3600 seconds.')
  }
}

/** Keys fetched in the clear could be anyone's; only this machine itself may be asked so. */
const requireSecureUrl = (text: string, what: string): void => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isLoopback = url !== undefined && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return
  throw new WrongForm(`${what} must be an https address. Found: "${text}".`)
}

const issuerOf = (row: Selectable<IssuerTable>): Issuer => ({
  url: row.url,
  algorithms: row.algorithms,
  organizations: row.organizations,
  clients: row.clients,
  scopes: row.scopes,
  tokenAgeSecondsMax: row.token_age_seconds_max,
  active: row.active,
  ...(row.jwks_uri === null ? {} : { jwksUri: row.jwks_uri }),
  ...(row.jwks === null ? {} : { jwks: row.jwks as PublicKeySet }),
})
