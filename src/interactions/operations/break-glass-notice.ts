import { purposeSystem } from '../../access/purposes.ts'
import type { Resource } from '../../fhir/resource.ts'
import type { GlassOwner } from '../../store/break-glass.ts'

/** What a notice tells the hospital whose records are opened. */
export interface Notice {
  readonly grantId: string
  readonly patientId: string
  /** Id of the Practitioner. */
  readonly person: string
  readonly organizationId: string
  readonly reason: string
  readonly from: string
  readonly to: string
}

const coded = (system: string, code: string) => ({ coding: [{ system, code }] })

/**
 * The notice to the hospital's privacy officers, and the Task by which they accept what was done
 * (status accepted or completed) or dispute it (rejected), which ends it.
 * @see https://hl7.org/fhir/R4/communication.html
 * @see https://hl7.org/fhir/R4/task.html
 */
export const noticeOf = (
  notice: Notice,
  { id, officers }: GlassOwner,
  ids: { readonly communication: string; readonly task: string },
): readonly [Resource, Resource] => {
  const { grantId, patientId, person, organizationId, reason, from, to } = notice
  const patient = { reference: `Patient/${patientId}` }
  const sender = { reference: `Practitioner/${person}` }
  const told =
    officers.length === 0
      ? [{ reference: `Organization/${id}` }]
      : officers.map(officer => ({ reference: `Practitioner/${officer}` }))
  const identifier = [{ system: 'urn:huizhen:break-glass', value: grantId }]
  return [
    {
      ...{ resourceType: 'Communication', id: ids.communication, identifier, status: 'completed' },
      category: [coded('urn:huizhen:notice', 'break-glass')],
      ...{ priority: 'urgent', subject: patient, sent: from, recipient: told, sender },
      reasonCode: [coded(purposeSystem, 'BTG')],
      payload: [{ contentString: reason }],
    },
    {
      ...{ resourceType: 'Task', id: ids.task, identifier, status: 'requested', intent: 'order' },
      ...{ priority: 'urgent', code: coded('urn:huizhen:task', 'break-glass-review') },
      ...{ description: reason, focus: { reference: `Communication/${ids.communication}` } },
      ...{ for: patient, authoredOn: from, requester: sender, owner: told[0]! },
      reasonReference: { reference: `Organization/${organizationId}` },
      executionPeriod: { start: from, end: to },
    },
  ]
}
