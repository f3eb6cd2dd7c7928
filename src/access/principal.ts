import type { Scopes } from './scopes.ts'

/** Who is asking, as the verified token says. Consent is never read from a token. */
export interface Principal {
  readonly issuer: string
  readonly tokenId: string
  readonly clientId: string
  readonly subject: string
  /** The one tenant the token is bound to. */
  readonly organization: PrincipalOrganization
  /** Id of the Practitioner who uses the client; absent for systems. */
  readonly practitioner?: string
  /** Only scopes of the token's own kind: `user/` for a person, `system/` for a system. */
  readonly scopes: Scopes
  /** Exactly one purpose of use, a code of v3-ActReason. */
  readonly purpose: string
  /** Id of the Patient the token narrows everything to. */
  readonly patient?: string
  /** Seconds since the epoch. */
  readonly expiresAt: number
}

export interface PrincipalOrganization {
  /** `organization.number`, which is `resource.owner`. */
  readonly number: number
  /** The id of its Organization resource and the prefix of the ids it may choose. */
  readonly id: string
  readonly name: string
}
