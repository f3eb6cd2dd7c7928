import { permitOwnMatch } from '../access/grant.ts'
import { MultipleMatches } from '../fhir/errors.ts'
import { lockKeys } from '../store/lock.ts'
import { readMatches, type MatchedVersion } from '../store/match.ts'
import { gateLock, identifierLocks, type Criteria } from './conditional-criteria.ts'
import type { Exchange } from './interaction.ts'

/**
 * The caller's own resource that meets `criteria` at this moment; undefined when there is none.
 * Records of other tenants are not met and not counted, visible or not.
 * @throws Forbidden without the search scope
 * @throws MultipleMatches
 * @see https://hl7.org/fhir/R4/http.html#cond-update
 */
export const findMatch = async (
  criteria: Criteria,
  exchange: Exchange,
): Promise<MatchedVersion | undefined> => {
  const question = permitOwnMatch(exchange.grant, criteria.query)
  return onlyMatch(criteria, await readMatches(exchange.queryable, question))
}

/**
 * The same, with everything that these criteria could come to mean held until the transaction of
 * `exchange` ends: no other conditional write by these identifiers, in this process or another one,
 * comes between. `resource` is what will be written; its identifiers are held too. The locks and the
 * search travel in one write. Pass the version found on as `WriteIntent.matched`, because a plain
 * update does not take these locks.
 *
 * Exact among conditional writes that share an identifier or the whole text of their criteria; two
 * that describe the same resource by different words without an identifier do not wait for each other.
 */
export const findMatchLocked = async (
  criteria: Criteria,
  exchange: Exchange,
  resource?: unknown,
): Promise<MatchedVersion | undefined> => {
  const matches = await findMatchesLocked(criteria, exchange, { resource })
  return onlyMatch(criteria, matches)
}

/** All of them, held in the same way, up to one more than `countMax`. */
export const findMatchesLocked = async (
  criteria: Criteria,
  exchange: Exchange,
  { resource, countMax }: { readonly resource?: unknown; readonly countMax?: number },
): Promise<readonly MatchedVersion[]> => {
  const { grant, queryable } = exchange
  const question = permitOwnMatch(grant, criteria.query, countMax)
  const locks =
    resource === undefined
      ? criteria.locks
      : [...criteria.locks, ...identifierLocks(criteria.resourceType, resource, exchange)]
  const [, matches] = await Promise.all([
    lockKeys(queryable, gateLock(exchange), locks),
    readMatches(queryable, question),
  ])
  return matches
}

/** @throws MultipleMatches */
export const onlyMatch = (
  { resourceType }: Criteria,
  matches: readonly MatchedVersion[],
): MatchedVersion | undefined => {
  if (matches.length > 1) throw new MultipleMatches('criteria-many', { resourceType })
  return matches[0]
}
