import type { Principal } from '../../access/principal.ts'
import {
  consultationTransitions,
  type ConsultationActor,
  type ConsultationStateCode,
  type ConsultationTransition,
} from '../../fhir/consultation-states.ts'
import type { ConsultationRow } from '../../store/consultation-tasks.ts'

/** As whom a caller takes part in a consultation; empty for everybody else. */
export const rolesOf = (
  { organization, practitioner }: Principal,
  { owner, recipient, isExpert }: Pick<ConsultationRow, 'owner' | 'recipient' | 'isExpert'>,
): readonly ConsultationActor[] => {
  const kind = practitioner === undefined ? 'system' : 'person'
  if (organization.number === owner.number) return [`inviting-${kind}`]
  if (organization.number !== recipient.number) return []
  return isExpert ? ['invited-person', 'expert'] : [`invited-${kind}`]
}

const isFor = (step: ConsultationTransition, roles: readonly ConsultationActor[]): boolean =>
  step.actors.some(actor => roles.includes(actor))

/** The step that leads from one state to another for somebody of these roles, if there is one. */
export const transitionFor = (
  from: ConsultationTransition['from'],
  to: string,
  roles: readonly ConsultationActor[],
): ConsultationTransition | undefined =>
  consultationTransitions.find(step => step.from === from && step.to === to && isFor(step, roles))

/** Where somebody of these roles can go from a state. */
export const nextStates = (
  from: ConsultationTransition['from'],
  roles: readonly ConsultationActor[],
): readonly ConsultationStateCode[] => [
  ...new Set(
    consultationTransitions
      .filter(step => step.from === from && isFor(step, roles))
      .map(({ to }) => to),
  ),
]
