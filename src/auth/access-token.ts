import { purposeSystem } from '../access/purposes.ts'
import type { Grant } from './token-request.ts'

/** Seconds an access token lives. @see https://hl7.org/fhir/smart-app-launch/backend-services.html */
export const tokenLifetimes = { system: 300, people: 900 } as const

/**
 * The claims of an access token beyond those of RFC 9068: whose it is and for which purpose, in the
 * form of IHE IUA. What consent allows is never in a token.
 * @see https://profiles.ihe.net/ITI/IUA/
 */
export const claimsOf = (grant: Grant, fhirBaseUrl: string): Record<string, unknown> => {
  const { client, organization, person, amr } = grant
  return {
    ...(person === undefined ? {} : { fhirUser: `${fhirBaseUrl}/Practitioner/${person.id}` }),
    ...(grant.patient === undefined ? {} : { patient: grant.patient }),
    ...(amr === undefined ? {} : { amr, acr: amr.includes('mfa') ? 'mfa' : 'pwd' }),
    extensions: {
      ihe_iua: {
        subject_name: person?.name ?? client.name,
        subject_organization_id: `${fhirBaseUrl}/Organization/${organization.id}`,
        subject_organization: organization.name,
        ...(person?.role === undefined
          ? {}
          : { subject_role: [{ system: roleSystem, code: person.role }] }),
        purpose_of_use: [{ system: purposeSystem, code: grant.purpose }],
      },
    },
  }
}

/** Roles are the exchange's own short codes. */
const roleSystem = 'urn:huizhen:role'
