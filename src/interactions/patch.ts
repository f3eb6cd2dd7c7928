import { requireScope } from '../access/grant.ts'
import { ifMatchVersion } from './if-match.ts'
import type { Exchange, Request, Result } from './interaction.ts'
import { compilePatch } from './patch-body.ts'
import { write } from './write.ts'

/**
 * FHIR patch of one resource: the row is locked, then the patch is applied to the version that is
 * current at that moment, so that patches that meet are done one after the other.
 * @throws NotFound when it is absent or hidden, alike, whatever the patch or If-Match says
 * @throws PatchFailed, ValidationFailed, PreconditionFailed, Gone
 * @see https://hl7.org/fhir/R4/http.html#patch
 */
export const patch = async (
  request: Extract<Request, { interaction: 'patch' }>,
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType, id } = request
  requireScope(exchange.grant, resourceType, 'patch')
  const change = await compilePatch(request, exchange)
  const [result] = await write(
    [{ action: 'patch', resourceType, id, patch: change, ...ifMatchVersion(request.ifMatch) }],
    exchange,
  )
  return result!
}
