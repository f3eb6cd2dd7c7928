import { historyPage } from './history-page.ts'
import type { Exchange, Request, Result } from './interaction.ts'

/**
 * FHIR history of all resources of one type.
 * @throws Forbidden without the search scope for it
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export const historyType = (
  { resourceType, parameters }: Extract<Request, { interaction: 'history-type' }>,
  exchange: Exchange,
): Promise<Result> =>
  historyPage(
    { resourceTypes: [resourceType], path: `${resourceType}/_history` },
    parameters,
    exchange,
  )
