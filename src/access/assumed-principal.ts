import type { Principal } from './principal.ts'
import { purposeSystem } from './purposes.ts'
import { readClaims, type ClaimsContext } from './token-claims.ts'

/** Whom an explanation is about. */
export interface Assumed {
  /** Id of a registered client. */
  readonly client: string
  /** Who uses it: `Practitioner/id` or `Patient/id`; undefined for a system. */
  readonly person: string | undefined
  /** A code of v3-ActReason. */
  readonly purpose: string
  /** Id of the Patient in context. */
  readonly patient: string | undefined
}

/** Seconds the assumed token is good for; nothing is kept that long. */
const usefulSeconds = 60

/**
 * Who would ask with the best token such a client could be given at this moment: all scopes it is
 * registered for, and for people a second factor. It is read as any token is. Undefined when nobody
 * could be given one.
 */
export const assumedPrincipal = async (
  { client: id, person, purpose, patient }: Assumed,
  {
    tokenId,
    seconds,
    ...context
  }: ClaimsContext & { readonly tokenId: string; readonly seconds: number },
): Promise<Principal | undefined> => {
  const { registry, baseUrl } = context
  const client = await registry.clients.byId(id)
  if (client === undefined || !client.purposes.includes(purpose)) return undefined
  const organization = await registry.organizations.byNumber(client.organization)
  if (organization === undefined) return undefined
  const self = person?.startsWith('Patient/') === true ? person.slice('Patient/'.length) : patient
  return readClaims(
    {
      ...{ iss: `${baseUrl}/auth`, aud: `${baseUrl}/fhir`, sub: id, jti: tokenId, client_id: id },
      ...{ exp: seconds + usefulSeconds, scope: client.scopes.join(' ') },
      ...(person === undefined ? {} : { fhirUser: `${baseUrl}/fhir/${person}`, amr: ['mfa'] }),
      ...(self === undefined ? {} : { patient: self }),
      extensions: {
        ihe_iua: {
          subject_organization_id: `${baseUrl}/fhir/Organization/${organization.id}`,
          purpose_of_use: [{ system: purposeSystem, code: purpose }],
        },
      },
    },
    undefined,
    context,
  )
}
