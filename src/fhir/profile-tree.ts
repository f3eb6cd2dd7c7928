import type { Definitions } from './definitions.ts'
import type {
  ProfileLine,
  ProfileRule,
  ProfileSource,
  ProfileType,
  Slicing,
} from './profile-source.ts'

/** What a profile says of one element or slice, and of what is below it. */
export interface ProfileNode {
  /** Name of the element; of a choice, without `[x]`. */
  readonly name: string
  readonly isChoice: boolean
  /** Of a slice: its name. */
  readonly slice?: string
  min: number
  max: number
  types?: readonly ProfileType[]
  fixed?: unknown
  pattern?: unknown
  binding?: { readonly strength: string; readonly valueSet: string }
  rules: readonly ProfileRule[]
  slicing?: Slicing
  maxLength?: number
  lowest?: unknown
  highest?: unknown
  mustSupport?: true
  readonly children: Map<string, ProfileNode>
  readonly slices: Map<string, ProfileNode>
}

const emptyNode = (name: string, slice?: string): ProfileNode => ({
  name: name.replace('[x]', ''),
  isChoice: name.endsWith('[x]'),
  ...(slice === undefined ? {} : { slice }),
  min: 0,
  max: Infinity,
  rules: [],
  children: new Map(),
  slices: new Map(),
})

/** Gives a known profile by its canonical. */
export type FindSource = (canonical: string) => ProfileSource | undefined

const basesMax = 20

/**
 * A profile with everything its bases say, down to the type of R4, which is checked by itself: the
 * profile's own lines are laid over the tree of its base. Undefined when a base is not known and the
 * profile has no snapshot, or the bases go round in a circle.
 * @see https://hl7.org/fhir/R4/profiling.html#snapshot
 */
export const profileTree = (
  source: ProfileSource,
  definitions: Definitions,
  find: FindSource,
): ProfileNode | undefined => {
  const chain: ProfileSource[] = []
  let at: ProfileSource | undefined = source
  while (at !== undefined) {
    if (chain.length >= basesMax) return undefined
    chain.unshift(at)
    if (at.differential === undefined || isCore(at)) break
    at = find(at.base ?? '')
    if (at === undefined) return undefined
  }
  const root = emptyNode(source.type)
  for (const { differential, snapshot } of chain)
    for (const line of differential ?? snapshot ?? []) place(line, root, definitions)
  return root
}

/** The node of an element id such as `Composition.section:plan.code`. */
export const nodeNamed = (root: ProfileNode, id: string): ProfileNode | undefined =>
  id
    .split('.')
    .slice(1)
    .reduce<ProfileNode | undefined>((node, step) => {
      const [name = '', slice] = step.split(/:(.*)/s)
      const child = node?.children.get(name.replace('[x]', ''))
      return slice === undefined ? child : child?.slices.get(slice)
    }, root)

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/'

/** Whether a profile builds on the type of R4 itself. */
const isCore = ({ base, type }: ProfileSource): boolean =>
  base === undefined || base.replace(/\|.*$/, '') === `${coreUrl}${type}`

/** A line about an element that the type has not can never be met, and says nothing of any other. */
const isOfR4 = ({ id }: ProfileLine, { name }: ProfileNode, definitions: Definitions): boolean => {
  const [, step] = id.split('.')
  const elements = definitions.types.get(name)?.elements
  if (step === undefined || elements === undefined) return true
  const wanted = step.replace(/:.*$/s, '').replace('[x]', '')
  return elements.has(wanted) || [...elements.values()].some(({ choice }) => choice === wanted)
}

/** Lays one line over the tree. */
const place = (line: ProfileLine, root: ProfileNode, definitions: Definitions): void => {
  if (!isOfR4(line, root, definitions)) return
  let node = root
  let types: readonly string[] = [root.name]
  for (const step of line.id.split('.').slice(1)) {
    const [name = '', slice] = step.split(/:(.*)/s)
    const choice = choiceOf(name, types, definitions)
    const child = childOf(node, choice ?? name)
    node = child
    const sliced = slice ?? (choice === undefined ? undefined : name)
    if (sliced !== undefined) node = sliceOf(child, sliced)
    if (choice !== undefined || child.isChoice) restrict(node, name, child)
    types = typesOf(node, child, types, definitions)
  }
  overlay(node, line)
}

const childOf = (node: ProfileNode, name: string): ProfileNode => {
  const key = name.replace('[x]', '')
  const known = node.children.get(key)
  if (known !== undefined) return known
  const made = emptyNode(name)
  node.children.set(key, made)
  return made
}

/** `a/b` is a slice of the slice `a`. */
const sliceOf = (node: ProfileNode, slice: string): ProfileNode => {
  const outer = slice.slice(0, slice.lastIndexOf('/') + 1).replace(/\/$/, '')
  const holder = outer === '' ? node : sliceOf(node, outer)
  const known = holder.slices.get(slice)
  if (known !== undefined) return known
  const made = emptyNode(node.isChoice ? `${node.name}[x]` : node.name, slice)
  holder.slices.set(slice, made)
  return made
}

/** `valueQuantity` where the type has `value[x]`: the choice it is a form of. */
const choiceOf = (
  name: string,
  types: readonly string[],
  definitions: Definitions,
): string | undefined => {
  for (const type of types) {
    const choice = definitions.types.get(type)?.elements.get(name)?.choice
    if (choice !== undefined) return `${choice}[x]`
  }
  return undefined
}

/** A form of a choice that is named like `valueQuantity` is of that type. */
const restrict = (node: ProfileNode, form: string, { name, isChoice }: ProfileNode): void => {
  const label = node.slice ?? form
  if (!isChoice || node.slice === undefined || node.types !== undefined) return
  if (!label.startsWith(name) || label.length === name.length) return
  const code = label.slice(name.length)
  node.types = [{ code }]
}

/** The types of R4 an element has, as far as that matters for the names of choices below it. */
const typesOf = (
  node: ProfileNode,
  child: ProfileNode,
  above: readonly string[],
  definitions: Definitions,
): readonly string[] => {
  const stated = node.types ?? child.types
  const elements = above.flatMap(type => {
    const known = [...(definitions.types.get(type)?.elements.values() ?? [])]
    return known.filter(({ name, choice }) => (child.isChoice ? choice : name) === child.name)
  })
  const known = elements.map(({ type }) => type)
  if (!child.isChoice && known.length > 0 && known[0] !== 'Resource') return known
  return stated === undefined
    ? known
    : stated.map(
        ({ code }) => known.find(name => name.toLowerCase() === code.toLowerCase()) ?? code,
      )
}

const overlay = (node: ProfileNode, line: ProfileLine): void => {
  const { min, max, rules = [], id, ...rest } = line
  void id
  Object.assign(node, rest)
  if (min !== undefined) node.min = min
  if (max !== undefined) node.max = max === -1 ? Infinity : max
  const known = new Set(node.rules.map(({ key }) => key))
  node.rules = [...node.rules, ...rules.filter(({ key }) => !known.has(key))]
}
