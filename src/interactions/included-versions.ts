import { permitIncludedVersion } from '../access/included-grant.ts'
import { TooCostly } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { parametersOf } from '../search/parameters.ts'
import type { Permitted } from '../search/permitted.ts'
import { referenceTarget, versionedAddress } from '../search/reference-target.ts'
import type { IncludeReference, SearchQuery } from '../search/tree.ts'
import { compilePath } from '../search/walk.ts'
import { readVersion } from '../store/read.ts'
import type { ServedResource } from '../store/rows.ts'
import type { Page } from '../store/search.ts'
import type { Exchange } from './interaction.ts'

/** How the matches refer to one resource. */
interface Named {
  readonly versions: Set<number>
  /** One of them names no version. */
  isPlain: boolean
}

/** What a reference to a version holds, wherever it leads. */
const versionMark = '/_history/'

/**
 * What a page includes, with the versions that its matches name in place of current ones; both where
 * something else refers to the current one. A version is read as by vread: it must be visible itself.
 * One that is hidden, absent or a deletion leaves the current one, alike. Only references of matches
 * count, not those of what is included itself.
 * @throws TooCostly beyond `limits.includedVersionsMax`
 * @see https://hl7.org/fhir/R4/search.html#versions
 */
export const includedVersions = async (
  { matches, included }: Page,
  permitted: Permitted<SearchQuery>,
  exchange: Exchange,
): Promise<readonly ServedResource[]> => {
  const { include, revinclude } = permitted.asked
  if (include.length === 0 || included.length === 0) return included
  const texts = matches.map(({ json }) => json)
  if (!texts.some(text => text.includes(versionMark))) return included
  const named = namedBy(texts, include, exchange)
  const isReachedOtherwise = revinclude.length > 0 || include.some(one => one.isIterated)
  let count = 0
  const all: ServedResource[] = []
  for (const current of included) {
    const { versions, isPlain } = named.get(`${current.resourceType}/${current.id}`) ?? nothing
    count += versions.size
    if (count > limits.includedVersionsMax)
      throw new TooCostly('search-includes-too-many', { limit: limits.includedVersionsMax })
    const found = await Promise.all(
      [...versions].map(versionId => {
        const { resourceType, id } = current
        const question = permitIncludedVersion(permitted, { resourceType, id, versionId })
        return readVersion(exchange.queryable, question)
      }),
    )
    const given = found.filter(version => version !== undefined && !version.deleted)
    const others = given.filter(version => !version!.json.equals(current.json))
    const isCurrentMeant = isPlain || isReachedOtherwise || others.length < versions.size
    all.push(...(isCurrentMeant ? [current] : []), ...others.map(version => version!))
  }
  return all
}

const nothing: Named = { versions: new Set(), isPlain: true }

/** By `Type/id` how the matches refer to it, where one names a version. */
const namedBy = (
  texts: readonly Buffer[],
  include: readonly IncludeReference[],
  { context: { baseUrl, definitions } }: Exchange,
): ReadonlyMap<string, Named> => {
  const found = new Map<string, Named>()
  const note = (value: unknown): void => {
    const reference = (value as { readonly reference?: unknown } | null)?.reference
    if (typeof reference !== 'string') return
    if (referenceTarget(reference, baseUrl)?.isHere !== true) return
    const [address, version] = (versionedAddress(reference, baseUrl) ?? reference).split(
      versionMark,
    )
    const name = address!.split('/').slice(-2).join('/')
    const one = found.get(name) ?? { versions: new Set(), isPlain: false }
    if (version === undefined) one.isPlain = true
    else if (/^[1-9]\d{0,8}$/.test(version)) one.versions.add(Number(version))
    else one.isPlain = true
    found.set(name, one)
  }
  const walks = include.flatMap(({ resourceType, code }) =>
    (parametersOf(definitions, resourceType).get(code)?.paths ?? [])
      .filter(({ type }) => type === 'Reference')
      .map(path => ({ resourceType, walk: compilePath(path) })),
  )
  for (const text of texts) {
    const resource = JSON.parse(text.toString()) as Record<string, unknown>
    for (const { resourceType, walk } of walks)
      if (resource['resourceType'] === resourceType) walk(resource, note)
  }
  return found
}
