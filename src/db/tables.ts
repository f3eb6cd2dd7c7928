import type { ColumnType, Generated, JSONColumnType } from 'kysely'

/** A row that exists once it was switched off, too. */
type Active = Generated<boolean>
type Json = JSONColumnType<object, string, string>
type OptionalJson = ColumnType<object | null, string | null | undefined, string | null>

export interface OrganizationTable {
  number: Generated<number>
  id: string
  name: string
  active: Active
  reference_policy: Generated<'open' | 'enforced'>
  resolve_identifiers: Generated<boolean>
  conditional_delete_max: Generated<number>
  require_if_match: Generated<boolean>
  profiles: ColumnType<Readonly<Record<string, readonly string[]>>, string | undefined, string>
  validation: Generated<'strict' | 'lenient' | 'report-only'>
}

export interface OwnerPolicyTable {
  owner: number
  default_policy: Generated<'deny' | 'break-glass-only'>
  gate: Generated<'required' | 'off'>
  gate_precision: Generated<'organization' | 'practitioner'>
  honor_opt_in: Generated<boolean>
  grace_days: Generated<number>
  directed_exchange: Generated<boolean>
}

export interface ClientTable {
  id: string
  organization: number
  name: string
  kind: 'system' | 'people'
  scopes: string[]
  purposes: string[]
  grant_types: string[]
  auth_method: 'private_key_jwt' | 'client_secret_basic' | 'client_secret_post' | 'none'
  jwks: OptionalJson
  secret_hash: string | null
  redirect_uris: Generated<string[]>
  active: Active
  source_version: Generated<boolean>
  stub_patients: Generated<boolean>
  operator: Generated<boolean>
  validation: 'strict' | 'lenient' | 'report-only' | null
}

export interface PersonTable {
  id: string
  organization: number
  name: string
  role: string | null
  active: Active
}

export interface IssuerTable {
  url: string
  jwks_uri: string | null
  jwks: OptionalJson
  algorithms: string[]
  organizations: number[]
  clients: string[]
  scopes: string[]
  token_age_seconds_max: number
  active: Active
}

export interface RegistryGenerationTable {
  only_row: Generated<boolean>
  generation: bigint
}

export interface AuthorizationModelTable {
  model: string
  id: string
  grant_id: string | null
  uid: string | null
  user_code: string | null
  payload: Json
  /** Written as SQL `now()`; read as text. */
  consumed: string | null
  expires_at: string | null
}

export interface PersonCredentialTable {
  person: string
  password_hash: string | null
  totp_secret: string | null
  totp_confirmed: Generated<boolean>
  totp_step: Generated<bigint>
}

export interface AttemptTable {
  key: string
  failures: number
  /** Written as SQL; read as text. */
  until: string
}

export interface RevokedTokenTable {
  issuer: string
  id: string
  /** Written as SQL; read as text. */
  expires_at: string
}

export interface SecretTable {
  name: string
  value: Buffer
}

export interface SearchParameterTable {
  resource: bigint
  id: string
  url: string
  code: string
  kind: string
  base: string[]
  targets: string[]
  expression: string
  description: string
  slot: number
  generation: number
  ready: Generated<boolean>
}

export interface IndexGenerationTable {
  only_row: Generated<boolean>
  generation: number
}

export interface WebhookTable {
  owner: number
  url: string
  secret: Buffer
}

/** Read alone: rows are written by the store. */
export interface WebhookNoticeTable {
  id: string
  owner: number
  body: string
  created: string
  attempts: number
  next_attempt: string
  outcome: string | null
  ended: string | null
}

/** Column types of the tables that kysely is used on: the registry's. A test compares them with the catalog. */
export interface Tables {
  organization: OrganizationTable
  owner_policy: OwnerPolicyTable
  client: ClientTable
  person: PersonTable
  issuer: IssuerTable
  registry_generation: RegistryGenerationTable
  authorization_model: AuthorizationModelTable
  secret: SecretTable
  search_parameter: SearchParameterTable
  index_generation: IndexGenerationTable
  person_credential: PersonCredentialTable
  attempt: AttemptTable
  revoked_token: RevokedTokenTable
  webhook: WebhookTable
  webhook_notice: WebhookNoticeTable
}
