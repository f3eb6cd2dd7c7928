import { FhirError } from '../fhir/errors.ts'
import { auditAnswer, auditRefusal } from './audit-records.ts'
import { batch } from './batch.ts'
import { capabilities } from './capabilities.ts'
import { conditionalDelete } from './conditional-delete.ts'
import { conditionalUpdate } from './conditional-update.ts'
import { create } from './create.ts'
import { remove } from './delete.ts'
import { countAccepted } from './feed-refusals.ts'
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
import { isOfTrail, readTrailEvent, searchTrail } from './trail.ts'
import { transaction } from './transaction.ts'
import { update } from './update.ts'
import { vread } from './vread.ts'

/**
 * The doorway: every request enters here, whether it came by HTTP, as a batch entry or from a job.
 * What is done for every interaction, the audit record above all, is done here and nowhere else.
 * @throws Unavailable when what happens could not be recorded
 * @throws FhirError
 */
export const perform = async (request: Request, exchange: Exchange): Promise<Result> => {
  exchange.context.auditTrail.requireRoom()
  try {
    const result = await performOnce(request, exchange, run)
    await auditAnswer(request, exchange, result)
    countAccepted(request, exchange, result)
    return result
  } catch (error) {
    if (error instanceof FhirError) auditRefusal(request, exchange, error)
    throw await withProgress(error, exchange)
  }
}

const run = (request: Request, exchange: Exchange): Promise<Result> => {
  switch (request.interaction) {
    case 'read':
      return isOfTrail(request, exchange)
        ? readTrailEvent(request, exchange)
        : read(request, exchange)
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
      return isOfTrail(request, exchange)
        ? searchTrail(request.parameters, exchange)
        : searchType(request, exchange)
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
