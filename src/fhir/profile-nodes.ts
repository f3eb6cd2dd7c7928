import type { ProfileNode } from './profile-tree.ts'
import { expectedText } from './profile-values.ts'
import type { ProfileWalk } from './profile-walk.ts'
import { isObject } from './walk.ts'

/** What the slice says of where a path leads, in its own tree or that of the profile of its type. */
export const nodesAt = (
  node: ProfileNode,
  steps: readonly string[],
  walk: ProfileWalk,
): readonly ProfileNode[] => {
  const [step, ...rest] = steps
  if (step === undefined) return [node]
  if (step === '$this' || /^(?:ofType|as|resolve)\(/.test(step)) return nodesAt(node, rest, walk)
  const constant = [node.fixed, node.pattern].find(value => value !== undefined)
  const part = partOf(constant, steps)
  const extension = /^extension\('([^']*)'\)$/.exec(step)?.[1]
  const child = node.children.get(extension === undefined ? step : 'extension')
  const below =
    child === undefined
      ? []
      : extension === undefined
        ? [child, ...child.slices.values()]
        : [...child.slices.values()].filter(one => urlOf(one, walk) === extension)
  const own = below.flatMap(one => nodesAt(one, rest, walk)).filter(says)
  if (own.length > 0 || part !== undefined)
    return part === undefined ? own : [...own, { ...blank(step), pattern: part }]
  const profiles = (node.types ?? []).flatMap(type => type.profiles ?? [])
  const trees = profiles.flatMap(canonical => walk.profiles.profile(canonical)?.tree ?? [])
  if (trees.length > 0) return trees.flatMap(tree => nodesAt(tree, steps, walk))
  // An extension that is not known here is told by its url alone.
  return step === 'url' ? profiles.map(url => ({ ...blank(step), fixed: url })) : []
}

const blank = (name: string): ProfileNode => ({
  ...{ name, isChoice: false, min: 0, max: Infinity, rules: [] },
  ...{ children: new Map(), slices: new Map() },
})

/** Whether a node says anything that values can be told by. */
const says = ({
  fixed,
  pattern,
  binding,
  types,
  children,
  slices,
  min,
  max,
}: ProfileNode): boolean =>
  [fixed, pattern, binding, types].some(value => value !== undefined) ||
  children.size + slices.size > 0 ||
  min > 0 ||
  max !== Infinity

const urlOf = (slice: ProfileNode, walk: ProfileWalk): unknown =>
  nodesAt(slice, ['url'], walk).map(({ fixed }) => fixed)[0]

/** The part of a constant that a path leads to; of a list, its first item's. */
const partOf = (constant: unknown, steps: readonly string[]): unknown =>
  steps.reduce<unknown>((value, step) => {
    const one: unknown = Array.isArray(value) ? value[0] : value
    return isObject(one) ? one[step] : undefined
  }, constant)

/** The constants a node is told by, in words. */
export const constantText = (node: ProfileNode): string => {
  const { fixed, pattern, binding, children, slices } = node
  if (fixed !== undefined) return expectedText(fixed)
  if (pattern !== undefined) return expectedText(pattern)
  if (binding !== undefined) return binding.valueSet
  return [...children.values(), ...slices.values()]
    .map(child => constantText(child))
    .filter(text => text !== '')
    .join(' ')
}
