import { permitTargets } from '../access/grant.ts'
import { TooLarge, ValidationFailed } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { issue } from '../fhir/outcome.ts'
import { rewriteReferences } from '../fhir/references.ts'
import type { Resource } from '../fhir/resource.ts'
import { keyOf } from '../search/hash.ts'
import { parseJson } from '../fhir/json.ts'
import { referenceTarget } from '../search/reference-target.ts'
import { decompress } from '../store/content.ts'
import type { CurrentVersion } from '../store/rows.ts'
import { readTargets } from '../store/targets.ts'
import type { Exchange } from './interaction.ts'
import { referencePlace } from './reference-place.ts'
import type { WriteIntent } from './write-intent.ts'

/** A write and what it comes to. */
export interface Written {
  readonly intent: WriteIntent
  readonly resource: Resource | undefined
  /** What it replaces. */
  readonly current: CurrentVersion | undefined
  /** False: what is stored stays as it is. */
  readonly isChanged: boolean
}

/**
 * Where the writer's hospital has agreed to it, every literal reference to a resource of this server
 * must lead to one that the writer may see, or that is written together with it. A hidden target and
 * an unknown one are refused alike. A reference that the stored version has already may stay: what was
 * written must be corrected even after its target was deleted, or hidden by a consent withdrawn.
 * References into the resource itself, to other servers, canonicals and those inside a stored Bundle,
 * which has its own addresses, are not looked at.
 * @throws ValidationFailed naming every reference that leads nowhere
 * @throws TooLarge
 * @see https://hl7.org/fhir/R4/http.html#integrity
 */
export const requireTargets = async (
  written: readonly Written[],
  { grant, context, queryable }: Exchange,
): Promise<void> => {
  if (!grant.principal.writeRules?.requiresTargets) return
  const made = new Set<bigint>()
  const gone = new Set<bigint>()
  for (const { intent } of written)
    (intent.action === 'delete' ? gone : made).add(keyOf(intent.resourceType, intent.id))

  const references = written.flatMap(one => referencesOf(one, context.baseUrl))
  const asked = new Map<bigint, string>()
  for (const { target } of references)
    if (target !== undefined && !made.has(target.key) && !gone.has(target.key))
      asked.set(target.key, target.resourceType)
  if (asked.size > limits.referenceTargetsMax)
    throw new TooLarge('reference-targets-too-many', { limit: limits.referenceTargetsMax })
  const found =
    asked.size === 0
      ? new Set<bigint>()
      : await readTargets(
          queryable,
          permitTargets(grant, {
            keys: [...asked.keys()],
            resourceTypes: [...new Set(asked.values())].sort(),
          }),
        )
  const isThere = (key: bigint) => made.has(key) || found.has(key)
  const issues = withoutKept(
    references.filter(({ target }) => target === undefined || !isThere(target.key)),
  )
    .slice(0, limits.issuesMax)
    .map(({ text, resource, root }) =>
      issue(
        'error',
        'not-found',
        'reference-target-unknown',
        {},
        referencePlace(resource, text, root),
      ),
    )
  if (issues.length > 0) throw new ValidationFailed(issues)
}

interface CheckedReference {
  readonly text: string
  readonly resource: Resource
  readonly root: string
  readonly current: CurrentVersion | undefined
  /** Undefined for text that can lead nowhere. */
  readonly target: { readonly key: bigint; readonly resourceType: string } | undefined
}

/** Each different reference of a resource once. */
const referencesOf = (
  { intent, resource, current, isChanged }: Written,
  baseUrl: string,
): readonly CheckedReference[] => {
  if (resource === undefined || !isChanged || resource.resourceType === 'Bundle') return []
  const root = intent.expression ?? resource.resourceType
  const found = new Map<string, CheckedReference>()
  rewriteReferences(resource, (text, isReference) => {
    if (!isReference || text.startsWith('#') || found.has(text)) return undefined
    const known = referenceTarget(text, baseUrl)
    if (known !== undefined && !known.isHere && !text.startsWith('urn:')) return undefined
    const target =
      known?.isHere === true ? { key: known.key, resourceType: known.resourceType! } : undefined
    found.set(text, { text, resource, root, current, target })
    return undefined
  })
  return [...found.values()]
}

/** Those that are not in the version their resource replaces, which is read only when one is missing. */
const withoutKept = (missing: readonly CheckedReference[]): readonly CheckedReference[] => {
  const stored = new Map<CurrentVersion, ReadonlySet<string>>()
  return missing.filter(({ text, current }) => {
    if (current === undefined || current.deleted) return true
    const kept = stored.get(current) ?? referencesIn(current)
    stored.set(current, kept)
    return !kept.has(text)
  })
}

const referencesIn = ({ content }: CurrentVersion): ReadonlySet<string> => {
  const found = new Set<string>()
  rewriteReferences(parseJson(decompress(content)), (text, isReference) => {
    if (isReference) found.add(text)
    return undefined
  })
  return found
}
