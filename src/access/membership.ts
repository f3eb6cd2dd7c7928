import type { Resource } from '../fhir/resource.ts'
import type { Membership } from '../store/rows.ts'
import { keyOf } from '../search/hash.ts'
import { periodBounds, referenceKey } from './element.ts'
import type { RulesContext } from './rules.ts'

/**
 * In whose name somebody acts: a practitioner in an active role and in its organization, an
 * organization in the one it is part of.
 * @see https://hl7.org/fhir/R4/practitionerrole.html
 */
export const membershipsOf = (resource: Resource, context: RulesContext): readonly Membership[] => {
  if (resource['active'] === false) return []
  const self = keyOf(resource.resourceType, resource.id ?? '')
  const bounds = periodBounds(resource['period'], context.zoneOffset)
  const link = (member: bigint | undefined, actor: bigint | undefined): Membership[] =>
    member === undefined || actor === undefined ? [] : [{ member, actor, ...bounds }]
  if (resource.resourceType === 'Organization')
    return link(self, referenceKey(resource['partOf'], context.baseUrl))
  const practitioner = referenceKey(resource['practitioner'], context.baseUrl)
  return [
    ...link(practitioner, self),
    ...link(practitioner, referenceKey(resource['organization'], context.baseUrl)),
  ]
}
