import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import { PatchFailed } from './errors.ts'
import type { Step } from './fhirpath-patch-path.ts'
import { isObject, type JsonObject } from './walk.ts'

/** An object of the tree that can take elements, with its type. */
export interface Parent {
  readonly members: JsonObject
  readonly type: TypeDefinition
}

/** One repetition of an element: its value and, of a primitive, what stands in `_name`. */
export interface Item {
  readonly value: unknown
  readonly sibling: unknown
}

/** The place of an element: a member of its parent and, where it repeats, which one. */
export interface Place {
  readonly parent: Parent
  readonly definition: ElementDefinition
  readonly index: number
  /** The places above it, outermost first. */
  readonly above: readonly Place[]
}

const unresolved = (expression: string): PatchFailed =>
  new PatchFailed('patch-path-unresolved', { expected: 'an element R4 defines' }, expression)

/** @throws PatchFailed for a type the definitions do not have */
export const typeNamed = (
  name: unknown,
  { types }: Definitions,
  expression: string,
): TypeDefinition => {
  const type = types.get(String(name))
  if (type === undefined) throw unresolved(expression)
  return type
}

/** The type of what stands in an element: of a resource it is the one it states. */
const typeOf = (
  { type }: ElementDefinition,
  value: unknown,
  definitions: Definitions,
  expression: string,
): TypeDefinition =>
  typeNamed(
    type === 'Resource' && isObject(value) ? value['resourceType'] : type,
    definitions,
    expression,
  )

/** The place that `steps` lead to. @throws PatchFailed when that is nothing R4 defines */
export const placeAt = (
  root: Parent,
  steps: readonly Step[],
  definitions: Definitions,
  expression: string,
): Place => {
  const above: Place[] = []
  let parent = root
  for (const { name, index } of steps) {
    const definition = presentElement(parent, name)
    if (definition === undefined) throw unresolved(expression)
    const place = { parent, definition, index: index ?? 0, above: [...above] }
    above.push(place)
    if (above.length < steps.length) parent = parentAt(place, definitions, expression)
  }
  const place = above.at(-1)
  if (place === undefined) throw unresolved(expression)
  return place
}

/** The object at a place; for a primitive the one in `_name`, which is made when there is none. */
export const parentAt = (place: Place, definitions: Definitions, expression: string): Parent => {
  const items = itemsOf(place)
  const item = items[place.index]
  if (item === undefined) throw unresolved(expression)
  const type = typeOf(place.definition, item.value, definitions, expression)
  if (type.kind !== 'primitive') {
    if (!isObject(item.value)) throw unresolved(expression)
    return { members: item.value, type }
  }
  if (isObject(item.sibling)) return { members: item.sibling, type }
  const members: JsonObject = {}
  writeItems(place, items.with(place.index, { value: item.value, sibling: members }))
  return { members, type }
}

/** The element of this name that is there: itself, or the form of the choice that is present. */
const presentElement = ({ members, type }: Parent, name: string): ElementDefinition | undefined =>
  type.elements.get(name) ??
  [...type.elements.values()].find(
    ({ choice, name: form }) =>
      choice === name && (members[form] !== undefined || members[`_${form}`] !== undefined),
  )

type Slot = Pick<Place, 'parent' | 'definition'>

/** Every repetition of an element, values and siblings together. */
export const itemsOf = ({ parent: { members }, definition: { name } }: Slot): readonly Item[] => {
  const value = members[name]
  const sibling = members[`_${name}`]
  if (!Array.isArray(value) && !Array.isArray(sibling))
    return value === undefined && sibling === undefined ? [] : [{ value, sibling }]
  const values: readonly unknown[] = Array.isArray(value) ? value : []
  const siblings: readonly unknown[] = Array.isArray(sibling) ? sibling : []
  return Array.from({ length: Math.max(values.length, siblings.length) }, (_, at) => ({
    value: values[at] ?? undefined,
    sibling: siblings[at] ?? undefined,
  }))
}

/** Puts repetitions back; an element without any is left out, as JSON in FHIR has nothing empty. */
export const writeItems = (
  { parent: { members }, definition: { name, isArray } }: Slot,
  items: readonly Item[],
): void => {
  setMember(
    members,
    name,
    items.map(({ value }) => value),
    isArray,
  )
  setMember(
    members,
    `_${name}`,
    items.map(({ sibling }) => sibling),
    isArray,
  )
}

const setMember = (
  members: JsonObject,
  name: string,
  values: readonly unknown[],
  isArray: boolean,
): void => {
  if (values.every(value => value === undefined)) delete members[name]
  else members[name] = isArray ? values.map(value => value ?? null) : values[0]
}
