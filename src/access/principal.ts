import type { ValidationMode } from '../registry/validation-mode.ts'
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
  /** True for the people to whom the organization gives its audit trail to read. */
  readonly isPrivacyOfficer?: true
  /** True for the people who look after what the organization's systems send. */
  readonly isIntegrator?: true
  /** True when the patient named by `patient` asks, and nobody else. */
  readonly isPatient?: true
  /** True when the person has shown a second factor for this token. */
  readonly hasSecondFactor?: true
  /** Only scopes of the token's own kind: `system/` for a system, `user/` for a person, `patient/` with a patient. */
  readonly scopes: Scopes
  /** Exactly one purpose of use, a code of v3-ActReason. */
  readonly purpose: string
  /** Id of the Patient the token narrows everything to. */
  readonly patient?: string
  /** Acts for the exchange itself, not for its hospital alone. */
  readonly isOperator?: true
  /** Absent: nothing is agreed, and what is written is taken as it comes. */
  readonly writeRules?: WriteRules
  /** Seconds since the epoch. */
  readonly expiresAt: number
}

/** What is agreed with the caller's hospital and client about what they write. */
export interface WriteRules {
  /** Literal references must resolve to something the writer may see. */
  readonly requiresTargets: boolean
  /** References to a Patient by identifier alone become references to that Patient. */
  readonly resolvesIdentifiers: boolean
  /** A Patient that only such a reference names is made, tagged as incomplete. */
  readonly makesStubPatients: boolean
  /** What the source says is older than what is stored changes nothing. */
  readonly isVersionedBySource: boolean
  /** How many resources one conditional delete may remove. */
  readonly conditionalDeleteMax: number
  /** Changes to what is stored must name the version they are made to. */
  readonly requiresIfMatch: boolean
  /** Canonicals of profiles that resources must meet, by their types. */
  readonly profiles: Readonly<Record<string, readonly string[]>>
  /** How strictly what they write is taken. */
  readonly validation: ValidationMode
}

export interface PrincipalOrganization {
  /** `organization.number`, which is `resource.owner`. */
  readonly number: number
  /** The id of its Organization resource and the prefix of the ids it may choose. */
  readonly id: string
  readonly name: string
}
