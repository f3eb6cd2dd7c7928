import type { Item } from './profile-items.ts'
import { coreTypeOf } from './profile-types.ts'
import { conformsTo, type ProfileWalk } from './profile-walk.ts'
import type { ProfileType } from './profile-source.ts'
import { referenceForm } from './reference-syntax.ts'
import { isResourceType } from './resource-types.ts'
import { isObject } from './walk.ts'

/** What a reference leads to that none of the targets of a profile is; undefined when all is well. */
export const targetProblem = (
  { value, type }: Item,
  { targets = [] }: ProfileType,
  walk: ProfileWalk,
): { readonly expected: string; readonly found: string } | undefined => {
  if (type !== 'Reference' || targets.length === 0 || !isObject(value)) return undefined
  const types = targets.map(target => targetType(target, walk))
  if (types.includes(undefined) || types.includes('Resource')) return undefined
  const expected = targets.map(target => target.slice(target.lastIndexOf('/') + 1)).join(', ')
  const resolved = walk.resolve(value)
  if (resolved !== undefined) {
    const isMet = targets.some(
      (target, at) => types[at] === resolved.type && conformsTo(resolved, target, walk),
    )
    return isMet ? undefined : { expected, found: resolved.type }
  }
  const text = value['reference']
  const form = typeof text === 'string' ? referenceForm(text) : undefined
  const stated = form?.form === 'literal' ? form.type : value['type']
  if (typeof stated !== 'string' || !isResourceType(stated) || types.includes(stated))
    return undefined
  return { expected, found: stated }
}

/** The type of resources a target is a profile of; undefined when that is not known. */
const targetType = (target: string, { profiles }: ProfileWalk): string | undefined => {
  const known = profiles.source(target)
  if (known !== undefined) return known.type
  return coreTypeOf(target)
}

/** The types of what a reference may lead to in a slice told by `resolve()`. */
export const targetTypes = (
  types: readonly ProfileType[],
  walk: ProfileWalk,
): readonly (string | undefined)[] =>
  types.flatMap(({ targets = [] }) => targets.map(target => targetType(target, walk)))
