import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import { InvalidRequest, PatchFailed } from './errors.ts'
import { itemsOf, writeItems, type Item, type Parent } from './fhirpath-patch-element.ts'
import type { Work } from './json-work.ts'
import { isObject, type JsonObject } from './walk.ts'

/** One `part` of a patch operation, not yet looked at beyond being an object. */
export type Part = Readonly<JsonObject>

/** What values are made with. */
export interface Making {
  readonly definitions: Definitions
  readonly work: Work
  /** Where the operation stands, for refusals. */
  readonly expression: string
}

/** @throws InvalidRequest when it is not a list of objects */
export const partsOf = (list: unknown, expression: string): readonly Part[] => {
  if (!Array.isArray(list) || !list.every(isObject))
    throw new InvalidRequest('patch-malformed', { expected: 'part' }, expression)
  return list
}

/** The type behind `value` in a member such as `valueCode`. Undefined without such a member. */
export const statedType = (part: Part): string | undefined =>
  Object.keys(part)
    .find(name => /^_?value[A-Z]/.test(name))
    ?.replace(/^_?value/, '')

/**
 * The element of `type` that a value goes into: by its name, or for a choice by its name and the
 * type of the value.
 * @throws PatchFailed when the type has none
 */
export const elementFor = (
  type: TypeDefinition,
  name: string,
  part: Part,
  expression: string,
): ElementDefinition => {
  const definition =
    type.elements.get(name) ?? type.elements.get(`${name}${statedType(part) ?? ''}`)
  if (definition === undefined)
    throw new PatchFailed(
      'patch-path-unresolved',
      { expected: 'an element R4 defines' },
      expression,
    )
  return definition
}

/**
 * The value of a part as a repetition of an element: `value[x]` with its `_value[x]`, a resource, or
 * parts, for the types that have no name.
 * @see https://hl7.org/fhir/R4/fhirpatch.html
 */
export const itemOf = (
  part: Part,
  { type }: ElementDefinition,
  making: Making,
  depth = 2,
): Item => {
  const { work, definitions, expression } = making
  const stated = statedType(part)
  if (stated !== undefined)
    return {
      value: work.copy(part[`value${stated}`], depth),
      sibling: work.copy(part[`_value${stated}`], depth),
    }
  if (part['resource'] !== undefined)
    return { value: work.copy(part['resource'], depth), sibling: undefined }
  const target = definitions.types.get(type)
  if (part['part'] === undefined || target === undefined || target.kind === 'primitive')
    throw new InvalidRequest('patch-malformed', { expected: 'value[x]' }, expression)
  const parent: Parent = { members: {}, type: target }
  for (const inner of partsOf(part['part'], expression)) {
    const { name } = inner
    if (typeof name !== 'string')
      throw new InvalidRequest('patch-malformed', { expected: 'part.name' }, expression)
    addItem(parent, name, inner, making, depth + 1)
  }
  return { value: parent.members, sibling: undefined }
}

/**
 * Adds a value under a name: at the end of a list, or where there is none yet.
 * @throws PatchFailed for an element that is there already and does not repeat
 */
// oxlint-disable-next-line max-params -- the recursion of itemOf, which bounds itself by depth
export const addItem = (
  parent: Parent,
  name: string,
  part: Part,
  making: Making,
  depth = 2,
): void => {
  const definition = elementFor(parent.type, name, part, making.expression)
  const items = itemsOf({ parent, definition })
  if (items.length > 0 && !definition.isArray)
    throw new PatchFailed(
      'patch-path-unresolved',
      { expected: 'an element that can take another value' },
      making.expression,
    )
  writeItems({ parent, definition }, [...items, itemOf(part, definition, making, depth)])
}
