import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import { parseJson, stringifyJson } from './json.ts'
import { primitives } from './primitives.ts'
import type { Meta, Resource } from './resource.ts'
import { isResourceType } from './resource-types.ts'
import { isObject, type JsonObject } from './walk.ts'

/**
 * Which part of a resource is wanted: its summary elements, its narrative, everything but the
 * narrative, or the elements named.
 * @see https://hl7.org/fhir/R4/search.html#summary
 */
export type Subset =
  | { readonly kind: 'summary' | 'text' | 'data' }
  | { readonly kind: 'elements'; readonly names: ReadonlySet<string> }

/** Says that a resource is a part of one. */
export const subsettedTag = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
  display: 'Resource encoded in summary mode',
}

/**
 * The part of a stored resource that is wanted, tagged as one. Elements that are mandatory or modify
 * the rest are kept whatever was asked for, so the part means what the whole means.
 * @see https://hl7.org/fhir/R4/search.html#elements "Servers SHOULD always return mandatory elements
 * whether they are requested or not"
 */
export const subsetJson = (json: Buffer, subset: Subset, definitions: Definitions): Buffer => {
  const { resourceType, ...resource } = parseJson(json) as Resource
  const type = definitions.types.get(resourceType)!
  const { id, meta, ...rest } = subsetOf(resource, type, subset, definitions)
  const tags: unknown = (meta as Meta | undefined)?.['tag']
  const tagged = { ...(meta as Meta), tag: [...(Array.isArray(tags) ? tags : []), subsettedTag] }
  return Buffer.from(stringifyJson({ resourceType, id, meta: tagged, ...rest }))
}

const always: ReadonlySet<string> = new Set(['id', 'meta'])

const subsetOf = (
  resource: JsonObject,
  type: TypeDefinition,
  subset: Subset,
  definitions: Definitions,
): JsonObject => {
  if (subset.kind === 'summary') return summaryOf(resource, type, definitions)
  const isWanted = wanted(subset)
  return membersWhere(
    resource,
    type,
    element => always.has(element.name) || isWanted(element) || isKept(element),
  )
}

const isKept = ({ min, isModifier }: ElementDefinition): boolean => min > 0 || isModifier === true

const wanted = (subset: Subset) => {
  if (subset.kind === 'elements')
    return ({ name, choice }: ElementDefinition) =>
      subset.names.has(name) || (choice !== undefined && subset.names.has(choice))
  const isText = subset.kind === 'text'
  return ({ name }: ElementDefinition) => (name === 'text') === isText
}

/** The members whose element is taken; a primitive goes with its id and extensions. */
const membersWhere = (
  node: JsonObject,
  type: TypeDefinition,
  isTaken: (element: ElementDefinition) => boolean,
): JsonObject =>
  Object.fromEntries(
    Object.entries(node).filter(([name]) => {
      const element = elementOf(name, type)
      return element === undefined ? name === 'resourceType' : isTaken(element)
    }),
  )

const elementOf = (name: string, type: TypeDefinition): ElementDefinition | undefined =>
  type.elements.get(name.startsWith('_') ? name.slice(1) : name)

/** The summary elements of a type, and of the types inside it. */
const summaryOf = (
  node: JsonObject,
  type: TypeDefinition,
  definitions: Definitions,
): JsonObject => {
  const members = membersWhere(
    node,
    type,
    element => element.isSummary === true || isKept(element) || always.has(element.name),
  )
  for (const [name, value] of Object.entries(members)) {
    const element = elementOf(name, type)
    // An extension, also that of a primitive, is kept whole or not at all.
    if (element === undefined || primitives.has(element.type) || element.type === 'Extension')
      continue
    const inner = (item: unknown): unknown => {
      const itemType = isObject(item) ? typeOf(item, element, definitions) : undefined
      return itemType === undefined ? item : summaryOf(item as JsonObject, itemType, definitions)
    }
    members[name] = Array.isArray(value) ? value.map(inner) : inner(value)
  }
  return isEmpty(members) ? node : members
}

const typeOf = (
  node: JsonObject,
  { type }: ElementDefinition,
  definitions: Definitions,
): TypeDefinition | undefined => {
  const resourceType = node['resourceType']
  return definitions.types.get(
    typeof resourceType === 'string' && isResourceType(resourceType) ? resourceType : type,
  )
}

/** An element of which nothing is a summary stands whole: FHIR has no empty elements. */
const isEmpty = (members: JsonObject): boolean => Object.keys(members).every(name => name === 'id')
