import { permitRead } from '../../access/grant.ts'
import { permitDisclosures } from '../../access/trail-grant.ts'
import { NotFound } from '../../fhir/errors.ts'
import { readCurrent } from '../../store/read.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { disclosureGrounds } from './grounds.ts'
import { trailPage } from '../trail.ts'

/**
 * `Patient/[id]/$disclosures`: what other hospitals saw of a patient's records, newest first: who,
 * when, for which purpose, and by which versions of consents and consultations. For the patient, and for the privacy officers of the hospital that keeps
 * the Patient; to anybody else it answers as for a Patient that does not exist.
 * @throws NotFound
 */
export const disclosures = async (
  { id, parameters }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const { grant, queryable } = exchange
  const address = { resourceType: 'Patient', id: id! }
  const patient = await readCurrent(queryable, permitRead(grant, address))
  if (patient?.owner !== grant.principal.organization.number) throw new NotFound()
  return trailPage(parameters, exchange, `Patient/${id}/$disclosures`, {
    permitted: question => permitDisclosures(grant, id!, question),
    groundsOf: rows => disclosureGrounds(id!, rows, exchange),
  })
}
