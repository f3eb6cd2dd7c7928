import { NotFound } from '../fhir/errors.ts'
import type { Address } from '../fhir/resource.ts'
import { permit, type Permitted } from '../search/permitted.ts'
import type { TraceQuestion } from '../search/compile-trace.ts'
import type { Grant } from './grant.ts'
import { isTrailReader } from './trail-grant.ts'

/**
 * Who may have it explained what somebody sees: the privacy officers of the hospital that keeps the
 * record; in the sandbox integration engineers and systems, of any hospital's.
 * @returns the organization whose records it may be, null for any
 * @throws NotFound for everybody else
 */
export const explainedOwner = (grant: Grant, isSandbox: boolean): number | null => {
  const { practitioner, isIntegrator, isPatient, patient, organization } = grant.principal
  const isSystem = practitioner === undefined && isPatient !== true
  if (isSandbox && patient === undefined && (isSystem || isIntegrator === true)) return null
  if (!isTrailReader(grant)) throw new NotFound()
  return organization.number
}

/** The rules that decide what `of` sees of a record, to be told to somebody who may have them explained. */
export const permitTrace = (
  of: Grant,
  address: Address,
  owner: number | null,
): Permitted<TraceQuestion> => permit({ ...address, owner }, of.visibility)
