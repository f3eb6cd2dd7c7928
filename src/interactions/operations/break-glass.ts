import { noticeGrant, permitBreakGlass } from '../../access/break-glass.ts'
import { purposeSystem } from '../../access/purposes.ts'
import { InvalidRequest, NotFound, TooCostly } from '../../fhir/errors.ts'
import { stringifyJson } from '../../fhir/json.ts'
import { keyOf } from '../../search/hash.ts'
import { ensureMonths, insertAuditRecords } from '../../store/audit-record.ts'
import {
  countOpenGlasses,
  openGlass,
  readGlassOwners,
  type GlassOwner,
} from '../../store/break-glass.ts'
import { queueNotices } from '../../store/webhook-notices.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { transacted } from '../retries.ts'
import { write } from '../write.ts'
import { noticeOf, type Notice } from './break-glass-notice.ts'
import { requiredParameter } from './parameters.ts'

const minutesMin = 5
const minutesMax = 30
const reasonCharactersMin = 10
const reasonCharactersMax = 1000
/** Patients whose glass one person may have broken at a time: it bounds how many ids can be tried. */
const openMax = 3

/**
 * `Patient/[id]/$break-glass`: opens one patient's records to one person in an emergency, for minutes.
 * Before it answers, the grant, its audit record, the notice to each hospital concerned and the Task
 * of its review are on disk together. What it opens is read with a token of purpose BTG about this
 * patient. An unknown patient, one without a hospital that lets the glass be broken, and the caller's
 * own are refused alike.
 * @throws Forbidden for systems, without a second factor, and for purposes outside care
 * @throws InvalidRequest naming the parameter
 * @throws TooCostly when the person has opened too many, whoever the patient is
 * @throws NotFound
 */
export const breakGlass = async (
  { id, resource }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const question = permitBreakGlass(exchange.grant, id!)
  const { reason, minutes } = askedOf(resource)
  const { context, grant } = exchange
  const from = context.now()
  const notice: Notice = {
    ...{ grantId: context.newId(), patientId: id!, person: question.person, reason },
    organizationId: grant.principal.organization.id,
    ...{ from: from.toISOString(), to: new Date(from.getTime() + minutes * 60_000).toISOString() },
  }
  await transacted(exchange, async inside => {
    const person = keyOf('Practitioner', question.person)
    if ((await countOpenGlasses(inside.queryable, person)) >= openMax)
      throw new TooCostly('break-glass-too-many', { limit: openMax })
    const owners = await readGlassOwners(inside.queryable, question)
    if (owners.length === 0) throw new NotFound()
    const told: Told[] = []
    for (const owner of owners) told.push(await notify(notice, owner, inside))
    const { grantId, to } = notice
    await openGlass(inside.queryable, {
      ...{ id: grantId, organization: grant.principal.organization.number, person },
      ...{ patient: question.asked.patient, from: notice.from, to },
      tasks: told.map(({ owner, task }) => ({ owner, task: keyOf('Task', task) })),
    })
    await queueNotices(
      inside.queryable,
      told.map(one => webhookNotice(one, notice, context.newId())),
    )
    await audit(notice, owners, inside)
  })
  context.wakeWebhooks()
  return answer(notice)
}

/** What is asked for, in a Parameters body. @throws InvalidRequest */
const askedOf = (body: unknown): { readonly reason: string; readonly minutes: number } => {
  const reason = requiredParameter(body, 'reason', 'valueString')
  const minutes = Number(String(requiredParameter(body, 'minutes', 'valueInteger')))
  const purpose = requiredParameter(body, 'purpose', 'valueCoding') as {
    readonly system?: unknown
    readonly code?: unknown
  } | null
  const refuse = (expected: string): never => {
    throw new InvalidRequest('operation-parameter', { expected }, 'Parameters.parameter')
  }
  if (purpose?.system !== purposeSystem || purpose.code !== 'BTG')
    refuse(`purpose (valueCoding ${purposeSystem}|BTG)`)
  if (!Number.isInteger(minutes) || minutes < minutesMin || minutes > minutesMax)
    refuse(`minutes (valueInteger, ${minutesMin} to ${minutesMax})`)
  const length = typeof reason === 'string' ? reason.trim().length : 0
  if (length < reasonCharactersMin || length > reasonCharactersMax)
    refuse(`reason (valueString, ${reasonCharactersMin} to ${reasonCharactersMax} characters)`)
  return { reason: String(reason).trim(), minutes }
}

/** What an owner was told by: ids of the Communication and of the Task of its review. */
interface Told {
  readonly owner: number
  readonly communication: string
  readonly task: string
}

/** The same for the owner's webhook: ids alone, which say nothing to whoever may not read them. */
const webhookNotice = ({ owner, communication, task }: Told, { from }: Notice, id: string) => ({
  ...{ id, owner },
  body: stringifyJson({
    ...{ id, event: 'break-glass', occurred: from },
    ...{ communication: `Communication/${communication}`, task: `Task/${task}` },
  }),
})

/** Files the notice and its review with an owner. */
const notify = async (notice: Notice, owner: GlassOwner, inside: Exchange): Promise<Told> => {
  const { context } = inside
  const ids = { communication: context.newId(), task: context.newId() }
  const grant = noticeGrant(owner, notice.grantId, context.baseUrl)
  await write(
    noticeOf(notice, owner, ids).map(resource => ({
      ...{ action: 'create', resourceType: resource.resourceType, id: resource.id!, resource },
    })) as Parameters<typeof write>[0],
    { ...inside, grant },
  )
  return { owner: owner.number, ...ids }
}

/** One record for each hospital whose records are opened. */
const audit = async (
  { from, patientId, person }: Notice,
  owners: readonly GlassOwner[],
  { grant: { principal }, requestId, queryable, address }: Exchange,
): Promise<void> => {
  const records = owners.map(owner => ({
    ...{ recorded: from, requestId, owner: owner.number, practitioner: person },
    ...{ organization: principal.organization.number, client: principal.clientId },
    ...{ subject: principal.subject, tokenId: principal.tokenId, purpose: 'BTG' },
    ...{ interaction: '$break-glass', resourceType: 'Patient', outcome: 200, detail: null },
    ...{ crossHospital: true, target: null, entities: [`Patient/${patientId}`] },
    ...{
      patients: [keyOf('Patient', patientId)],
      parameters: null,
      address: address ?? null,
      occurrences: 1,
    },
  }))
  await ensureMonths(queryable, [from])
  await insertAuditRecords(queryable, records)
}

const answer = ({ grantId, from, to }: Notice): Result => ({
  kind: 'operation',
  json: Buffer.from(
    stringifyJson({
      resourceType: 'Parameters',
      parameter: [
        { name: 'grant', valueString: grantId },
        { name: 'period', valuePeriod: { start: from, end: to } },
      ],
    }),
  ),
  disclosed: [],
  warnings: [],
})
