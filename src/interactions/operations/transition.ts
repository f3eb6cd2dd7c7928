import { consultationGrant } from '../../access/consultation-grant.ts'
import { permitRead, requireScope } from '../../access/grant.ts'
import { elements } from '../../access/element.ts'
import {
  consultationStateCodes,
  consultationStateSystem,
  type ConsultationStateCode,
} from '../../fhir/consultation-states.ts'
import { Forbidden, InvalidRequest, NotFound } from '../../fhir/errors.ts'
import { parseJson } from '../../fhir/json.ts'
import type { Resource } from '../../fhir/resource.ts'
import { keyOf } from '../../search/hash.ts'
import { readConsultation } from '../../store/consultation-tasks.ts'
import { readCurrent } from '../../store/read.ts'
import { consultationTaskOf, inState } from '../consultation/consultation-task.ts'
import { ifMatchVersion } from '../if-match.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { transacted } from '../retries.ts'
import { write } from '../write.ts'
import { bodyParameters } from './parameters.ts'

/** Parameters beside `state`, and the members that hold them. */
const members = {
  state: 'valueCode',
  reason: 'valueString',
  owner: 'valueReference',
  appointment: 'valueReference',
  report: 'valueReference',
} as const

type Asked = Readonly<Partial<Record<keyof typeof members, unknown>>>

/**
 * `Task/[id]/$transition`: takes a consultation to its next state, for either of its hospitals; it is
 * the one way in which the hospital that is asked changes the Task, which the other one keeps. Asking
 * again for the state it has changes nothing.
 * @throws NotFound for a Task that is absent or hidden, alike
 * @throws Forbidden for a hospital that takes no part in it
 * @throws ValidationFailed naming the states that can follow, or what a step lacks
 * @throws PreconditionFailed when If-Match names another version
 */
export const transition = (request: OperationRequest, exchange: Exchange): Promise<Result> => {
  requireScope(exchange.grant, 'Task', 'update')
  const asked = askedOf(request.resource)
  return transacted(exchange, async inside => {
    const { grant, queryable, context } = inside
    const id = request.id!
    const version = await readCurrent(queryable, permitRead(grant, { resourceType: 'Task', id }))
    if (version === undefined || version.deleted) throw new NotFound()
    const stored = parseJson(version.json) as Resource
    const said = consultationTaskOf(stored, context.baseUrl)
    if (said === undefined)
      throw new InvalidRequest('consultation-none', { expected: consultationStateSystem })
    const known = await readConsultation(queryable, keyOf('Task', id), null)
    const { organization } = grant.principal
    const isOwn = version.owner === organization.number
    if (!isOwn && known?.recipient.number !== organization.number)
      throw new Forbidden('write-foreign')
    const next = moved(stored, asked, inside)
    const ifMatch = ifMatchVersion(request.ifMatch).ifMatch ?? version.versionId
    if (said.state === asked.state && ifMatch === version.versionId && next === undefined)
      return { kind: 'unchanged', version }
    const owner = isOwn ? grant : consultationGrant(known!.owner, context.baseUrl)
    const [result] = await write(
      [{ action: 'update', resourceType: 'Task', id, resource: next ?? stored, ifMatch }],
      { ...inside, grant: owner, actor: grant },
    )
    return result!
  })
}

/** @throws InvalidRequest naming the parameter */
const askedOf = (body: unknown): Asked & { readonly state: ConsultationStateCode } => {
  if (body === undefined) throw new InvalidRequest('body-missing')
  const refuse = (expected: string): never => {
    throw new InvalidRequest('operation-parameter', { expected }, 'Parameters.parameter')
  }
  const asked: Record<string, unknown> = {}
  for (const { name, parameter, member } of bodyParameters(body)) {
    const expected = Object.hasOwn(members, name)
      ? members[name as keyof typeof members]
      : undefined
    if (expected === undefined || name in asked) refuse(Object.keys(members).join(', '))
    if (member !== expected) refuse(`${name} (${expected})`)
    asked[name] = parameter[expected!]
  }
  const { state } = asked
  if (!consultationStateCodes.includes(state as ConsultationStateCode))
    refuse(`state (valueCode ${consultationStateCodes.join(' | ')})`)
  return asked as Asked & { readonly state: ConsultationStateCode }
}

/** The Task as it would be; undefined when it says so already. */
const moved = (
  stored: Resource,
  { state, reason, owner, appointment, report }: ReturnType<typeof askedOf>,
  { context }: Exchange,
): Resource | undefined => {
  const said = consultationTaskOf(stored, context.baseUrl)!
  const named = (type: string, reference: unknown) =>
    reference === undefined ? [] : [{ type: { text: type }, valueReference: reference }]
  const added = [...named('appointment', appointment), ...named('report', report)]
  if (said.state === state && owner === undefined && added.length === 0) return undefined
  const withEntries = (element: 'input' | 'output', entries: readonly unknown[]) =>
    entries.length === 0 ? {} : { [element]: [...elements(stored[element]), ...entries] }
  return {
    ...stored,
    ...inState(state),
    ...(reason === undefined ? {} : { statusReason: { text: reason } }),
    ...(owner === undefined ? {} : { owner }),
    ...withEntries('input', named('appointment', appointment)),
    ...withEntries('output', named('report', report)),
    lastModified: context.now().toISOString(),
  }
}
