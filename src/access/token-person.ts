import type { JWTPayload } from 'jose'
import type { Organization } from '../registry/organizations.ts'
import { integrationRole, privacyOfficerRole, type Person } from '../registry/people.ts'
import type { Principal } from './principal.ts'
import { isBreakGlass, isPatientRequest } from './purposes.ts'
import type { ScopeContext } from './scopes.ts'
import type { ClaimsContext } from './token-claims.ts'

/** Whom a token speaks for: a member of staff, the patient in its context, or a system. */
export type Asker = Person | 'patient' | undefined

const idForm = /^[A-Za-z0-9.-]{1,64}$/

/** The person; the patient in context; undefined for a system; null when the person may not be here. */
export const personOf = async (
  { fhirUser: value, patient }: JWTPayload,
  organization: Organization,
  { registry, baseUrl }: ClaimsContext,
): Promise<Asker | null> => {
  if (value === undefined) return undefined
  if (typeof patient === 'string' && value === `${baseUrl}/fhir/Patient/${patient}`)
    return 'patient'
  const prefix = `${baseUrl}/fhir/Practitioner/`
  if (typeof value !== 'string' || !value.startsWith(prefix)) return null
  const id = value.slice(prefix.length)
  const person = idForm.test(id) ? await registry.people.byId(id) : undefined
  return person?.active === true && person.organization === organization.number ? person : null
}

/** The patient in context; null when it has no id's form, or IUA's `person_id` names another. */
export const patientOf = (patient: unknown, personId: unknown): string | null | undefined => {
  if (patient === undefined) return personId === undefined ? undefined : null
  if (typeof patient !== 'string' || !idForm.test(patient)) return null
  return personId === undefined || personId === patient ? patient : null
}

/** What a principal says of whom it speaks for. */
export const askerOf = (
  person: Asker,
): Pick<Principal, 'practitioner' | 'isPrivacyOfficer' | 'isIntegrator' | 'isPatient'> => {
  if (person === undefined) return {}
  if (person === 'patient') return { isPatient: true }
  const isOfficer = person.role === privacyOfficerRole
  return {
    practitioner: person.id,
    ...(isOfficer ? { isPrivacyOfficer: true } : {}),
    ...(person.role === integrationRole ? { isIntegrator: true } : {}),
  }
}

/** `patient/` scopes are about the patient in context, so without one they grant nothing. */
export const usableContexts = (
  person: Asker,
  patient: string | undefined,
): readonly ScopeContext[] => {
  if (person === undefined) return ['system']
  if (person === 'patient') return ['patient']
  return patient === undefined ? ['user'] : ['user', 'patient']
}

/**
 * Whether a token may have its purpose: a patient's is the patient's own request about that patient,
 * and the glass is broken by a member of staff with a second factor, of the patient in context.
 */
export const isPossible = (
  purpose: string,
  {
    person,
    patient,
    hasSecondFactor,
  }: {
    readonly person: Asker
    readonly patient: string | undefined
    readonly hasSecondFactor: boolean
  },
): boolean => {
  if (person === 'patient') return isPatientRequest(purpose)
  return (
    !isBreakGlass(purpose) || (person !== undefined && hasSecondFactor && patient !== undefined)
  )
}

/** Whether a second factor was shown. @see https://www.rfc-editor.org/rfc/rfc8176 */
export const isStrong = ({ acr, amr }: JWTPayload): boolean =>
  acr === 'mfa' || (Array.isArray(amr) && (amr.includes('mfa') || amr.includes('otp')))
