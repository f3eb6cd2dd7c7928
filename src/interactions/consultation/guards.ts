import { codings, elements, text } from '../../access/element.ts'
import {
  consultationStateCodes,
  isLive,
  type ConsultationGuard,
} from '../../fhir/consultation-states.ts'
import { issue, type Issue } from '../../fhir/outcome.ts'
import type { Address, Resource } from '../../fhir/resource.ts'
import type { MessageCode } from '../../fhir/messages.ts'
import { keyOf } from '../../search/hash.ts'
import {
  hasPermit,
  listConsultations,
  readAddressees,
  type ConsultationParty,
} from '../../store/consultation-tasks.ts'
import type { Exchange } from '../interaction.ts'
import type { Write } from '../write-intent.ts'
import { missingFrom } from './required-elements.ts'
import { referredIn, type ConsultationTask } from './consultation-task.ts'

/** One step, with what is needed to decide whether it may be taken. */
export interface GuardedStep {
  readonly key: bigint
  readonly task: Resource
  readonly said: ConsultationTask & { readonly request: Address; readonly patient: Address }
  /** The Task before it; undefined when it is new. */
  readonly before: Resource | undefined
  readonly owner: ConsultationParty
  readonly recipient: ConsultationParty
  /** In the transaction of the write. */
  readonly inside: Exchange
  readonly write: Write
  /** A resource that one of the two hospitals keeps. */
  readonly read: (address: Address) => Promise<Resource | undefined>
}

/** The states in which a Task is work still to be done. */
export const liveStates = consultationStateCodes.filter(isLive)

const refused = (code: MessageCode, expression: string, parameters = {}): readonly Issue[] => [
  issue('error', 'business-rule', code, parameters, expression),
]

/** The request may go ahead of the papers in an emergency, which has to say so. */
const isEmergency = (request: Resource | undefined, task: Resource): boolean =>
  ['stat', 'asap'].includes(text(request?.['priority']) ?? '') && hasReason(task)

const hasReason = (task: Resource): boolean => {
  const reason = elements(task['statusReason'])[0]
  return (text(reason?.['text']) ?? '').trim() !== '' || codings(reason).length > 0
}

/** Consent of the patient, for the hospital or for the person who is named. */
const isPermitted = ({ said, owner, recipient, inside }: GuardedStep): Promise<boolean> =>
  hasPermit(inside.queryable, {
    owner: owner.number,
    patient: keyOf('Patient', said.patient.id),
    actors: [
      keyOf('Organization', recipient.id),
      ...(said.owner === undefined ? [] : [keyOf(said.owner.resourceType, said.owner.id)]),
    ],
  })

/** The latest of a kind that the Task names, when it is so. */
const latest = async (
  { task, read, inside }: GuardedStep,
  element: 'input' | 'output',
  resourceType: string,
): Promise<Resource | undefined> => {
  const address = referredIn(task, element, resourceType, inside.context.baseUrl).at(-1)
  return address === undefined ? undefined : read(address)
}

/** An opinion that people answer for: no unverified work of a machine among it. */
const isSigned = (report: Resource | undefined, statuses: readonly string[]): boolean =>
  report !== undefined &&
  statuses.includes(text(report['status']) ?? '') &&
  elements(report['resultsInterpreter']).length > 0 &&
  (text(report['conclusion']) ?? '').trim() !== '' &&
  !elements(elements(report['meta'])[0]?.['security']).some(({ code }) => code === 'AIAST')

const report =
  (expected: string, holds: (report: Resource | undefined) => boolean) =>
  async (step: GuardedStep): Promise<readonly Issue[]> =>
    holds(await latest(step, 'output', 'DiagnosticReport'))
      ? []
      : refused('consultation-report', 'Task.output', { expected })

const lastUpdated = (resource: Resource | undefined): string =>
  text(elements(resource?.['meta'])[0]?.['lastUpdated']) ?? ''

/** What stands in the way of a step, guard by guard; empty when it may be taken. */
export const guards: Readonly<
  Record<ConsultationGuard, (step: GuardedStep) => Promise<readonly Issue[]>>
> = {
  'minimum-data-set': async ({ said, task, read }) => {
    const request = await read(said.request)
    const missing = missingFrom(request, await read(said.patient), isEmergency(request, task))
    return missing.map(element =>
      issue('error', 'required', 'consultation-missing', { element }, element),
    )
  },
  consent: async step => {
    if (isEmergency(await step.read(step.said.request), step.task)) return []
    return (await isPermitted(step)) ? [] : refused('consultation-consent', 'Task.for')
  },
  'only-one': async ({ key, said, owner, inside }) => {
    const live = await listConsultations(inside.queryable, {
      ...{ owner: owner.number, states: liveStates },
      ...{ request: keyOf('ServiceRequest', said.request.id) },
      patient: keyOf('Patient', said.patient.id),
    })
    return live.some(({ task }) => task !== key)
      ? refused('consultation-only-one', 'Task.focus')
      : []
  },
  reason: async ({ task }) =>
    hasReason(task) ? [] : refused('consultation-reason', 'Task.statusReason'),
  'newer-information': async ({ said, before, read }) =>
    lastUpdated(await read(said.request)) > lastUpdated(before)
      ? []
      : refused('consultation-newer', 'Task.focus'),
  'named-expert': async ({ key, said, recipient, inside }) => {
    const parties = await readAddressees(inside.queryable, key)
    const isTheirs = parties.length === 1 && parties[0]!.number === recipient.number
    return isTheirs && said.owner !== undefined && said.owner.resourceType !== 'Organization'
      ? []
      : refused('consultation-expert', 'Task.owner')
  },
  'booked-appointment': async step =>
    (await latest(step, 'input', 'Appointment'))?.['status'] === 'booked'
      ? []
      : refused('consultation-appointment', 'Task.input'),
  'preliminary-report': report('preliminary', found =>
    ['partial', 'preliminary', 'final', 'amended', 'corrected'].includes(
      text(found?.['status']) ?? '',
    ),
  ),
  'final-report': report('final', found => isSigned(found, ['final', 'amended', 'corrected'])),
  'amended-report': report('amended', found =>
    isSigned(found, ['amended', 'corrected', 'appended']),
  ),
}
