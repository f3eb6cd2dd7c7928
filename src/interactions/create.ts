import { requireScope } from '../access/grant.ts'
import { conditionalCreate } from './conditional-create.ts'
import { resolveReferences } from './conditional-references.ts'
import type { Exchange, Request, Result } from './interaction.ts'
import { parsedResource } from './parsed-resource.ts'
import { write } from './write.ts'

/**
 * FHIR create: the server assigns the id; one in the body is ignored.
 * @throws ValidationFailed
 * @see https://hl7.org/fhir/R4/http.html#create
 */
export const create = async (
  request: Extract<Request, { interaction: 'create' }>,
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType, ifNoneExist } = request
  if (ifNoneExist !== undefined) return conditionalCreate({ ...request, ifNoneExist }, exchange)
  const resource = parsedResource(request.resource, resourceType)
  requireScope(exchange.grant, resourceType, 'create')
  await resolveReferences([{ resource }], exchange)
  const id = exchange.context.newId()
  const [result] = await write([{ action: 'create', resourceType, id, resource }], exchange)
  return result!
}
