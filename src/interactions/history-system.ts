import { resourceTypes } from '../fhir/resource-types.ts'
import { historyPage } from './history-page.ts'
import type { Exchange, Request, Result } from './interaction.ts'

/**
 * FHIR history of all resources of the types that the search scopes cover.
 * @throws Forbidden when they cover none
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export const historySystem = (
  { parameters }: Extract<Request, { interaction: 'history-system' }>,
  exchange: Exchange,
): Promise<Result> => historyPage({ resourceTypes, path: '_history' }, parameters, exchange)
