import { parseJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/resource.ts'
import { decompress } from '../store/content.ts'
import type { CurrentVersion } from '../store/rows.ts'
import type { Exchange } from './interaction.ts'
import type { WriteIntent } from './write-intent.ts'

/** The extension on `meta` by which a source says when it last changed a resource. */
export const sourceUpdatedUrl = 'urn:huizhen:source-updated'

/** How final a result is; a status that is not here has no place in this order. */
const statusRanks: Readonly<Record<string, number>> = {
  registered: 1,
  preliminary: 2,
  partial: 2,
  final: 3,
  amended: 4,
  corrected: 4,
  appended: 4,
  'entered-in-error': 5,
}
const finalRank = 3

/**
 * Whether an update says no more than is known, for a client that is registered for this rule: its
 * messages may arrive late, twice or out of order, and must not undo what a newer one said.
 *
 * 1. `entered-in-error` is always taken.
 * 2. What was final, amended or corrected never becomes preliminary or registered.
 * 3. Older than what is stored is ignored; newer is taken.
 * 4. Of the same time, or where one of them states none, a lower status is ignored.
 */
export const isIgnoredAsStale = (
  { action }: WriteIntent,
  next: Resource,
  current: CurrentVersion,
  { grant }: Exchange,
): boolean => {
  const isAsked = grant.principal.writeRules?.isVersionedBySource === true
  if (!isAsked || action !== 'update' || current.deleted) return false
  return isStale(next, parseJson(decompress(current.content)) as Resource)
}

/** The rule itself, on two versions of one resource. */
export const isStale = (next: Resource, stored: Resource): boolean => {
  const nextRank = rankOf(next)
  const storedRank = rankOf(stored)
  if (next['status'] === 'entered-in-error') return false
  const isRanked = nextRank !== undefined && storedRank !== undefined
  const isFallback = isRanked && nextRank < finalRank && storedRank >= finalRank
  if (isFallback && stored['status'] !== 'entered-in-error') return true
  const nextTime = sourceTimeOf(next)
  const storedTime = sourceTimeOf(stored)
  if (nextTime !== undefined && storedTime !== undefined && nextTime !== storedTime)
    return nextTime < storedTime
  return isRanked && nextRank < storedRank
}

const rankOf = ({ status }: Resource): number | undefined =>
  typeof status === 'string' && Object.hasOwn(statusRanks, status) ? statusRanks[status] : undefined

/** A time that is exact: with seconds and a zone. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/
const sourceFragment = /#updated=([^#&\s]{1,80})$/

/**
 * When the source last changed it, in milliseconds since the epoch: the extension
 * `urn:huizhen:source-updated` on `meta`, else `meta.source` that ends in `#updated=` and an instant,
 * else `issued`. Undefined when none of them is an exact time.
 */
export const sourceTimeOf = ({ meta, issued }: Resource): number | undefined =>
  millisecondsOf(extensionTime(meta?.['extension'])) ??
  millisecondsOf(fragmentTime(meta?.['source'])) ??
  millisecondsOf(issued)

const extensionTime = (extensions: unknown): unknown => {
  if (!Array.isArray(extensions)) return undefined
  const found = (extensions as readonly Readonly<Record<string, unknown>>[]).find(
    ({ url }) => url === sourceUpdatedUrl,
  )
  return found?.['valueInstant'] ?? found?.['valueDateTime']
}

const fragmentTime = (source: unknown): string | undefined => {
  const [, text] = typeof source === 'string' ? (sourceFragment.exec(source) ?? []) : []
  return text?.replace(/%3A/gi, ':').replace(/%2B/gi, '+')
}

const millisecondsOf = (text: unknown): number | undefined => {
  if (typeof text !== 'string' || !instant.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
