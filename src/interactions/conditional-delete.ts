import { requireScope } from '../access/grant.ts'
import { criteriaOf } from './conditional-criteria.ts'
import { findMatchLocked } from './conditional-match.ts'
import { ifMatchVersion } from './if-match.ts'
import type { Exchange, Request, Result } from './interaction.ts'
import { transacted, write } from './write.ts'

/**
 * FHIR conditional delete of the one resource of the caller's own that meets the criteria. When none
 * does there is nothing to do, and the answer is the same 204: a repeated delete succeeds.
 * @throws MultipleMatches: several are never deleted at once
 * @see https://hl7.org/fhir/R4/http.html#3.1.0.7.1
 */
export const conditionalDelete = async (
  request: Extract<Request, { interaction: 'conditional-delete' }>,
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType } = request
  requireScope(exchange.grant, resourceType, 'delete')
  const condition = ifMatchVersion(request.ifMatch)
  const criteria = criteriaOf(resourceType, request.parameters, exchange)
  return transacted(exchange, async inside => {
    const found = await findMatchLocked(criteria, inside)
    if (found === undefined) return { kind: 'absent' }
    const { id, version } = found
    const [result] = await write(
      [{ action: 'delete', resourceType, id, matched: version, ...condition }],
      inside,
    )
    return result!
  })
}
