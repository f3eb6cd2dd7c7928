import type { FhirError } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/resource.ts'
import { keyOf } from '../search/hash.ts'
import { isSharedType } from '../search/visible.ts'
import type { AuditRecord } from '../store/audit-record.ts'
import { ownersOf } from '../store/audit-owners.ts'
import type { ServedResource } from '../store/rows.ts'
import { disclosedBy } from './disclosed.ts'
import type { Exchange, Parameters, Request, Result } from './interaction.ts'

/**
 * Records what an answer tells, one record for each organization whose records are in it. Where that is
 * another hospital than the caller's, they are on disk before this resolves.
 * @throws Unavailable when a cross-hospital disclosure cannot be recorded; nothing may leave then
 */
export const auditAnswer = async (
  request: Request,
  exchange: Exchange,
  result: Result,
): Promise<void> => {
  const { auditTrail } = exchange.context
  const organization = exchange.grant.principal.organization.number
  const groups = groupsOf(disclosedBy(result), organization)
  await addCounted(groups, result, exchange)
  const outcome = statusOf(result)
  const detail = decisionOf(request, result)
  const records = [...groups].map(([owner, { entities, patients }]): AuditRecord => ({
    ...recordOf(request, exchange),
    ...{ owner, outcome, detail, entities, patients: [...patients] },
    crossHospital: owner !== organization,
    parameters: parametersOf(request, exchange),
  }))
  if (records.some(({ crossHospital }) => crossHospital)) await auditTrail.disclose(records)
  else auditTrail.note(records)
}

/** Records that a request was refused; what it asked for only as a key that says nothing by itself. */
export const auditRefusal = (request: Request, exchange: Exchange, error: FhirError): void => {
  const isOfOne = 'id' in request && request.id !== undefined && request.resourceType !== undefined
  exchange.context.auditTrail.note([
    {
      ...recordOf(request, exchange),
      ...{ outcome: error.status, detail: error.code, owner: null },
      target: isOfOne ? keyOf(request.resourceType!, request.id!) : null,
    },
  ])
}

/** What is the same for every outcome. */
const recordOf = (
  request: Request,
  { context, grant: { principal }, requestId, address }: Exchange,
): Omit<AuditRecord, 'owner' | 'outcome'> => ({
  recorded: context.now().toISOString(),
  requestId,
  organization: principal.organization.number,
  client: principal.clientId,
  subject: principal.subject,
  practitioner: principal.practitioner ?? null,
  tokenId: principal.tokenId,
  purpose: principal.purpose,
  interaction:
    request.interaction === 'operation'
      ? `$${request.name}`
      : request.interaction.replace('conditional-', ''),
  resourceType: 'resourceType' in request ? (request.resourceType ?? null) : null,
  detail: null,
  crossHospital: false,
  target: null,
  entities: [],
  patients: [],
  parameters: null,
  address: address ?? null,
  occurrences: 1,
})

/** What one organization's records tell. */
interface Group {
  readonly entities: string[]
  readonly patients: Set<bigint>
}

/** The shared directory is no one's disclosure: it counts with the caller's own. Never empty. */
const groupsOf = (
  disclosed: readonly ServedResource[],
  organization: number,
): Map<number, Group> => {
  const groups = new Map<number, Group>()
  // Resources of one patient share the array of its key.
  let named: readonly bigint[] | undefined
  let group: Group | undefined
  let groupOwner: number | undefined
  for (const { resourceType, id, owner, patients } of disclosed) {
    const of = owner === organization || isSharedType(resourceType) ? organization : owner
    if (group === undefined || of !== groupOwner) {
      group = groupOf(groups, of)
      groupOwner = of
      named = undefined
    }
    group.entities.push(`${resourceType}/${id}`)
    if (patients !== named) for (const patient of patients) group.patients.add(patient)
    named = patients
  }
  if (groups.size === 0) groupOf(groups, organization)
  return groups
}

const groupOf = (groups: Map<number, Group>, owner: number): Group => {
  const known = groups.get(owner) ?? { entities: [], patients: new Set() }
  groups.set(owner, known)
  return known
}

/**
 * Patients of whom only a total tells. The total does not say whose records it counted: they go to
 * the hospital that keeps the Patient.
 */
const addCounted = async (
  groups: Map<number, Group>,
  result: Result,
  { context, grant }: Exchange,
): Promise<void> => {
  const own = grant.principal.organization.number
  const told = new Set<bigint>()
  for (const [owner, { patients }] of groups)
    if (owner !== own) for (const patient of patients) told.add(patient)
  const counted = 'countedPatients' in result ? (result.countedPatients ?? []) : []
  const silent = counted.filter(patient => !told.has(patient))
  if (silent.length === 0) return
  const empty = [...groups].find(([, { entities }]) => entities.length === 0)
  if (empty !== undefined) groups.delete(empty[0])
  for (const [owner, patients] of await ownersOf(context.database, silent))
    for (const patient of patients) groupOf(groups, owner ?? unknownOwner).patients.add(patient)
}

/** No organization has this number: a patient whose Patient nobody keeps. */
const unknownOwner = 0

const statusOf = ({ kind }: Result): number =>
  kind === 'created' ? 201 : kind === 'accepted' ? 202 : kind === 'unmodified' ? 304 : 200

/** The names of search parameters, of a search that was understood: none can be a slip of the keyboard. */
const parametersOf = (request: Request, { isLenient }: Exchange): readonly string[] | null => {
  if (!request.interaction.startsWith('search') || isLenient) return null
  const asked: Parameters = 'parameters' in request ? (request.parameters ?? []) : []
  return [...new Set(asked.map(([name]) => name))].filter(name => /^[\w.:-]{1,100}$/.test(name))
}

/** What a written consent says from now on: its status and its decision. */
const decisionOf = (request: Request, result: Result): string | null => {
  if (!('resourceType' in request) || request.resourceType !== 'Consent') return null
  if (result.kind === 'deleted') return 'consent-deleted'
  if (result.kind !== 'created' && result.kind !== 'updated') return null
  const consent = parseJson(result.version.json) as Resource & {
    readonly provision?: { readonly type?: string }
  }
  return ['consent', consent['status'], consent.provision?.type].filter(Boolean).join('-')
}
