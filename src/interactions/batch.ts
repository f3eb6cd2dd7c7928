import { bundleBytes, type Entry } from '../fhir/bundle.ts'
import { FhirError } from '../fhir/errors.ts'
import { inSavepoint } from '../store/savepoint.ts'
import { requestEntries, withoutNesting } from './bundle-entries.ts'
import { headEntry, refusalEntry, responseEntry } from './bundle-response.ts'
import type { Bundle, Exchange, Request, Result } from './interaction.ts'
import { requestOf } from './routes.ts'
import { retried } from './write.ts'

/** Entries of one batch that are performed at the same time. */
const entriesAtOnceMax = 4

/**
 * FHIR batch: every entry on its own, through the same doorway as a request of its own; one entry's
 * refusal does not touch the others. Inside an open transaction (see idempotency.ts) each entry has a
 * savepoint of its own, one after the other. Answers stand in the order of the entries.
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export const batch = async (
  bundle: Bundle,
  exchange: Exchange,
  perform: (request: Request, exchange: Exchange) => Promise<Result>,
): Promise<Result> => {
  const entries = requestEntries(bundle, exchange)
  const answers: Entry[] = []
  const isInTransaction = exchange.queryable !== exchange.context.database
  const performEntry = async (index: number): Promise<void> => {
    try {
      const entry = entries[index]!
      const request = withoutNesting(entry, requestOf)
      const result = isInTransaction
        ? await retried(() => inSavepoint(exchange.queryable, () => perform(request, exchange)))
        : await perform(request, exchange)
      const answer = responseEntry(result, exchange)
      answers[index] = entry.request.method === 'HEAD' ? headEntry(answer) : answer
    } catch (error) {
      // In a transaction the whole batch can be sent again, and be answered as if for the first time.
      if (!(error instanceof FhirError) || (isInTransaction && error.status >= 500)) throw error
      answers[index] = refusalEntry(error, exchange)
    }
  }
  let next = 0
  const takeNext = async (): Promise<void> => {
    while (next < entries.length) await performEntry(next++)
  }
  await Promise.all(Array.from({ length: isInTransaction ? 1 : entriesAtOnceMax }, takeNext))
  return {
    kind: 'bundle',
    json: bundleBytes({ type: 'batch-response' }, answers),
    // Each entry has its own audit record.
    disclosed: [],
    warnings: [],
  }
}
