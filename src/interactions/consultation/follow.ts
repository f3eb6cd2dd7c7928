import { consultationGrant } from '../../access/consultation-grant.ts'
import { mayChange, permitRead } from '../../access/grant.ts'
import { accessRulesOf } from '../../access/rules.ts'
import { stateNamed, consultationStateCodes } from '../../fhir/consultation-states.ts'
import { parseJson } from '../../fhir/json.ts'
import type { Address, Resource } from '../../fhir/resource.ts'
import { keyOf } from '../../search/hash.ts'
import { replaceAccessRules } from '../../store/access-rules.ts'
import { decompress } from '../../store/content.ts'
import { followTasks } from '../../store/consultation-gates.ts'
import { removeConsultations } from '../../store/consultation-tasks.ts'
import { readCurrent } from '../../store/read.ts'
import type { Exchange } from '../interaction.ts'
import { rulesContext } from '../rules-context.ts'
import type { Write } from '../write-intent.ts'
import type { Written } from '../reference-targets.ts'
import { consultationTaskOf } from './consultation-task.ts'
import { requireRemovable, takeStep } from './step.ts'
import { withdrawWithout } from './withdrawal.ts'

const gateStates = {
  open: consultationStateCodes.filter(code => stateNamed(code).isOpen),
  ended: consultationStateCodes.filter(code => stateNamed(code).hasEnded),
}

const followed: ReadonlySet<string> = new Set(['Task', 'ServiceRequest', 'Consent'])

/**
 * Holds consultations to their states, in the transaction of whatever write touches them and after
 * it: a Task moves by the steps there are, the gate of its request follows it, and a consent withdrawn
 * ends what had been begun with it.
 * @throws ValidationFailed naming what stands in the way; nothing is written then
 */
export const followConsultations = async (
  written: readonly Written[],
  inside: Exchange,
  write: Write,
): Promise<void> => {
  const changed = written.filter(
    ({ intent, isChanged }) => isChanged && followed.has(intent.resourceType),
  )
  if (changed.length === 0) return
  const requests = new Map<bigint, Address | undefined>()
  for (const one of changed) {
    const { resourceType, id } = one.intent
    if (resourceType === 'ServiceRequest') requests.set(keyOf(resourceType, id), undefined)
    const request = resourceType === 'Task' ? await followTask(one, inside, write) : undefined
    if (request !== undefined) requests.set(keyOf('ServiceRequest', request.id), request)
  }
  for (const request of requests.values()) if (request !== undefined) await reopen(request, inside)
  await followTasks(inside.queryable, [...requests.keys()], gateStates)
  for (const one of changed)
    if (one.intent.resourceType === 'Consent')
      await withdrawWithout(before(one, inside), inside, write)
}

/** What was stored before, if it was the writer's and not deleted. */
const before = ({ current }: Written, { grant }: Exchange): Resource | undefined =>
  current === undefined || current.deleted || !mayChange(grant, current)
    ? undefined
    : (parseJson(decompress(current.content)) as Resource)

/** What the request opens by itself, from which the state of its Tasks takes away. */
const reopen = async (request: Address, inside: Exchange): Promise<void> => {
  const { queryable, context, grant } = inside
  const owner = consultationGrant(grant.principal.organization, context.baseUrl)
  const version = await readCurrent(queryable, permitRead(owner, request))
  if (
    version === undefined ||
    version.deleted ||
    version.owner !== grant.principal.organization.number
  )
    return
  const resource = parseJson(version.json) as Resource
  const { rules } = accessRulesOf(resource, rulesContext(inside, context.now()))
  await replaceAccessRules(queryable, [rules])
}

/** The request whose gate a Task may change. */
const followTask = async (
  one: Written,
  inside: Exchange,
  write: Write,
): Promise<Address | undefined> => {
  const { intent, resource } = one
  const { baseUrl } = inside.context
  const stored = before(one, inside)
  const said = resource === undefined ? undefined : consultationTaskOf(resource, baseUrl)
  const earlier = stored === undefined ? undefined : consultationTaskOf(stored, baseUrl)
  if (said === undefined && earlier === undefined) return undefined
  const place = intent.expression ?? 'Task'
  const task = keyOf('Task', intent.id)
  if (said === undefined) {
    requireRemovable(earlier!.state, place, intent.action === 'delete')
    await removeConsultations(inside.queryable, [task])
  } else {
    const version = (one.current?.version ?? 0) + 1
    await takeStep(
      { key: task, task: { ...resource!, id: intent.id }, stored, place, version },
      inside,
      write,
    )
  }
  return (earlier ?? said)!.request
}
