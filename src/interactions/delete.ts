import type { Exchange, Request, Result } from './interaction.ts'
import { ifMatchVersion } from './if-match.ts'
import { write } from './write.ts'

/**
 * FHIR delete: a tombstone. Earlier versions stay in the history; deleting again changes nothing, and
 * neither does deleting what is absent or hidden, with the same 204.
 * @throws NotFound when that is asked with If-Match
 * @see https://hl7.org/fhir/R4/http.html#delete
 */
export const remove = async (
  { resourceType, id, ifMatch }: Extract<Request, { interaction: 'delete' }>,
  exchange: Exchange,
): Promise<Result> => {
  const [result] = await write(
    [{ action: 'delete', resourceType, id, ...ifMatchVersion(ifMatch) }],
    exchange,
  )
  return result!
}
