import { isBaseRule } from './invariants.ts'
import { limits } from './limits.ts'
import { bindingProblem } from './profile-binding.ts'
import { itemsOf, type Item } from './profile-items.ts'
import { isBroken } from './profile-rules.ts'
import { checkSlices } from './profile-slices.ts'
import { targetProblem } from './profile-targets.ts'
import type { ProfileNode } from './profile-tree.ts'
import { coreTypeOf, typeCodeOf } from './profile-types.ts'
import { compareValues } from './value-order.ts'
import { expectedText, foundText, holds, isEqual } from './profile-values.ts'
import { isObject } from './walk.ts'
import { conformsTo, profileDepthMax, stepTo, tell, type ProfileWalk } from './profile-walk.ts'

/**
 * Checks what a profile says of one item: its value, its type, its constraints and everything below.
 * The item's own number is its parent's matter.
 */
export const checkItem = (item: Item, node: ProfileNode, walk: ProfileWalk): void => {
  if (walk.depth > profileDepthMax || walk.issues.length >= limits.issuesMax) return
  checkValue(item, node, walk)
  checkTypeProfiles(item, node, walk)
  for (const rule of node.rules) {
    if (isBaseRule(rule.key) || (rule.severity === 'warning' && !walk.wantsWarnings)) continue
    if (isBroken(rule, item, walk))
      tell(walk, 'profile-rule-broken', { rule: rule.key, text: rule.human }, rule.severity)
  }
  const inner = within(item, walk)
  for (const child of node.children.values())
    checkItems(itemsOf(item, child, walk.profiles.definitions), child, inner)
}

/** Below a resource in another, `%resource` is that one; `%rootResource` only where it is not contained. */
const within = ({ value }: Item, walk: ProfileWalk): ProfileWalk => {
  if (!isObject(value) || value === walk.resource || typeof value['resourceType'] !== 'string')
    return walk
  const isContained = /\.contained\[\d+\]$/.test(walk.path)
  return { ...walk, resource: value, root: isContained ? walk.root : value }
}

const checkValue = (item: Item, node: ProfileNode, walk: ProfileWalk): void => {
  const { value, type } = item
  if (value === undefined) return
  const words = (expected: unknown) => ({
    expected: expectedText(expected),
    found: foundText(value, type),
  })
  if (node.fixed !== undefined && !isEqual(value, node.fixed))
    tell(walk, 'profile-fixed', words(node.fixed))
  if (node.pattern !== undefined && !holds(value, node.pattern))
    tell(walk, 'profile-pattern', words(node.pattern))
  if (node.maxLength !== undefined && typeof value === 'string' && value.length > node.maxLength)
    tell(walk, 'profile-too-long', { max: node.maxLength })
  checkBounds(value, node, walk)
  const problem = node.binding && bindingProblem(item, node.binding, walk.profiles)
  if (problem !== undefined) tell(walk, problem.code, problem.parameters, problem.severity)
}

const checkBounds = (value: unknown, { lowest, highest }: ProfileNode, walk: ProfileWalk): void => {
  if (lowest !== undefined && (compareValues(value, lowest) ?? 0) < 0)
    tell(walk, 'profile-too-low', { expected: expectedText(lowest) })
  if (highest !== undefined && (compareValues(value, highest) ?? 0) > 0)
    tell(walk, 'profile-too-high', { expected: expectedText(highest) })
}

/** "If multiple profiles are listed, the content must conform to at least one of them." */
const checkTypeProfiles = (item: Item, node: ProfileNode, walk: ProfileWalk): void => {
  const stated = node.types?.find(({ code }) => typeCodeOf(code, item.type))
  const problem = stated && targetProblem(item, stated, walk)
  if (problem !== undefined) tell(walk, 'profile-target', problem)
  const profiles = stated?.profiles ?? []
  const known = profiles.filter(
    canonical => (coreTypeOf(canonical) ?? walk.profiles.profile(canonical)) !== undefined,
  )
  if (known.length === 0 || known.length < profiles.length) return
  const [canonical = ''] = known
  const profile = walk.profiles.profile(canonical)
  if (known.length === 1 && profile !== undefined) {
    const inner = { ...walk, canonical, depth: walk.depth + 1 }
    checkItem(item, profile.tree, inner)
  } else if (!known.some(one => conformsTo(item, one, walk)))
    tell(walk, 'profile-none-met', { expected: known.join(', ') })
}

/** Checks the items an element has: how many, of which types, into which slices they go, and each. */
export const checkItems = (items: readonly Item[], node: ProfileNode, walk: ProfileWalk): void => {
  const { name, min, max } = node
  if (items.length < min) tell(walk, 'profile-element-required', { name, min, found: items.length })
  if (items.length > max) tell(walk, 'profile-element-too-many', { name, max, found: items.length })
  if (items.length === 0 && node.mustSupport === true)
    tell(walk, 'must-support-absent', { name }, 'information')
  for (const item of items) {
    const at = stepTo(walk, item)
    const isAllowed = node.types?.some(({ code }) => typeCodeOf(code, item.type)) ?? true
    if (!isAllowed) {
      const expected = node.types!.map(({ code }) => code).join(', ')
      tell(at, 'profile-type', { name, expected, found: item.type })
    } else checkItem({ ...item, steps: [] }, node, at)
  }
  if (node.slices.size > 0) checkSlices(items, node, walk)
}
