import type { Exchange, Result } from './interaction.ts'
import { parsedResource } from './parsed-resource.ts'
import { write } from './write.ts'

/**
 * FHIR create: the server assigns the id; one in the body is ignored.
 * @throws ValidationFailed
 * @see https://hl7.org/fhir/R4/http.html#create
 */
export const create = async (
  { resourceType, resource }: { readonly resourceType: string; readonly resource: unknown },
  exchange: Exchange,
): Promise<Result> => {
  const [result] = await write(
    [
      {
        action: 'create',
        resourceType,
        id: exchange.context.newId(),
        resource: parsedResource(resource, resourceType),
      },
    ],
    exchange,
  )
  return result!
}
