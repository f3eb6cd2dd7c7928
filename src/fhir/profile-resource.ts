import { issue, type Issue } from './outcome.ts'
import { checkItem, checkItems } from './profile-check.ts'
import { resourceItem, type Item, type Resolve } from './profile-items.ts'
import type { ProfileWalk } from './profile-walk.ts'
import type { Profiles } from './profiles.ts'
import { isObject, type JsonObject, type Walk } from './walk.ts'

const profilesOfResourceMax = 20

/** The canonicals a resource claims to meet. */
export const claimedProfiles = ({ meta }: JsonObject): readonly string[] => {
  const profile: unknown = isObject(meta) ? meta['profile'] : undefined
  if (!Array.isArray(profile)) return []
  const named = profile.filter((canonical): canonical is string => typeof canonical === 'string')
  return named.slice(0, profilesOfResourceMax)
}

/**
 * Checks the resource the walk stands on by profiles. One that is not known here is told of, and not
 * held against the resource.
 * @see https://hl7.org/fhir/R4/profiling.html
 */
export const checkProfiles = (
  resource: JsonObject,
  canonicals: readonly string[],
  profiles: Profiles,
  walk: Walk,
): void => {
  for (const canonical of new Set(canonicals)) {
    for (const found of profileIssues(resource, canonical, profiles, walk))
      if (!isTold(found, walk.issues)) walk.add(found)
  }
}

/** Whether the definition of an extension has said the same already. */
const isTold = (found: Issue, issues: readonly Issue[]): boolean =>
  issues.some(
    ({ code, expression, parameters }) =>
      code === found.code &&
      expression === found.expression &&
      JSON.stringify(parameters) === JSON.stringify(found.parameters),
  )

const profileIssues = (
  resource: JsonObject,
  canonical: string,
  profiles: Profiles,
  walk: Walk,
): readonly Issue[] => {
  const profile = profiles.profile(canonical)
  const at = walk.expression()
  const type = resource['resourceType']
  if (profile === undefined) {
    if (
      !walk.wantsWarnings ||
      canonical === `http://hl7.org/fhir/StructureDefinition/${String(type)}`
    )
      return []
    return [issue('warning', 'not-found', 'profile-unknown', { profile: canonical }, at)]
  }
  if (profile.source.type !== type)
    return [
      issue(
        'error',
        'structure',
        'profile-of-other-type',
        { profile: canonical, expected: profile.source.type },
        at,
      ),
    ]
  const { issues, ...inner } = profileWalk(profiles, walk, canonical)
  checkItem(resourceItem(resource), profile.tree, { ...inner, resource, issues })
  return issues
}

/** A check by a profile that begins where the walk stands. */
export const profileWalk = (profiles: Profiles, walk: Walk, canonical: string): ProfileWalk => ({
  ...{
    profiles,
    canonical,
    resource: walk.resource,
    root: walk.container,
    issues: [],
    path: walk.expression(),
    depth: 0,
  },
  resolve: resolveIn(walk),
  checks: { item: checkItem, items: checkItems },
  wantsWarnings: walk.wantsWarnings,
})

/** Follows references into `contained`, and into the bundle around. */
const resolveIn =
  ({ container, root }: Walk): Resolve =>
  reference => {
    const text = reference['reference']
    if (typeof text !== 'string') return undefined
    if (text === '#') return resourceItem(container)
    if (text.startsWith('#'))
      return itemNamed(container['contained'], one => one['id'] === text.slice(1))
    if (root['resourceType'] !== 'Bundle' || !Array.isArray(root['entry'])) return undefined
    const entry: unknown = root['entry'].find(
      (one: unknown) =>
        isObject(one) &&
        typeof one['fullUrl'] === 'string' &&
        (one['fullUrl'] === text || one['fullUrl'].endsWith(`/${text}`)),
    )
    return isObject(entry) && isObject(entry['resource'])
      ? resourceItem(entry['resource'])
      : undefined
  }

const itemNamed = (list: unknown, isWanted: (one: JsonObject) => boolean): Item | undefined => {
  const found: unknown = Array.isArray(list)
    ? list.find(one => isObject(one) && isWanted(one))
    : undefined
  return isObject(found) ? resourceItem(found) : undefined
}
