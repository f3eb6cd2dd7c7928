import { InvalidRequest } from '../fhir/errors.ts'
import type { Resource } from '../fhir/resource.ts'

/**
 * The body as a resource of the type the address names. `place` is where it stands in the request.
 * @throws InvalidRequest when it is not an object, or of another type
 */
export const parsedResource = (body: unknown, resourceType: string, place?: string): Resource => {
  const typePlace = place === undefined ? 'resourceType' : `${place}.resourceType`
  if (body === undefined) throw new InvalidRequest('body-missing')
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new InvalidRequest('json-not-resource', {}, place)
  const found = (body as { resourceType?: unknown }).resourceType
  if (typeof found !== 'string' || found === '')
    throw new InvalidRequest('json-not-resource', {}, typePlace)
  if (found !== resourceType)
    throw new InvalidRequest(
      'resource-type-mismatch',
      { found: found.replace(/[^A-Za-z]/g, '').slice(0, 40), expected: resourceType },
      typePlace,
    )
  return body as Resource
}
