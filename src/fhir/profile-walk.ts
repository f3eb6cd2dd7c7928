import { limits } from './limits.ts'
import type { MessageCode } from './messages.ts'
import { issue, type Issue, type MessageParameters } from './outcome.ts'
import type { Item, Resolve } from './profile-items.ts'
import type { ProfileNode } from './profile-tree.ts'
import { coreTypeOf, typeCodeOf } from './profile-types.ts'
import type { Profiles } from './profiles.ts'
import type { JsonObject } from './walk.ts'

/** What `profile-check.ts` does, for those it calls. */
export interface ProfileChecks {
  readonly item: (item: Item, node: ProfileNode, walk: ProfileWalk) => void
  readonly items: (items: readonly Item[], node: ProfileNode, walk: ProfileWalk) => void
}

/** One check by a profile under way. */
export interface ProfileWalk {
  readonly profiles: Profiles
  /** Canonical of the profile, as messages name it. */
  readonly canonical: string
  /** The resource whose constraints are looked at. */
  readonly resource: JsonObject
  /** The resource that contains it, or itself. */
  readonly root: JsonObject
  readonly resolve: Resolve
  readonly issues: Issue[]
  /** Where the item in question stands. */
  readonly path: string
  /** How many profiles and slices were entered on the way here. */
  readonly depth: number
  /** The checks that call each other through slices and profiles. */
  readonly checks: ProfileChecks
  /** Whether recommendations and what must be supported are told, too. */
  readonly wantsWarnings: boolean
}

/** Profiles and slices may call for each other this deep. */
export const profileDepthMax = 24

/** Tells of a problem at the present place. */
export const tell = (
  walk: ProfileWalk,
  code: MessageCode,
  parameters: MessageParameters,
  severity: Issue['severity'] = 'error',
): void => {
  if (walk.issues.length >= limits.issuesMax) return
  if (severity !== 'error' && !walk.wantsWarnings) return
  const type = code.includes('binding') ? 'code-invalid' : 'structure'
  const named = { profile: walk.canonical, ...parameters }
  walk.issues.push(issue(severity, type, code, named, walk.path))
}

/** The walk at one of the items below the present place. */
export const stepTo = (walk: ProfileWalk, { steps }: Item): ProfileWalk => {
  const path = steps.map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
  return path === '' ? walk : { ...walk, path: walk.path + path }
}

/** Whether an item meets what a profile says of it, and of all below it. */
export const conforms = (item: Item, node: ProfileNode, walk: ProfileWalk): boolean => {
  const probe: ProfileWalk = { ...walk, issues: [], wantsWarnings: false, depth: walk.depth + 1 }
  probe.checks.item(item, node, probe)
  return probe.issues.length === 0
}

/** Whether an item meets a profile; a profile that is not known here is met by every item. */
export const conformsTo = (item: Item, canonical: string, walk: ProfileWalk): boolean => {
  const profile = walk.profiles.profile(canonical)
  const type = coreTypeOf(canonical) ?? profile?.type
  if (type !== undefined && !typeCodeOf(type, item.type)) return false
  if (profile === undefined || walk.depth > profileDepthMax) return true
  return conforms(item, profile.tree, { ...walk, canonical })
}
