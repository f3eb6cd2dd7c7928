import { permitRead } from '../access/grant.ts'
import { Gone, NotFound } from '../fhir/errors.ts'
import type { Address } from '../fhir/resource.ts'
import { readVersion } from '../store/read.ts'
import { found, subsetAsked } from './found.ts'
import type { Exchange, ReadTerms, Result } from './interaction.ts'

/**
 * FHIR vread: one given version of a resource. The caller must be able to see that version and the
 * current one.
 * @throws InvalidRequests for a `_summary` or `_elements` that it has not
 * @throws NotFound when it is absent or hidden, alike
 * @throws Gone when that version is the record of a deletion
 * @see https://hl7.org/fhir/R4/http.html#vread
 */
export const vread = async (
  request: Address & ReadTerms & { readonly versionId: string },
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType, id } = request
  const subset = subsetAsked([resourceType], request.parameters, exchange)
  const versionId = /^[1-9]\d{0,8}$/.test(request.versionId) ? Number(request.versionId) : 0
  const version = await readVersion(
    exchange.queryable,
    permitRead(exchange.grant, { resourceType, id, versionId }),
  )
  if (version === undefined) throw new NotFound()
  if (version.deleted) throw new Gone()
  return found(version, request, subset, exchange)
}
