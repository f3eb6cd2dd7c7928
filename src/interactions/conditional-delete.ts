import { requireScope } from '../access/grant.ts'
import { MultipleMatches, PreconditionFailed } from '../fhir/errors.ts'
import type { ResourceVersion } from '../store/rows.ts'
import { criteriaOf } from './conditional-criteria.ts'
import { findMatchesLocked } from './conditional-match.ts'
import { ifMatchVersion } from './if-match.ts'
import type { Exchange, Request, Result } from './interaction.ts'
import { transacted } from './retries.ts'
import { write, type WriteResult } from './write.ts'

/**
 * FHIR conditional delete of the resource of the caller's own that meets the criteria, or of all that
 * do, as many as the policy of its organization allows at once. When none does there is nothing to do,
 * and the answer is the same 204: a repeated delete succeeds. With If-Match there must be one.
 * @throws PreconditionFailed when If-Match names another version, or a version where nothing is met
 * @throws MultipleMatches when more meet them; nothing is deleted then
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
  const countMax = deletedMax(condition, exchange)
  return transacted(exchange, async inside => {
    const found = await findMatchesLocked(criteria, inside, { countMax })
    requireAtMost(countMax, found, criteria.resourceType)
    if (found.length === 0) requireNoCondition(condition)
    const deleted = await write(
      found.map(({ id, version }) => ({
        ...({ action: 'delete', resourceType, id, matched: version } as const),
        ...condition,
      })),
      inside,
    )
    return deletedResult(deleted)
  })
}

/** How many resources one conditional delete may remove. One version is one resource's, so with If-Match one is meant. */
export const deletedMax = (
  { ifMatch }: { readonly ifMatch?: number | undefined },
  { grant }: Exchange,
): number => (ifMatch === undefined ? (grant.principal.writeRules?.conditionalDeleteMax ?? 1) : 1)

/** What a conditional delete answers; that of several is without a version. */
export const deletedResult = (deleted: readonly WriteResult[]): Result => {
  const [only, second] = deleted
  return only !== undefined && second === undefined
    ? only
    : { kind: 'absent', disclosed: versionsOf(deleted) }
}

/**
 * Nothing meets the criteria, so no version is the one that If-Match names.
 * @throws PreconditionFailed
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 */
export const requireNoCondition = ({
  ifMatch,
}: {
  readonly ifMatch?: number | undefined
}): void => {
  if (ifMatch !== undefined) throw new PreconditionFailed('if-match-none')
}

const versionsOf = (results: readonly WriteResult[]): readonly ResourceVersion[] =>
  results.flatMap(result => ('version' in result ? [result.version] : []))

/** @throws MultipleMatches */
export const requireAtMost = (
  limit: number,
  found: readonly unknown[],
  resourceType: string,
): void => {
  if (found.length <= limit) return
  throw limit === 1
    ? new MultipleMatches('criteria-many', { resourceType })
    : new MultipleMatches('criteria-beyond-policy', { limit, resourceType })
}
