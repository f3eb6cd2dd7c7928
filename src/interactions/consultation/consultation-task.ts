import { codings, elements, literalReference, text } from '../../access/element.ts'
import {
  consultationStateSystem,
  stateNamed,
  type ConsultationStateCode,
} from '../../fhir/consultation-states.ts'
import type { Address, Resource } from '../../fhir/resource.ts'

/** What a Task says about the consultation it is the work on. */
export interface ConsultationTask {
  /** As it is written: it need not be one of the known states. */
  readonly state: string
  readonly request: Address | undefined
  readonly patient: Address | undefined
  /** The hospital that is asked, or the expert it has named. */
  readonly owner: Address | undefined
}

/** Undefined for a Task of any other kind. */
export const consultationTaskOf = (
  task: Resource,
  baseUrl: string,
): ConsultationTask | undefined => {
  const coding = codings(task['businessStatus']).find(
    ({ system }) => system === consultationStateSystem,
  )
  if (coding === undefined) return undefined
  const named = (element: string, types: readonly string[]): Address | undefined => {
    const address = literalReference(task[element], baseUrl)
    return address !== undefined && types.includes(address.resourceType) ? address : undefined
  }
  return {
    state: text(coding['code']) ?? '',
    request: named('focus', ['ServiceRequest']),
    patient: named('for', ['Patient']),
    owner: named('owner', ['Organization', 'Practitioner', 'PractitionerRole']),
  }
}

/** What a Task says of its state: the code, and the status that follows from it. */
export const inState = (state: ConsultationStateCode) => ({
  status: stateNamed(state).task,
  businessStatus: { coding: [{ system: consultationStateSystem, code: state }] },
})

/** What the inputs or outputs of a Task refer to of one type, the latest last. */
export const referredIn = (
  task: Resource,
  element: 'input' | 'output',
  resourceType: string,
  baseUrl: string,
): readonly Address[] =>
  elements(task[element])
    .map(entry => literalReference(entry['valueReference'], baseUrl))
    .filter(address => address?.resourceType === resourceType)
    .map(address => address!)
