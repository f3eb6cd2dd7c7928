import { FhirError } from '../fhir/errors.ts'
import { isSharedType } from '../search/visible.ts'
import type { AuditRecord } from '../store/audit.ts'
import type { ServedResource } from '../store/rows.ts'
import { batch } from './batch.ts'
import { capabilities } from './capabilities.ts'
import { conditionalDelete } from './conditional-delete.ts'
import { conditionalUpdate } from './conditional-update.ts'
import { create } from './create.ts'
import { remove } from './delete.ts'
import { historyInstance } from './history-instance.ts'
import { historySystem } from './history-system.ts'
import { historyType } from './history-type.ts'
import { performOnce } from './idempotency.ts'
import type { Exchange, Request, Result } from './interaction.ts'
import { performOperation } from './operations/perform-operation.ts'
import { conditionalPatch } from './patch-conditional.ts'
import { patch } from './patch.ts'
import { read } from './read.ts'
import { withProgress } from './reindex-progress.ts'
import { searchSystem, searchType } from './search-type.ts'
import { transaction } from './transaction.ts'
import { update } from './update.ts'
import { vread } from './vread.ts'

/**
 * The doorway: every request enters here, whether it came by HTTP, as a batch entry or from a job.
 * What is done for every interaction, the audit record above all, is done here and nowhere else.
 * @throws FhirError
 */
export const perform = async (request: Request, exchange: Exchange): Promise<Result> => {
  try {
    const result = await performOnce(request, exchange, run)
    await record(request, exchange, {
      outcome: statusOf(result),
      disclosed: disclosedBy(result),
      counted: countedBy(result),
    })
    return result
  } catch (error) {
    if (error instanceof FhirError)
      await record(request, exchange, { outcome: error.status, disclosed: [], counted: [] })
    throw await withProgress(error, exchange)
  }
}

const run = (request: Request, exchange: Exchange): Promise<Result> => {
  switch (request.interaction) {
    case 'read':
      return read(request, exchange)
    case 'vread':
      return vread(request, exchange)
    case 'create':
      return create(request, exchange)
    case 'update':
      return update(request, exchange)
    case 'conditional-update':
      return conditionalUpdate(request, exchange)
    case 'conditional-delete':
      return conditionalDelete(request, exchange)
    case 'patch':
      return patch(request, exchange)
    case 'conditional-patch':
      return conditionalPatch(request, exchange)
    case 'delete':
      return remove(request, exchange)
    case 'history-instance':
      return historyInstance(request, exchange)
    case 'history-type':
      return historyType(request, exchange)
    case 'history-system':
      return historySystem(request, exchange)
    case 'operation':
      return performOperation(request, exchange)
    case 'capabilities':
      return Promise.resolve(stated(capabilities(exchange.context)))
    case 'search-type':
      return searchType(request, exchange)
    case 'search-system':
      return searchSystem(request, exchange)
    case 'batch':
      return batch(request.bundle, exchange, perform)
    case 'transaction':
      return transaction(request.bundle, exchange, run)
    default:
      return request satisfies never
  }
}

const stated = (json: Buffer): Result => ({ kind: 'operation', json, disclosed: [], warnings: [] })

const statusOf = ({ kind }: Result): number =>
  kind === 'created' ? 201 : kind === 'unmodified' ? 304 : 200

const countedBy = (result: Result): readonly bigint[] =>
  'countedPatients' in result ? (result.countedPatients ?? []) : []

const disclosedBy = (result: Result): readonly ServedResource[] =>
  'disclosed' in result ? result.disclosed : 'version' in result ? [result.version] : []

/** What one answer tells. */
interface Disclosure {
  /** HTTP status. */
  readonly outcome: number
  readonly disclosed: readonly ServedResource[]
  /** Patients of other hospitals' records that only a total tells of. */
  readonly counted: readonly bigint[]
}

/**
 * Records who did what. When another hospital's record is about to leave, the record must be on disk
 * first; otherwise the answer need not wait for it.
 * @throws Unavailable when a cross-hospital disclosure cannot be recorded
 */
const record = async (
  request: Request,
  { context, grant: { principal }, requestId }: Exchange,
  { outcome, disclosed, counted }: Disclosure,
): Promise<void> => {
  const organization = principal.organization.number
  const { isForeign, entities, patients } = toldOf(disclosed, organization)
  const crossHospital = counted.length > 0 || isForeign
  const entry: AuditRecord = {
    recorded: context.now().toISOString(),
    requestId,
    organization,
    client: principal.clientId,
    subject: principal.subject,
    tokenId: principal.tokenId,
    purpose: principal.purpose,
    interaction:
      request.interaction === 'operation'
        ? `$${request.name}`
        : request.interaction.replace('conditional-', ''),
    resourceType: 'resourceType' in request ? request.resourceType : null,
    outcome,
    crossHospital,
    entities,
    patients: counted.length === 0 ? patients : [...new Set([...counted, ...patients])],
  }
  const written = context.auditTrail.write(entry)
  if (crossHospital) await written
  else written.catch(() => {})
}

/** What the audit trail says of resources, and whether another hospital's is among them. */
const toldOf = (disclosed: readonly ServedResource[], organization: number) => {
  const entities: string[] = []
  const patients = new Set<bigint>()
  let isForeign = false
  // Resources of one patient share the array of its key.
  let named: readonly bigint[] | undefined
  for (const { resourceType, id, owner, patients: of } of disclosed) {
    entities.push(`${resourceType}/${id}`)
    if (owner !== organization && !isSharedType(resourceType)) isForeign = true
    if (of !== named) for (const patient of of) patients.add(patient)
    named = of
  }
  return { isForeign, entities, patients: [...patients] }
}
