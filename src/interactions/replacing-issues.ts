import { issue, type Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import { subsettedTag } from '../fhir/subset.ts'
import type { Exchange } from './interaction.ts'
import { sourceTimeOf } from './source-version.ts'
import type { WriteIntent } from './write-intent.ts'

/**
 * Why a valid resource must not stand in the place of another one: it is only a part, or its source
 * dates it in the future.
 */
export const replacingIssues = (
  resource: Resource,
  { action }: WriteIntent,
  exchange: Exchange,
): readonly Issue[] => [
  ...(action === 'update' ? subsettedIssues(resource) : []),
  ...(exchange.grant.principal.writeRules?.isVersionedBySource === true
    ? clockIssues(resource, exchange)
    : []),
]

/**
 * A search with `_elements` or `_summary` gives parts of resources, tagged as such. Stored in place of
 * the whole one, a part would remove the rest of it.
 * @see https://hl7.org/fhir/R4/search.html#elements
 */
const subsettedIssues = ({ resourceType, meta }: Resource): readonly Issue[] => {
  const tags = (meta?.['tag'] ?? []) as readonly Partial<typeof subsettedTag>[]
  const at = tags.findIndex(
    ({ system, code }) => system === subsettedTag.system && code === subsettedTag.code,
  )
  const place = `${resourceType}.meta.tag[${at}]`
  return at < 0 ? [] : [issue('error', 'business-rule', 'resource-subsetted', {}, place)]
}

/** How far the clock of a source may be ahead. */
const minutesAheadMax = 24 * 60
const millisecondsPerMinute = 60_000

/** Where versions go by the time of their source, one from the future would keep out all later ones. */
const clockIssues = (resource: Resource, { context }: Exchange): readonly Issue[] => {
  const ahead = (sourceTimeOf(resource) ?? 0) - context.now().getTime()
  const minutes = Math.floor(ahead / millisecondsPerMinute)
  if (minutes <= minutesAheadMax) return []
  const told = { minutes, limit: minutesAheadMax }
  return [issue('error', 'business-rule', 'source-time-ahead', told, resource.resourceType)]
}
