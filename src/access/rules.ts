import type { Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import type { AccessRules } from '../store/rows.ts'
import { keyOf } from '../search/hash.ts'
import { consentRules } from './consent.ts'
import { consultationGate } from './gate.ts'
import { membershipsOf } from './membership.ts'

/** What the writer of a resource brings to the reading of it. */
export interface RulesContext {
  readonly organizationId: string
  readonly baseUrl: string
  /** Offset such as `+08:00`, for date-only boundaries. */
  readonly zoneOffset: string
  /** The moment of the write, as FHIR instant. */
  readonly now: string
}

const ruledTypes: ReadonlySet<string> = new Set([
  ...['ServiceRequest', 'Consent', 'Task'],
  ...['PractitionerRole', 'Organization', 'CareTeam', 'Group'],
])

/** Whether writes of this type change who may see what. */
export const hasRules = (resourceType: string): boolean => ruledTypes.has(resourceType)

/** A review that ends with anything but acceptance shuts what it is about, see break-glass. */
const isDisputed = ({ status }: Resource): boolean =>
  ['rejected', 'cancelled', 'failed', 'entered-in-error'].includes(String(status))

/** Rules that vanish with the resource: what a deleted one leaves behind. */
export const noRules = (key: bigint): AccessRules => ({
  key,
  gate: null,
  consent: [],
  memberships: [],
})

/**
 * What a resource of a ruled type says about access. A consent that could not be enforced as it is
 * written comes back as issues, each naming the element.
 * @see https://hl7.org/fhir/R4/consent.html
 */
export const accessRulesOf = (
  resource: Resource,
  context: RulesContext,
): { readonly rules: AccessRules; readonly issues: readonly Issue[] } => {
  const rules = noRules(keyOf(resource.resourceType, resource.id ?? ''))
  switch (resource.resourceType) {
    case 'ServiceRequest':
      return { rules: { ...rules, gate: consultationGate(resource, context) }, issues: [] }
    case 'Consent': {
      const { consent, issues } = consentRules(resource, context)
      return { rules: { ...rules, consent }, issues }
    }
    case 'Task':
      return { rules: isDisputed(resource) ? { ...rules, isDispute: true } : rules, issues: [] }
    default:
      return { rules: { ...rules, memberships: membershipsOf(resource, context) }, issues: [] }
  }
}
