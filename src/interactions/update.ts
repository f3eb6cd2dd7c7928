import { requireScope } from '../access/grant.ts'
import { InvalidRequest } from '../fhir/errors.ts'
import { resolveReferences } from './conditional-references.ts'
import type { Exchange, Request, Result } from './interaction.ts'
import { ifAbsent, ifMatchVersion } from './if-match.ts'
import { parsedResource } from './parsed-resource.ts'
import { write } from './write.ts'

/**
 * FHIR update: a new version, or the first one under an id with the tenant's own prefix.
 * @throws Forbidden for another tenant's prefix, whether or not the id exists
 * @throws NotFound for an id without prefix that is absent or hidden, alike
 * @throws PreconditionFailed when If-Match names another version, or If-None-Match is `*` and there is one
 * @see https://hl7.org/fhir/R4/http.html#update
 */
export const update = async (
  request: Extract<Request, { interaction: 'update' }>,
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType, id } = request
  const resource = parsedResource(request.resource, resourceType)
  if (resource.id !== id) throw new InvalidRequest('id-mismatch', {}, `${resourceType}.id`)
  requireScope(exchange.grant, resourceType, 'update')
  await resolveReferences([{ resource }], exchange)
  const conditions = { ...ifMatchVersion(request.ifMatch), ...ifAbsent(request.ifNoneMatch) }
  const [result] = await write(
    [{ action: 'update', resourceType, id, resource, ...conditions }],
    exchange,
  )
  return result!
}
