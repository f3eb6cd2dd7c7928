import { requireScope } from '../access/grant.ts'
import { NotFound } from '../fhir/errors.ts'
import { criteriaOf } from './conditional-criteria.ts'
import { findMatchLocked } from './conditional-match.ts'
import { ifMatchVersion } from './if-match.ts'
import type { Exchange, Request, Result } from './interaction.ts'
import { compilePatch } from './patch-body.ts'
import { transacted } from './retries.ts'
import { write } from './write.ts'

/**
 * FHIR conditional patch of the one resource of the caller's own that meets the criteria.
 * @throws NotFound when none does
 * @throws MultipleMatches
 * @see https://hl7.org/fhir/R4/http.html#patch "conditional patch"
 */
export const conditionalPatch = async (
  request: Extract<Request, { interaction: 'conditional-patch' }>,
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType } = request
  requireScope(exchange.grant, resourceType, 'patch')
  const change = await compilePatch(request, exchange)
  const condition = ifMatchVersion(request.ifMatch)
  const criteria = criteriaOf(resourceType, request.parameters, exchange)
  return transacted(exchange, async inside => {
    const found = await findMatchLocked(criteria, inside)
    if (found === undefined) throw new NotFound('patch-criteria-none')
    const { id, version } = found
    const [result] = await write(
      [{ action: 'patch', resourceType, id, patch: change, matched: version, ...condition }],
      inside,
    )
    return result!
  })
}
