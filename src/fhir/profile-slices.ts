import { conforms, conformsTo, stepTo, tell, type ProfileWalk } from './profile-walk.ts'
import { pathSteps, valuesAt, type Item } from './profile-items.ts'
import type { Discriminator } from './profile-source.ts'
import { targetTypes } from './profile-targets.ts'
import { coreTypeOf, typeCodeOf } from './profile-types.ts'
import { constantText, nodesAt } from './profile-nodes.ts'
import type { ProfileNode } from './profile-tree.ts'
import { foundText, holds, isEqual } from './profile-values.ts'

/** Why an item is not of a slice: the discriminator it misses, in words. */
interface Mismatch {
  readonly slice: string
  /** How many discriminators it met before. */
  readonly met: number
  readonly discriminator: string
  readonly expected: string
  readonly found: string
}

/** Sorts items into slices, and checks each slice as an element of its own. */
export const checkSlices = (items: readonly Item[], node: ProfileNode, walk: ProfileWalk): void => {
  const bySlice = new Map<ProfileNode, Item[]>()
  const mismatches = new Map<ProfileNode, Mismatch>()
  for (const slice of node.slices.values()) bySlice.set(slice, [])
  let last = -1
  for (const item of items) {
    const reasons: Mismatch[] = []
    const place = [...node.slices.values()].findIndex(slice => {
      const reason = mismatch(item, slice, node, walk)
      if (reason === undefined) return true
      reasons.push(reason)
      const known = mismatches.get(slice)
      if (known === undefined || reason.met > known.met) mismatches.set(slice, reason)
      return false
    })
    if (place === -1) tellUnsliced(item, node, reasons, walk)
    else {
      bySlice.get([...node.slices.values()][place]!)!.push(item)
      if (node.slicing?.isOrdered === true && place < last)
        tell(stepTo(walk, item), 'slice-order', { name: node.name })
      last = Math.max(last, place)
    }
  }
  for (const [slice, own] of bySlice) checkSlice(own, slice, mismatches.get(slice), walk)
}

/** Where slices are closed, an item of none is wrong: the nearest slice tells most. */
const tellUnsliced = (
  item: Item,
  { name, slicing }: ProfileNode,
  reasons: readonly Mismatch[],
  walk: ProfileWalk,
): void => {
  if (slicing?.rules !== 'closed') return
  const nearest = reasons.reduce((best, one) => (one.met > best.met ? one : best))
  const { slice, discriminator, expected, found } = nearest
  tell(stepTo(walk, item), 'slice-none', { name, slice, discriminator, expected, found })
}

const checkSlice = (
  items: readonly Item[],
  slice: ProfileNode,
  nearest: Mismatch | undefined,
  walk: ProfileWalk,
): void => {
  const { name, min, max } = slice
  const label = slice.slice!
  if (items.length < min && nearest !== undefined) {
    const { discriminator, expected, found } = nearest
    const words = { discriminator, expected, found }
    tell(walk, 'slice-missing-nearest', { name, slice: label, min, count: items.length, ...words })
  } else if (items.length < min)
    tell(walk, 'slice-missing', { name, slice: label, min, count: items.length })
  if (items.length > max)
    tell(walk, 'slice-too-many', { name, slice: label, max, count: items.length })
  if (items.length === 0 && slice.mustSupport === true)
    tell(walk, 'must-support-absent', { name: `${name}:${label}` }, 'information')
  for (const item of items) walk.checks.item({ ...item, steps: [] }, slice, stepTo(walk, item))
  if (slice.slices.size > 0 && items.length > 0)
    walk.checks.items(
      items,
      { ...slice, children: new Map(), rules: [], min: 0, max: Infinity },
      walk,
    )
}

