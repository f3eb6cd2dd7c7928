import { historyPage } from './history-page.ts'
import type { Exchange, Request, Result } from './interaction.ts'

/**
 * FHIR history of one resource.
 * @throws NotFound when it is absent or hidden, alike
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export const historyInstance = (
  { resourceType, id, parameters }: Extract<Request, { interaction: 'history-instance' }>,
  exchange: Exchange,
): Promise<Result> =>
  historyPage(
    { resourceTypes: [resourceType], id, path: `${resourceType}/${id}/_history` },
    parameters,
    exchange,
  )
