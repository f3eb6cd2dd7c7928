import { NotFound } from '../fhir/errors.ts'
import { keyOf } from '../search/hash.ts'
import type { GroundsQuestion } from '../search/compile-grounds.ts'
import type { TrailQuestion } from '../search/compile-trail.ts'
import { permit, type Permitted } from '../search/permitted.ts'
import { requireScope, type Grant } from './grant.ts'

/**
 * Whether AuditEvent means the audit trail to this caller: a privacy officer, with a token that neither
 * a patient nor a search parameter narrows.
 */
export const isTrailReader = ({ principal }: Grant): boolean =>
  principal.isPrivacyOfficer === true &&
  principal.patient === undefined &&
  principal.scopes.every(({ constraint }) => constraint === undefined)

/**
 * The trail of the caller's organization, for its privacy officers.
 * @throws Forbidden without the scope on AuditEvent
 * @throws NotFound for anybody else
 */
export const permitTrail = (
  grant: Grant,
  question: TrailQuestion,
  action: 'read' | 'search',
): Permitted<TrailQuestion> => {
  requireScope(grant, 'AuditEvent', action)
  if (!isTrailReader(grant)) throw new NotFound()
  return permit(question, grant.visibility)
}

/**
 * What other hospitals saw of one patient's records: for the patient, and for the privacy officers of
 * the hospital that keeps the records.
 * @throws Forbidden without the scope on AuditEvent
 * @throws NotFound for anybody else
 */
export const permitDisclosures = (
  grant: Grant,
  patient: string,
  question: TrailQuestion,
): Permitted<TrailQuestion> => {
  requireScope(grant, 'AuditEvent', 'read')
  const isPatient =
    grant.principal.patient === patient &&
    grant.principal.practitioner === undefined &&
    grant.principal.scopes.some(({ context }) => context === 'patient')
  if (!isPatient && !isTrailReader(grant)) throw new NotFound()
  const patients = [...question.patients, [keyOf('Patient', patient)]]
  return permit({ ...question, patients, isDisclosure: true }, grant.visibility)
}

/** On what grounds disclosures were that the caller has been permitted to read. */
export const permitGrounds = (
  grant: Grant,
  question: GroundsQuestion,
): Permitted<GroundsQuestion> => permit(question, grant.visibility)
