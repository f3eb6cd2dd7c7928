import { bundleBytes, type Entry } from '../fhir/bundle.ts'
import { FhirError } from '../fhir/errors.ts'
import { inSavepoint } from '../store/savepoint.ts'
import { requestEntries, withoutNesting, type RequestEntry } from './bundle-entries.ts'
import { headEntry, refusalEntry, responseEntry } from './bundle-response.ts'
import { keepEntryRefusal } from './feed-refusals.ts'
import type { Bundle, Exchange, Request, Result } from './interaction.ts'
import { requestOf } from './routes.ts'
import { retried } from './retries.ts'

/** Entries of one batch that are performed at the same time. */
const entriesAtOnceMax = 4

/** The resource that an entry names by its address, or undefined when it names none. */
const addressed = (url: string): string | undefined =>
  /^\/?([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]+)(?=$|[/?])/.exec(url)?.[1]

/** Indexes of the entries in lanes: those that name one resource share a lane, in their order. */
const lanesOf = (entries: readonly RequestEntry[]): readonly number[][] => {
  const lanes = new Map<string | number, number[]>()
  entries.forEach(({ request }, index) => {
    const lane = lanes.get(addressed(request.url) ?? index)
    if (lane === undefined) lanes.set(addressed(request.url) ?? index, [index])
    else lane.push(index)
  })
  return [...lanes.values()]
}

/**
 * FHIR batch: every entry on its own, through the same doorway as a request of its own; one entry's
 * refusal does not touch the others. R4 forbids entries that depend on each other; those that name one
 * resource are done in their order all the same, so that the outcome is never left to chance. Inside an
 * open transaction (see idempotency.ts) each entry has a savepoint of its own, one after the other.
 * Answers stand in the order of the entries.
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
        ? await retried(exchange, () =>
            inSavepoint(exchange.queryable, () => perform(request, exchange)),
          )
        : await perform(request, exchange)
      const answer = responseEntry(result, exchange)
      answers[index] = entry.request.method === 'HEAD' ? headEntry(answer) : answer
    } catch (error) {
      // In a transaction the whole batch can be sent again, and be answered as if for the first time.
      if (!(error instanceof FhirError) || (isInTransaction && error.status >= 500)) throw error
      keepEntryRefusal(entries[index]!, exchange, error)
      answers[index] = refusalEntry(error, exchange)
    }
  }
  const lanes = isInTransaction ? [entries.map((_, index) => index)] : lanesOf(entries)
  let next = 0
  const takeNext = async (): Promise<void> => {
    while (next < lanes.length) for (const index of lanes[next++]!) await performEntry(index)
  }
  await Promise.all(Array.from({ length: entriesAtOnceMax }, takeNext))
  return {
    kind: 'bundle',
    json: bundleBytes({ type: 'batch-response' }, answers),
    // Each entry has its own audit record.
    disclosed: [],
    warnings: [],
  }
}
