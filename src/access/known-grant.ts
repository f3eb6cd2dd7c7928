import { grantOf, type Grant } from './grant.ts'
import type { Principal } from './principal.ts'
import type { ConstraintMeaning } from './scope-constraints.ts'

const grants = new WeakMap<Principal, Grant>()

/**
 * The grant of a caller, which is the same for all requests of one token: what is kept per grant, as
 * the statements of reads are, serves the next request too.
 */
export const knownGrantOf = (principal: Principal, meaningOf: ConstraintMeaning): Grant => {
  const known = grants.get(principal)
  if (known !== undefined) return known
  const grant = grantOf(principal, meaningOf)
  // What constraints mean may depend on the day.
  if (grant.principal === principal && grant.constraints.size === 0) grants.set(principal, grant)
  return grant
}