/** Why an item does not belong to a slice; undefined when it does. */
const mismatch = (
  item: Item,
  slice: ProfileNode,
  node: ProfileNode,
  walk: ProfileWalk,
): Mismatch | undefined => {
  const types = slice.types ?? []
  const label = slice.slice!
  const isAllowed = types.length === 0 || types.some(({ code }) => typeCodeOf(code, item.type))
  if (node.isChoice || !isAllowed) {
    if (isAllowed && types.length > 0) return undefined
    const expected = types.map(({ code }) => code).join(', ')
    return { slice: label, met: 0, discriminator: '$this', expected, found: item.type }
  }
  const discriminators = tellingOf(slice, node.slicing?.discriminators ?? defaultsOf(node), walk)
  for (const [met, discriminator] of discriminators.entries()) {
    const reason = missed(item, slice, discriminator, walk)
    if (reason !== undefined)
      return { slice: label, met, discriminator: discriminator.path, ...reason }
  }
  return undefined
}

/**
 * The discriminators a slice says something about: others take everything. Where it says nothing
 * about any, no item can be told to be of it.
 */
const tellingOf = (
  slice: ProfileNode,
  discriminators: readonly Discriminator[],
  walk: ProfileWalk,
): readonly Discriminator[] => {
  const telling = discriminators.filter(
    ({ path }) => nodesAt(slice, pathSteps(path), walk).length > 0,
  )
  return telling.length === 0 ? discriminators : telling
}

/** "Extensions are always sliced by url." */
const defaultsOf = ({ name }: ProfileNode): readonly Discriminator[] =>
  /extension$/i.test(name) ? [{ type: 'value', path: 'url' }] : [{ type: 'value', path: '$this' }]

type Missed = Pick<Mismatch, 'expected' | 'found'>

/** What a discriminator finds and the slice does not take; undefined when it takes it. */
const missed = (
  item: Item,
  slice: ProfileNode,
  { type, path }: Discriminator,
  walk: ProfileWalk,
): Missed | undefined => {
  const context = { definitions: walk.profiles.definitions, resolve: walk.resolve }
  const values = valuesAt(item, path, context)
  const nodes = nodesAt(slice, pathSteps(path), walk)
  if (type === 'exists') {
    const isWanted = nodes.some(({ min }) => min > 0)
    const isUnwanted = nodes.some(({ max }) => max === 0)
    if ((isWanted && values.length === 0) || (isUnwanted && values.length > 0))
      return { expected: isWanted ? '∃' : '∅', found: values.length > 0 ? '∃' : '∅' }
    return undefined
  }
  if (type === 'type') return missedType({ values, nodes, path }, walk)
  if (type === 'profile') {
    const profiles = nodes.flatMap(({ types = [] }) =>
      types.flatMap(one => [...(one.profiles ?? []), ...(one.targets ?? [])]),
    )
    const isMet = values.some(value =>
      profiles.some(
        canonical =>
          (coreTypeOf(canonical) ?? walk.profiles.profile(canonical)) !== undefined &&
          conformsTo({ ...value, steps: [] }, canonical, walk),
      ),
    )
    return isMet ? undefined : { expected: profiles.join(', '), found: values[0]?.type ?? '∅' }
  }
  if (values.some(value => nodes.some(node => meets(value, node, walk)))) return undefined
  const first = values[0]
  return {
    expected: nodes
      .map(constantText)
      .filter(text => text !== '')
      .join(' / '),
    found: first === undefined ? '∅' : foundText(first.value, first.type),
  }
}

/** Whether a value is one a slice is told by: its constant where there is one, otherwise all it says. */
const meets = (item: Item, node: ProfileNode, walk: ProfileWalk): boolean => {
  if (node.fixed !== undefined) return isEqual(item.value, node.fixed)
  if (node.pattern !== undefined) return holds(item.value, node.pattern)
  return conforms({ ...item, steps: [] }, node, walk)
}

interface TypeQuestion {
  readonly values: readonly Item[]
  readonly nodes: readonly ProfileNode[]
  readonly path: string
}

const missedType = (
  { values, nodes, path }: TypeQuestion,
  walk: ProfileWalk,
): Missed | undefined => {
  const stated = nodes.flatMap(({ types = [] }) => types)
  const wanted = path.endsWith('resolve()')
    ? targetTypes(stated, walk)
    : stated.map(({ code }) => code)
  if (values.some(({ type }) => wanted.some(code => code !== undefined && typeCodeOf(code, type))))
    return undefined
  return { expected: wanted.join(', '), found: values[0]?.type ?? '∅' }
}
