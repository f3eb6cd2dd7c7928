import { permitRead } from '../../access/grant.ts'
import { literalReference } from '../../access/element.ts'
import { parseJson } from '../../fhir/json.ts'
import type { Resource } from '../../fhir/resource.ts'
import { keyOf } from '../../search/hash.ts'
import { hasPermit, listConsultations, readConsultation } from '../../store/consultation-tasks.ts'
import { readCurrent } from '../../store/read.ts'
import type { Exchange } from '../interaction.ts'
import type { Write } from '../write-intent.ts'
import { consultationGrant } from '../../access/consultation-grant.ts'
import { inState } from './consultation-task.ts'
import { liveStates } from './guards.ts'

/** Consultations that end by one withdrawal at most; a patient has few. */
const endedMax = 50

/**
 * After a consent was changed: the consultations about its patient that no consent permits any more
 * come to their end, in the same transaction. Only a consent that was in force ends anything, so that
 * an emergency goes on until its consent has come.
 */
export const withdrawWithout = async (
  consent: Resource | undefined,
  inside: Exchange,
  write: Write,
): Promise<void> => {
  const { baseUrl } = inside.context
  const patient = literalReference(consent?.['patient'], baseUrl)
  if (consent?.['status'] !== 'active' || patient === undefined) return
  const asked = {
    owner: inside.grant.principal.organization.number,
    patient: keyOf('Patient', patient.id),
  }
  const live = await listConsultations(inside.queryable, { ...asked, states: liveStates })
  for (const { task, id } of live.slice(0, endedMax)) {
    const found = await readConsultation(inside.queryable, task, null)
    const actors = [keyOf('Organization', found!.recipient.id)]
    if (!(await hasPermit(inside.queryable, { ...asked, actors })))
      await withdraw(id, inside, write)
  }
}

const withdraw = async (id: string, inside: Exchange, write: Write): Promise<void> => {
  const { queryable, context, grant } = inside
  const owner = consultationGrant(grant.principal.organization, context.baseUrl)
  const version = await readCurrent(queryable, permitRead(owner, { resourceType: 'Task', id }))
  if (version === undefined || version.deleted) return
  const task = {
    ...(parseJson(version.json) as Resource),
    ...inState('withdrawn'),
    statusReason: { text: 'consent-withdrawn' },
  }
  await write([{ action: 'update', resourceType: 'Task', id, resource: task }], {
    ...{ ...inside, grant: owner },
    actor: inside.actor ?? grant,
  })
}
