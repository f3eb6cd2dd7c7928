import type { Definitions } from './definitions.ts'
import { limits } from './limits.ts'
import { nearest } from './nearest.ts'
import { issue, type Issue } from './outcome.ts'
import { primitives } from './primitives.ts'
import { isObject, type JsonObject } from './walk.ts'

/** A resource without what R4 does not know, and a warning for each element that was left out. */
export interface Trimmed {
  readonly resource: JsonObject
  readonly issues: readonly Issue[]
}

interface Trimming {
  readonly definitions: Definitions
  readonly issues: Issue[]
}

/** Leaves out the elements that R4 does not have, at any depth; what is known stays as it is. */
export const withoutUnknownElements = (resource: JsonObject, definitions: Definitions): Trimmed => {
  const issues: Issue[] = []
  const type = String(resource['resourceType'])
  return { resource: trimmed(resource, type, type, { definitions, issues }), issues }
}

// oxlint-disable-next-line max-params -- where it stands, as in every walk
const trimmed = (node: JsonObject, type: string, path: string, trimming: Trimming): JsonObject => {
  const elements = trimming.definitions.types.get(type)?.elements
  if (elements === undefined) return node
  const kept: JsonObject = {}
  for (const [name, value] of Object.entries(node)) {
    const element = elements.get(name) ?? primitiveOf(name, elements)
    if (element !== undefined)
      kept[name] = below(value, element.type, `${path}.${element.name}`, trimming)
    else if (name === 'resourceType') kept[name] = value
    else leaveOut(name, type, path, trimming)
  }
  return kept
}

/** `_name` holds the id and extensions of the primitive `name`. */
const primitiveOf = <Element extends { readonly type: string }>(
  name: string,
  elements: ReadonlyMap<string, Element>,
): Element | undefined => {
  const element = name.startsWith('_') ? elements.get(name.slice(1)) : undefined
  return element !== undefined && primitives.has(element.type) ? element : undefined
}

// oxlint-disable-next-line max-params -- where it stands, as in every walk
const below = (value: unknown, type: string, path: string, trimming: Trimming): unknown => {
  if (Array.isArray(value))
    return value.map((item: unknown, index) => below(item, type, `${path}[${index}]`, trimming))
  if (!isObject(value)) return value
  return trimmed(value, type === 'Resource' ? String(value['resourceType']) : type, path, trimming)
}

const nameLettersShownMax = 64
/** What FHIRPath can name without quotes. */
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/

// oxlint-disable-next-line max-params -- where it stands, as in every walk
const leaveOut = (
  name: string,
  type: string,
  path: string,
  { definitions, issues }: Trimming,
): void => {
  if (issues.length >= limits.issuesMax) return
  const near = nearest(name, definitions.types.get(type)!.elements.keys()).join(', ')
  const parameters = { name: name.slice(0, nameLettersShownMax), type, nearest: near }
  const at = identifier.test(name) ? `${path}.${name}` : path
  issues.push(issue('warning', 'structure', 'element-left-out', parameters, at))
}
