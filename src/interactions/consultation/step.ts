import { permitRead, type Grant } from '../../access/grant.ts'
import { consultationGrant } from '../../access/consultation-grant.ts'
import { literalReference } from '../../access/element.ts'
import {
  consultationStateCodes,
  stateNamed,
  type ConsultationStateCode,
  type ConsultationTransition,
} from '../../fhir/consultation-states.ts'
import { ValidationFailed } from '../../fhir/errors.ts'
import { parseJson } from '../../fhir/json.ts'
import type { MessageCode } from '../../fhir/messages.ts'
import { issue, type Issue, type MessageParameters } from '../../fhir/outcome.ts'
import type { Address, Resource } from '../../fhir/resource.ts'
import { keyOf } from '../../search/hash.ts'
import {
  readAddressees,
  readConsultation,
  writeConsultation,
  type ConsultationParty,
  type ConsultationRow,
} from '../../store/consultation-tasks.ts'
import { readCurrent } from '../../store/read.ts'
import type { Exchange } from '../interaction.ts'
import type { Write } from '../write-intent.ts'
import { consultationTaskOf, type ConsultationTask } from './consultation-task.ts'
import { guards, type GuardedStep } from './guards.ts'
import { nextStates, rolesOf, transitionFor } from './roles.ts'
import { traceStep } from './trace.ts'

/** A Task as it has just been written. */
export interface WrittenTask {
  readonly key: bigint
  readonly task: Resource
  readonly stored: Resource | undefined
  /** Where it stands in the request, for expressions. */
  readonly place: string
  readonly version: number
}

/**
 * Decides whether the Task may become what it now says, and does what follows from it.
 * @throws ValidationFailed
 */
export const takeStep = async (
  written: WrittenTask,
  inside: Exchange,
  write: Write,
): Promise<void> => {
  const { key, task, stored, place } = written
  const said = consultationTaskOf(task, inside.context.baseUrl)!
  const refuse = (issues: readonly Issue[]): void => {
    if (issues.length > 0) throw new ValidationFailed(issues.map(one => placed(one, place)))
  }
  refuse(shapeIssues(task, said))
  const actor = inside.actor ?? inside.grant
  const { practitioner } = actor.principal
  const person = practitioner === undefined ? null : keyOf('Practitioner', practitioner)
  const known =
    (await readConsultation(inside.queryable, key, person)) ?? (await begun(key, place, inside))
  const step: GuardedStep = {
    ...{ key, task, before: stored, inside, write, owner: known.owner, recipient: known.recipient },
    said: said as GuardedStep['said'],
    read: remembered(address => readFor(address, known.owner, actor, inside)),
  }
  refuse(await patientIssues(step))
  const from = stored === undefined ? 'none' : stateIn(stored, inside)
  const roles = rolesOf(actor.principal, known)
  const transition = transitionFor(from, said.state, roles)
  if (transition === undefined && from !== said.state)
    refuse([
      fault('business-rule', 'consultation-step', 'Task.businessStatus', {
        ...{ from, to: said.state },
        allowed: nextStates(from, roles).join(', ') || '-',
      }),
    ])
  refuse(fixedIssues(step, transition))
  for (const guard of transition?.guards ?? []) refuse(await guards[guard](step))
  await remember(step, known)
  if (from !== said.state)
    await traceStep(step, {
      ...{ to: said.state as ConsultationStateCode, by: actor.principal },
      versionId: written.version,
    })
}

/**
 * A Task leaves the consultation while it is a draft, or once it is said to be an error.
 * @throws ValidationFailed
 */
export const requireRemovable = (state: string, place: string, isDelete: boolean): void => {
  if (state === 'draft' || state === 'entered-in-error') return
  throw new ValidationFailed([
    isDelete
      ? fault('business-rule', 'consultation-kept', place)
      : fault('business-rule', 'consultation-fixed', `${place}.businessStatus`, {
          element: 'Task.businessStatus',
        }),
  ])
}

const fault = (
  type: 'business-rule' | 'value' | 'code-invalid',
  code: MessageCode,
  expression: string,
  parameters: MessageParameters = {},
): Issue => issue('error', type, code, parameters, expression)

const placed = (one: Issue, place: string): Issue => ({
  ...one,
  expression: one.expression?.replace(/^Task\b/, place) ?? place,
})

const stateIn = (task: Resource, { context }: Exchange): ConsultationTransition['from'] =>
  (consultationTaskOf(task, context.baseUrl)?.state ?? 'none') as ConsultationTransition['from']

const isState = (code: string): code is ConsultationStateCode =>
  (consultationStateCodes as readonly string[]).includes(code)

