import type { Principal } from '../../access/principal.ts'
import { consultationGrant } from '../../access/consultation-grant.ts'
import {
  consultationStateSystem,
  stateNamed,
  type ConsultationStateCode,
} from '../../fhir/consultation-states.ts'
import type { Resource } from '../../fhir/resource.ts'
import type { GuardedStep } from './guards.ts'

/** A step that has been taken. */
export interface TakenStep {
  readonly to: ConsultationStateCode
  readonly by: Principal
  /** The version of the Task that it made. */
  readonly versionId: number
}

/**
 * What a step entails among the records of the hospital that asks: the status of its request, and a
 * Provenance that says who took the step, for which hospital, when, and to which state.
 */
export const traceStep = async (step: GuardedStep, taken: TakenStep): Promise<void> => {
  const { inside, owner, said } = step
  const grant = consultationGrant(owner, inside.context.baseUrl)
  const request = await step.read(said.request)
  const { request: status } = stateNamed(taken.to)
  const changed =
    request !== undefined && status !== undefined && request['status'] !== status
      ? [{ ...request, status }]
      : []
  const provenance = provenanceOf(step, taken)
  await step.write(
    [
      ...changed.map(resource => ({
        ...{ action: 'update' as const, resourceType: resource.resourceType },
        ...{ id: said.request.id, resource },
      })),
      {
        ...{ action: 'create', resourceType: 'Provenance' },
        ...{ id: provenance.id!, resource: provenance },
      },
    ],
    { ...inside, grant },
  )
}

/** @see https://hl7.org/fhir/R4/provenance.html */
const provenanceOf = (
  { inside, task }: GuardedStep,
  { to, by, versionId }: TakenStep,
): Resource => ({
  resourceType: 'Provenance',
  id: inside.context.newId(),
  target: [{ reference: `Task/${task.id}/_history/${versionId}` }],
  recorded: inside.context.now().toISOString(),
  activity: {
    coding: [
      {
        ...{ system: consultationStateSystem, code: to },
        display: stateNamed(to).display[inside.language],
      },
    ],
  },
  agent: [
    {
      who:
        by.practitioner === undefined
          ? { reference: `Organization/${by.organization.id}` }
          : { reference: `Practitioner/${by.practitioner}` },
      onBehalfOf: { reference: `Organization/${by.organization.id}` },
    },
  ],
})
