import { InvalidRequests } from '../fhir/errors.ts'
import { subsetJson, type Subset } from '../fhir/subset.ts'
import { readShape } from '../fhir/subset-parameters.ts'
import type { ResourceVersion } from '../store/rows.ts'
import type { Exchange, Parameters, ReadTerms, Result } from './interaction.ts'

/**
 * What a read or vread gives back of a version the caller may see: that it is the one the caller
 * has, or the version, perhaps a part of it.
 * @see https://hl7.org/fhir/R4/http.html#cread
 */
export const found = (
  version: ResourceVersion,
  terms: ReadTerms,
  subset: Subset | undefined,
  exchange: Exchange,
): Result => {
  if (isUnmodified(version, terms)) return { kind: 'unmodified', version }
  return { kind: 'found', version: subsetVersion(version, subset, exchange) }
}

/** A version of which only the part asked for is served. */
export const subsetVersion = <Version extends ResourceVersion>(
  version: Version,
  subset: Subset | undefined,
  { context }: Exchange,
): Version =>
  subset === undefined || version.deleted
    ? version
    : { ...version, json: subsetJson(version.json, subset, context.definitions) }

/**
 * The part of each resource that `_summary` and `_elements` ask for.
 * @throws InvalidRequests
 */
export const subsetAsked = (
  resourceTypes: readonly string[],
  parameters: Parameters | undefined,
  { context }: Exchange,
): Subset | undefined => {
  if (parameters === undefined || parameters.length === 0) return undefined
  const { definitions } = context
  const { shape, issues } = readShape(parameters, resourceTypes, definitions, { mayCount: false })
  if (issues.length > 0) throw new InvalidRequests(issues)
  return shape?.kind === 'count' ? undefined : shape
}

/**
 * Whether an If-None-Match names an entity tag, given in its quotes: weak and strong ones are alike.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
 */
export const hasTag = (ifNoneMatch: string, tag: string): boolean =>
  ifNoneMatch.split(',').some(one => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag)

/**
 * If-None-Match decides alone where it stands.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-precedence-of-preconditions
 */
const isUnmodified = (
  { versionId, lastUpdated }: ResourceVersion,
  { ifNoneMatch, ifModifiedSince }: ReadTerms,
): boolean => {
  if (ifNoneMatch !== undefined) return hasTag(ifNoneMatch, `"${versionId}"`)
  // HTTP dates have whole seconds; one that cannot be read is passed over.
  const since = Date.parse(ifModifiedSince ?? '')
  return Math.floor(Date.parse(lastUpdated) / 1000) * 1000 <= since
}
