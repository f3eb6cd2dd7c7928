import { requireScope } from '../access/grant.ts'
import { matchedVersion } from '../store/match.ts'
import { ifNoneExistCriteria, type Criteria } from './conditional-criteria.ts'
import { findMatch, findMatchLocked } from './conditional-match.ts'
import { resolveReferences } from './conditional-references.ts'
import type { Exchange, Result } from './interaction.ts'
import { parsedResource } from './parsed-resource.ts'
import { transacted } from './retries.ts'
import { write } from './write.ts'

/**
 * FHIR conditional create: the resource is stored unless one of the caller's own meets the criteria;
 * that one is the answer then, and the body is passed over.
 * @throws MultipleMatches
 * @see https://hl7.org/fhir/R4/http.html#ccreate
 */
export const conditionalCreate = async (
  request: {
    readonly resourceType: string
    readonly resource: unknown
    readonly ifNoneExist: string
  },
  exchange: Exchange,
): Promise<Result> => {
  const { resourceType, ifNoneExist } = request
  requireScope(exchange.grant, resourceType, 'create')
  const resource = parsedResource(request.resource, resourceType)
  const criteria = ifNoneExistCriteria(resourceType, ifNoneExist, exchange)
  // Without locks first: a repeated request, the usual case, needs no more than this one statement.
  const seen = await findMatch(criteria, exchange)
  if (seen !== undefined) return matched(criteria, seen)
  await resolveReferences([{ resource }], exchange)
  const id = exchange.context.newId()
  return transacted(exchange, async inside => {
    const found = await findMatchLocked(criteria, inside, resource)
    if (found !== undefined) return matched(criteria, found)
    const [result] = await write([{ action: 'create', resourceType, id, resource }], inside)
    return result!
  })
}

const matched = (
  { resourceType }: Criteria,
  match: Parameters<typeof matchedVersion>[1],
): Result => ({
  kind: 'matched',
  version: matchedVersion(resourceType, match),
})
