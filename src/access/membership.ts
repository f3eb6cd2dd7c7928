import type { Resource } from '../fhir/resource.ts'
import type { Membership } from '../store/rows.ts'
import { keyOf } from '../search/hash.ts'
import { elements, literalReference, periodBounds, referenceKey, type Element } from './element.ts'
import type { RulesContext } from './rules.ts'

/**
 * In whose name somebody acts: a practitioner in an active role and in its organization, an
 * organization in the one it is part of, and the members of a team or a group of people in that.
 * @see https://hl7.org/fhir/R4/practitionerrole.html
 * @see https://hl7.org/fhir/R4/careteam.html
 */
export const membershipsOf = (resource: Resource, context: RulesContext): readonly Membership[] => {
  if (resource['active'] === false) return []
  const self = keyOf(resource.resourceType, resource.id ?? '')
  const bounds = periodBounds(resource['period'], context.zoneOffset)
  const link = (member: bigint | undefined, actor: bigint | undefined): Membership[] =>
    member === undefined || actor === undefined ? [] : [{ member, actor, ...bounds }]
  if (resource.resourceType === 'Organization')
    return link(self, referenceKey(resource['partOf'], context.baseUrl))
  if (resource.resourceType === 'CareTeam')
    return resource['status'] === 'active'
      ? membersOf(elements(resource['participant']), 'member', self, context).map(member =>
          narrowed(member, bounds),
        )
      : []
  if (resource.resourceType === 'Group')
    return resource['actual'] === true && resource['type'] === 'practitioner'
      ? membersOf(elements(resource['member']), 'entity', self, context)
      : []
  const practitioner = referenceKey(resource['practitioner'], context.baseUrl)
  return [
    ...link(practitioner, self),
    ...link(practitioner, referenceKey(resource['organization'], context.baseUrl)),
  ]
}

/** The people, roles and organizations that a list names, each within its own period. */
const membersOf = (
  list: readonly Element[],
  name: 'member' | 'entity',
  actor: bigint,
  { baseUrl, zoneOffset }: RulesContext,
): readonly Membership[] =>
  list.flatMap(entry => {
    const target = literalReference(entry[name], baseUrl)
    const isMember = target !== undefined && memberTypes.has(target.resourceType)
    if (!isMember || entry['inactive'] === true) return []
    const member = keyOf(target.resourceType, target.id)
    return [{ member, actor, ...periodBounds(entry['period'], zoneOffset) }]
  })

const memberTypes: ReadonlySet<string> = new Set([
  ...['Practitioner', 'PractitionerRole', 'Organization', 'CareTeam'],
])

/** Within a period beside its own. */
const narrowed = (
  membership: Membership,
  { from, to }: { readonly from: string; readonly to: string },
): Membership => ({
  ...membership,
  from: later(membership.from, from),
  to: earlier(membership.to, to),
})

const later = (a: string, b: string): string =>
  a === '-infinity' ? b : b === '-infinity' || Date.parse(a) > Date.parse(b) ? a : b
const earlier = (a: string, b: string): string =>
  a === 'infinity' ? b : b === 'infinity' || Date.parse(a) < Date.parse(b) ? a : b