/** What the Task must have whatever the step. */
const shapeIssues = (task: Resource, said: ConsultationTask): readonly Issue[] => {
  const { state, request, patient, owner } = said
  if (!isState(state))
    return [
      fault('code-invalid', 'consultation-state-unknown', 'Task.businessStatus', {
        expected: consultationStateCodes.join(', '),
      }),
    ]
  const status = stateNamed(state).task
  const refers = (element: string, expected: string, address: Address | undefined) =>
    address === undefined
      ? [fault('value', 'consultation-element', element, { element, expected })]
      : []
  return [
    ...(task['status'] === status
      ? []
      : [fault('business-rule', 'consultation-status', 'Task.status', { expected: status })]),
    ...refers('Task.focus', 'ServiceRequest', request),
    ...refers('Task.for', 'Patient', patient),
    ...refers('Task.owner', 'Organization, Practitioner, PractitionerRole', owner),
  ]
}

/** A new one: the hospital it is addressed to is asked. @throws ValidationFailed */
const begun = async (key: bigint, place: string, inside: Exchange): Promise<ConsultationRow> => {
  const recipients = await readAddressees(inside.queryable, key)
  const [recipient] = recipients
  if (recipient === undefined || recipients.length > 1)
    throw new ValidationFailed([fault('value', 'consultation-recipient', `${place}.owner`)])
  const { number, id, name } = inside.grant.principal.organization
  return { state: 'none', owner: { number, id, name }, recipient, isExpert: false }
}

/** Several guards look at the same papers, and nothing changes them until the step is taken. */
const remembered = (read: GuardedStep['read']): GuardedStep['read'] => {
  const found = new Map<string, ReturnType<GuardedStep['read']>>()
  return address => {
    const name = `${address.resourceType}/${address.id}`
    const known = found.get(name) ?? read(address)
    found.set(name, known)
    return known
  }
}

/** Papers of the hospital that asks are read as its own; everything else as the actor sees it. */
const readFor = async (
  address: Address,
  owner: ConsultationParty,
  actor: Grant,
  { queryable, context }: Exchange,
): Promise<Resource | undefined> => {
  const isPaper = address.resourceType === 'ServiceRequest' || address.resourceType === 'Patient'
  const grant = isPaper ? consultationGrant(owner, context.baseUrl) : actor
  const found = await readCurrent(queryable, permitRead(grant, address))
  return found === undefined || found.deleted || (isPaper && found.owner !== owner.number)
    ? undefined
    : (parseJson(found.json) as Resource)
}

/** The request is there, the owner's own, and about the same patient. */
const patientIssues = async ({ said, read, inside }: GuardedStep): Promise<readonly Issue[]> => {
  const request = await read(said.request)
  const subject = literalReference(request?.['subject'], inside.context.baseUrl)
  return subject?.resourceType === 'Patient' && subject.id === said.patient.id
    ? []
    : [fault('business-rule', 'consultation-patient', 'Task.for')]
}

/** What nobody changes on the way, and who works on it, whom the hospital that is asked says alone. */
const fixedIssues = (
  { task, before, inside }: GuardedStep,
  transition: ConsultationTransition | undefined,
): readonly Issue[] => {
  if (before === undefined) return []
  const mayName = before['status'] === 'draft' || transition?.guards.includes('named-expert')
  const fixed = ['focus', 'for', ...(mayName ? [] : ['owner'])]
  return fixed
    .filter(name => {
      const [was, is] = [before, task].map(one =>
        literalReference(one[name], inside.context.baseUrl),
      )
      return was?.resourceType !== is?.resourceType || was?.id !== is?.id
    })
    .map(name => {
      const element = `Task.${name}`
      return fault('business-rule', 'consultation-fixed', element, { element })
    })
}

/** While it is a draft the hospital that is asked may still change. */
const remember = async (step: GuardedStep, known: ConsultationRow): Promise<void> => {
  const { key, said, inside, owner } = step
  const recipient =
    known.state === 'draft' && said.owner?.resourceType === 'Organization'
      ? (await begun(key, 'Task', inside)).recipient
      : known.recipient
  const { isOpen = false, hasEnded = false } = stateNamed(said.state as ConsultationStateCode)
  await writeConsultation(inside.queryable, {
    ...{ task: key, state: said.state, isOpen, owner: owner.number, recipient: recipient.number },
    request: keyOf('ServiceRequest', said.request.id),
    patient: keyOf('Patient', said.patient.id),
    hasEnded,
    performers:
      said.owner === undefined || said.owner.resourceType === 'Organization'
        ? []
        : [keyOf(said.owner.resourceType, said.owner.id)],
    now: inside.context.now().toISOString(),
  })
}
