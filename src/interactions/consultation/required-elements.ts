import { elements, text } from '../../access/element.ts'
import type { Resource } from '../../fhir/resource.ts'

type Has = (resource: Resource) => boolean

const has =
  (...names: readonly string[]): Has =>
  resource =>
    names.some(name => elements(resource[name]).length > 0)

const hasName: Has = patient =>
  elements(patient['name']).some(name => (text(name['text']) ?? text(name['family']) ?? '') !== '')

/** What a request says in any case, and what may follow in an emergency. */
const ofRequest: readonly (readonly [element: string, has: Has, evenInEmergency?: true])[] = [
  ['ServiceRequest.requester', has('requester'), true],
  ['ServiceRequest.performer', has('performer'), true],
  ['ServiceRequest.reasonCode', has('reasonCode', 'reasonReference'), true],
  ['ServiceRequest.identifier', has('identifier')],
  ['ServiceRequest.code', has('code')],
  ['ServiceRequest.priority', has('priority')],
  ['ServiceRequest.supportingInfo', has('supportingInfo', 'note')],
]

const ofPatient: typeof ofRequest = [
  ['Patient.name', hasName, true],
  ['Patient.gender', has('gender')],
  ['Patient.birthDate', has('birthDate')],
  ['Patient.identifier', has('identifier')],
]

/** The elements of the minimum data set of a consultation request that are not there. */
export const missingFrom = (
  request: Resource | undefined,
  patient: Resource | undefined,
  isEmergency: boolean,
): readonly string[] => {
  const absent = (resource: Resource | undefined, wanted: typeof ofRequest): readonly string[] =>
    wanted
      .filter(([, , evenInEmergency]) => !isEmergency || evenInEmergency)
      .filter(([, holds]) => resource === undefined || !holds(resource))
      .map(([element]) => element)
  return [...absent(request, ofRequest), ...absent(patient, ofPatient)]
}
