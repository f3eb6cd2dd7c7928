import type { JWTPayload } from 'jose'
import { isObject } from '../fhir/walk.ts'
import type { Issuer } from '../registry/issuers.ts'
import type { Organization } from '../registry/organizations.ts'
import type { Registry } from '../registry/registry.ts'
import type { ValidationMode } from '../registry/validation-mode.ts'
import type { Principal, WriteRules } from './principal.ts'
import { isPurpose, purposeSystem } from './purposes.ts'
import { parseScope, parseScopes, within, type Scopes } from './scopes.ts'
import {
  askerOf,
  isPossible,
  isStrong,
  patientOf,
  personOf,
  usableContexts,
} from './token-person.ts'

export interface ClaimsContext {
  readonly registry: Registry
  readonly baseUrl: string
}

const textMax = 200

/**
 * Turns the claims of a token with a good signature into a principal. Undefined when anything is
 * missing, of the wrong form, switched off, or beyond what its issuer or client may say. `external`
 * is the registered issuer of a token that is not our own.
 * @see https://profiles.ihe.net/ITI/IUA/
 */
export const readClaims = async (
  payload: JWTPayload,
  external: Issuer | undefined,
  context: ClaimsContext,
): Promise<Principal | undefined> => {
  const { iss, sub, jti, exp } = payload
  const iua = ihe(payload)
  const clientId = textOf(payload['client_id'])
  const tokenId = textOf(jti)
  const subject = textOf(sub)
  const purpose = purposeOf(iua['purpose_of_use'])
  if (!iss || !exp || !clientId || !tokenId || !subject || !purpose) return undefined
  // A token that is also good elsewhere could be used here by whoever received it there.
  if (Array.isArray(payload.aud) && payload.aud.length !== 1) return undefined

  const organization = await organizationOf(iua['subject_organization_id'], context)
  if (organization === undefined) return undefined
  const ceiling = await ceilingOf(clientId, organization, [external, context.registry])
  const person = await personOf(payload, organization, context)
  const patient = patientOf(payload['patient'], iua['person_id'])
  if (ceiling === undefined || person === null || patient === null) return undefined
  if (ceiling.kind !== undefined && (ceiling.kind === 'people') !== (person !== undefined)) {
    return undefined
  }
  const hasSecondFactor = isStrong(payload)
  if (!isPossible(purpose, { person, patient, hasSecondFactor })) return undefined

  const usable = usableContexts(person, patient)
  const scopes = parseScopes(textOf(payload['scope'], scopeCharactersMax) ?? '')
  return {
    issuer: iss,
    tokenId,
    clientId,
    subject,
    organization: { number: organization.number, id: organization.id, name: organization.name },
    scopes: within(
      scopes.filter(scope => usable.includes(scope.context)),
      ceiling.scopes,
    ),
    purpose,
    writeRules: writeRulesOf(organization, ceiling),
    expiresAt: exp,
    ...askerOf(person),
    ...(hasSecondFactor ? { hasSecondFactor } : {}),
    ...(ceiling.isOperator ? { isOperator: true as const } : {}),
    ...(patient === undefined ? {} : { patient }),
  }
}

const scopeCharactersMax = 8192

/** What is agreed with an organization and one of its clients, at this moment. */
export const writeRulesOf = (
  organization: Organization,
  ceiling: Pick<Ceiling, 'makesStubPatients' | 'isVersionedBySource' | 'validation'>,
): WriteRules => ({
  requiresTargets: organization.referencePolicy === 'enforced',
  resolvesIdentifiers: organization.resolvesIdentifiers,
  makesStubPatients: ceiling.makesStubPatients,
  isVersionedBySource: ceiling.isVersionedBySource,
  conditionalDeleteMax: organization.conditionalDeleteMax,
  requiresIfMatch: organization.requiresIfMatch,
  profiles: organization.profiles,
  validation: ceiling.validation ?? organization.validation,
})

const ihe = (payload: JWTPayload): Record<string, unknown> => {
  const extensions = payload['extensions']
  return isObject(extensions) && isObject(extensions['ihe_iua']) ? extensions['ihe_iua'] : {}
}

/** A text the database can hold, or undefined. */
const textOf = (value: unknown, charactersMax = textMax): string | undefined =>
  typeof value === 'string' &&
  value !== '' &&
  value.length <= charactersMax &&
  !value.includes('\0')
    ? value
    : undefined

/** Exactly one purpose; two would leave open which of them was meant. */
const purposeOf = (value: unknown): string | undefined => {
  if (!Array.isArray(value) || value.length !== 1 || !isObject(value[0])) return undefined
  const { system, code } = value[0]
  if (system !== purposeSystem || typeof code !== 'string') return undefined
  return isPurpose(code) ? code : undefined
}

const organizationOf = async (
  value: unknown,
  { registry, baseUrl }: ClaimsContext,
): Promise<Organization | undefined> => {
  const prefix = `${baseUrl}/fhir/Organization/`
  const id = textOf(value)
  if (id?.startsWith(prefix) !== true) return undefined
  const organization = await registry.organizations.byId(id.slice(prefix.length))
  return organization?.active === true ? organization : undefined
}

interface Ceiling {
  readonly scopes: Scopes
  /** Whether the client acts for people; unknown for the clients of external issuers. */
  readonly kind?: 'system' | 'people'
  readonly makesStubPatients: boolean
  readonly isVersionedBySource: boolean
  readonly isOperator: boolean
  /** Of the client; absent: as its organization. */
  readonly validation?: ValidationMode | undefined
}

/** What the client may be granted for this organization; undefined when it may not speak for it. */
const ceilingOf = async (
  clientId: string,
  organization: Organization,
  [external, registry]: readonly [Issuer | undefined, Registry],
): Promise<Ceiling | undefined> => {
  if (external !== undefined) {
    const { clients, organizations, scopes } = external
    const isBound = clients.includes(clientId) && organizations.includes(organization.number)
    return isBound ? { scopes: parseAll(scopes), ...noAgreements } : undefined
  }
  const client = await registry.clients.byId(clientId)
  if (client?.active !== true || client.organization !== organization.number) return undefined
  const { kind, makesStubPatients, isVersionedBySource, isOperator, validation } = client
  const agreed = { makesStubPatients, isVersionedBySource, isOperator, validation }
  return { scopes: parseAll(client.scopes), kind, ...agreed }
}

/** Clients of external issuers are not registered here, so nothing is agreed with them. */
const noAgreements = { makesStubPatients: false, isVersionedBySource: false, isOperator: false }

const parseAll = (texts: readonly string[]): Scopes =>
  texts.map(parseScope).filter(scope => scope !== undefined)
