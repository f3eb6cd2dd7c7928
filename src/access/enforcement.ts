import type { Resource } from '../fhir/resource.ts'
import { consentRules, isPrivacy } from './consent.ts'
import type { RulesContext } from './rules.ts'

/**
 * What a stored consent does now: it is enforced; its status or scope is another one; it says neither
 * permit nor deny; its time is not yet come or over; or it cannot be enforced as it is written.
 */
export type Enforcement =
  'ENFORCED' | 'INACTIVE' | 'WITHOUT_EFFECT' | 'PENDING' | 'LAPSED' | 'UNENFORCEABLE'

/**
 * The enforcement of a consent of the caller's own at the moment of `context`.
 * @throws Forbidden when it claims records of another custodian
 * @see https://hl7.org/fhir/R4/consent.html
 */
export const enforcementOf = (consent: Resource, context: RulesContext): Enforcement => {
  if (!isPrivacy(consent) || consent['status'] !== 'active') return 'INACTIVE'
  const { consent: nodes, issues } = consentRules(consent, context)
  if (issues.length > 0) return 'UNENFORCEABLE'
  const [root] = nodes
  if (root === undefined) return 'WITHOUT_EFFECT'
  // `-infinity` and `infinity` are no dates, and no comparison with them holds.
  const now = Date.parse(context.now)
  if (now < Date.parse(root.from)) return 'PENDING'
  return now >= Date.parse(root.to) ? 'LAPSED' : 'ENFORCED'
}
