import { Forbidden } from '../fhir/errors.ts'
import { keyOf } from '../search/hash.ts'
import { permit, type Permitted } from '../search/permitted.ts'
import type { GlassOwner, GlassQuestion } from '../store/break-glass.ts'
import { grantOf, requireScope, type Grant } from './grant.ts'
import { isBreakGlass, isMedical } from './purposes.ts'
import { parseScopes } from './scopes.ts'

/**
 * Whether the caller may ask to break the glass of a patient: a member of staff who has shown a second
 * factor for this token, in care, or with a token made for it of this very patient. Says nothing of the
 * patient.
 * @throws Forbidden
 */
export const permitBreakGlass = (
  grant: Grant,
  patientId: string,
): Permitted<GlassQuestion> & { readonly person: string } => {
  requireScope(grant, 'Patient', 'read')
  const { practitioner, hasSecondFactor, purpose, patient } = grant.principal
  const isElsewhere = isBreakGlass(purpose) && patient !== patientId
  if (practitioner === undefined || !hasSecondFactor || !isMedical(purpose) || isElsewhere)
    throw new Forbidden('break-glass-person')
  const question = permit({ patient: keyOf('Patient', patientId) }, grant.visibility)
  return { ...question, person: practitioner }
}

/**
 * A broken glass shows one patient to one person, and is no way to take records along.
 * @throws Forbidden
 */
export const requireUnbroken = ({ principal }: Grant): void => {
  if (isBreakGlass(principal.purpose)) throw new Forbidden('break-glass-export')
}

/** The exchange itself, filing a notice and its review among the records of the hospital they are for. */
export const noticeGrant = (owner: GlassOwner, grantId: string, issuer: string): Grant =>
  grantOf({
    issuer,
    tokenId: grantId,
    clientId: 'huizhen',
    subject: 'break-glass',
    organization: { number: owner.number, id: owner.id, name: owner.name },
    scopes: parseScopes('system/Communication.c system/Task.c'),
    purpose: 'TREAT',
    expiresAt: 0,
  })
