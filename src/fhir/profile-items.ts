import type { Definitions, ElementDefinition } from './definitions.ts'
import type { ProfileNode } from './profile-tree.ts'
import { isResourceType } from './resource-types.ts'
import { isObject, type JsonObject } from './walk.ts'

/** One value of an element, and where it stands below the element it was reached from. */
export interface Item {
  /** Undefined: a primitive that has extensions alone. */
  readonly value: unknown
  /** What stands beside a primitive: its id and extensions. */
  readonly sibling?: JsonObject
  /** Type of R4: `Quantity`, `dateTime`, `Observation.component`, or of a resource its own. */
  readonly type: string
  readonly steps: readonly (string | number)[]
}

/** The values an element has in an object or primitive. */
export const itemsOf = (
  { value, sibling, type }: Item,
  { name, isChoice }: Pick<ProfileNode, 'name' | 'isChoice'>,
  definitions: Definitions,
): Item[] => {
  const node = isObject(value) ? value : sibling
  if (node === undefined) return []
  const elements = definitions.types.get(type)?.elements
  if (elements === undefined) return []
  if (!isChoice) return membersOf(node, name, elements.get(name)?.type ?? '')
  return formsIn(node, name, elements).flatMap(element =>
    membersOf(node, element.name, element.type),
  )
}

/** The forms of a choice that are there: one, in what is valid. An Extension has fifty to choose from. */
const formsIn = (
  node: JsonObject,
  choice: string,
  elements: ReadonlyMap<string, ElementDefinition>,
): ElementDefinition[] => {
  const forms = new Set<ElementDefinition>()
  for (const member in node) {
    const element = elements.get(member.startsWith('_') ? member.slice(1) : member)
    if (element?.choice === choice) forms.add(element)
  }
  return [...forms]
}

const membersOf = (node: JsonObject, name: string, type: string): Item[] => {
  const value = node[name]
  const beside = node[`_${name}`]
  if (value === undefined && beside === undefined) return []
  if (!Array.isArray(value) && !Array.isArray(beside)) return [itemOf(value, beside, type, [name])]
  const values: readonly unknown[] = Array.isArray(value) ? value : []
  const siblings: readonly unknown[] = Array.isArray(beside) ? beside : []
  return Array.from({ length: Math.max(values.length, siblings.length) }, (_, at) =>
    itemOf(values[at], siblings[at], type, [name, at]),
  )
}

// oxlint-disable-next-line max-params -- the members of an Item
const itemOf = (
  value: unknown,
  beside: unknown,
  type: string,
  steps: readonly (string | number)[],
): Item => {
  const named = isObject(value) ? value['resourceType'] : undefined
  return {
    value: value ?? undefined,
    ...(isObject(beside) ? { sibling: beside } : {}),
    type: typeof named === 'string' && isResourceType(named) ? named : type,
    steps,
  }
}

/** The item a resource is. */
export const resourceItem = (resource: JsonObject): Item => ({
  ...{ value: resource, type: String(resource['resourceType']), steps: [] },
})

/** Where a reference leads, as far as that can be told from what is at hand. */
export type Resolve = (reference: JsonObject) => Item | undefined

const stepPattern = /^(\w+)(?:\((?:'([^']*)'|(\w*))\))?$/

/** The steps of a discriminator's path; those in brackets hold no points that part them. */
export const pathSteps = (path: string): readonly string[] =>
  path === '$this' || path === '' ? [] : (path.match(/[^.()]+(?:\('[^']*'\)|\(\w*\))?/g) ?? [])

/** What a discriminator's path leads to. @see https://hl7.org/fhir/R4/profiling.html#discriminator */
export const valuesAt = (
  item: Item,
  path: string,
  { definitions, resolve }: { readonly definitions: Definitions; readonly resolve: Resolve },
): readonly Item[] =>
  pathSteps(path).reduce<readonly Item[]>(
    (items, step) => {
      const [, name = '', quoted, word] = stepPattern.exec(step) ?? []
      if (name === '' || step === '$this') return items
      if (name === 'resolve' && step.includes('('))
        return items.flatMap(({ value }) => (isObject(value) ? (resolve(value) ?? []) : []))
      if (name === 'ofType' || (name === 'as' && word !== undefined))
        return items.filter(({ type }) => type === word)
      if (name === 'extension' && quoted !== undefined)
        return items
          .flatMap(one => itemsOf(one, { name, isChoice: false }, definitions))
          .filter(({ value }) => isObject(value) && value['url'] === quoted)
      return items.flatMap(one => itemsOf(one, elementOf(one, name, definitions), definitions))
    },
    [item],
  )

/** FHIRPath names a choice without its type. */
const elementOf = ({ type }: Item, name: string, definitions: Definitions) => {
  const elements = definitions.types.get(type)?.elements
  return { name, isChoice: elements?.has(name) === false }
}
