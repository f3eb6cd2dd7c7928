import { permitRead } from '../access/grant.ts'
import { Gone, NotFound } from '../fhir/errors.ts'
import type { Address } from '../fhir/resource.ts'
import { readCurrent } from '../store/read.ts'
import { found, subsetAsked } from './found.ts'
import type { Exchange, ReadTerms, Result } from './interaction.ts'

/**
 * FHIR read: the current version of a resource.
 * @throws InvalidRequests for a `_summary` or `_elements` that it has not
 * @throws NotFound when it is absent or hidden, alike
 * @throws Gone when it was deleted and the caller could see it
 * @see https://hl7.org/fhir/R4/http.html#read
 */
export const read = async (request: Address & ReadTerms, exchange: Exchange): Promise<Result> => {
  const { resourceType, id } = request
  const subset = subsetAsked([resourceType], request.parameters, exchange)
  const version = await readCurrent(
    exchange.queryable,
    permitRead(exchange.grant, { resourceType, id }),
  )
  if (version === undefined) throw new NotFound()
  if (version.deleted) throw new Gone()
  return found(version, request, subset, exchange)
}
