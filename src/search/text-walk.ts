import type { Definitions, ElementDefinition, TypeDefinition } from '../fhir/definitions.ts'
import { narrativeText } from '../fhir/narrative-text.ts'
import { isLinkOfPatient, isNameKept } from '../fhir/redaction.ts'
import type { Resource } from '../fhir/resource.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import { isObject, type JsonObject } from '../fhir/walk.ts'
import { isSharedType } from './shared-types.ts'
import type { SharedPart } from './shared-texts.ts'
import type { TextPart } from './text-entries.ts'

/** The primitive types that hold text or codes. Addresses, times, numbers and attachments have parameters of their own. */
const textual: ReadonlySet<string> = new Set(['string', 'markdown', 'code'])

/** The types of the names of codes and units, which repeat from resource to resource. */
const coding: ReadonlySet<string> = new Set([
  ...['CodeableConcept', 'Coding', 'Quantity', 'Age', 'Count', 'Distance', 'Duration', 'Money'],
  ...['MoneyQuantity', 'SimpleQuantity'],
])

/**
 * What code systems, value sets and maps list: asked by `$expand`, `$lookup` and `$translate`, and as
 * texts of one resource more than is to be searched.
 */
const lists: ReadonlySet<string> = new Set([
  ...['CodeSystem.concept', 'ValueSet.compose.include.concept', 'ValueSet.expansion.contains'],
  'ConceptMap.group.element',
])

/** Takes the texts of a resource, each with what it is part of: its own ones, and those of its codes. */
export interface TextVisitor {
  own(text: string, part: TextPart): void
  coded(text: string, part: SharedPart): void
}

/**
 * Visits what `_text` and `_content` find of a resource that `validate` has accepted: all of its
 * narrative, and of its elements those of type string, markdown and code, in contained resources, too;
 * not `meta`, ids and addresses, nor the concepts that terminology lists.
 */
export const walkTexts = (
  resource: Resource,
  definitions: Definitions,
  visitor: TextVisitor,
): void => {
  const type = definitions.types.get(resource.resourceType)
  if (type !== undefined) new TextWalk(visitor, definitions).resource(resource, type)
  const { text } = resource as JsonObject
  const div = isObject(text) ? text['div'] : undefined
  if (typeof div === 'string') visitor.own(narrativeText(div), 'A')
}

/** A name that stands for many: of a code, a unit, or what is referred to. */
const isCoded = (element: ElementDefinition, { name }: TypeDefinition): boolean =>
  element.type === 'code' || coding.has(name) || name === 'Reference'

/** The same parts that `fhir/redaction.ts` takes out are told apart here. */
class TextWalk {
  readonly #visitor: TextVisitor
  readonly #definitions: Definitions

  constructor(visitor: TextVisitor, definitions: Definitions) {
    this.#visitor = visitor
    this.#definitions = definitions
  }

  /** All but its own narrative. */
  resource(node: JsonObject, type: TypeDefinition): void {
    for (const name in node)
      if (name !== 'text') this.#member(node, name, type, isLinkOfPatient(node, name) ? 'B' : 'D')
  }

  #members(node: JsonObject, type: TypeDefinition, part: SharedPart): void {
    for (const name in node) this.#member(node, name, type, part)
  }

  #member(node: JsonObject, name: string, type: TypeDefinition, part: SharedPart): void {
    if (name === 'meta' || name === 'id') return
    const element = type.elements.get(name)
    if (element === undefined) return
    const value = node[name]
    // A list of texts is most often one of names that people have given.
    if (Array.isArray(value)) for (const item of value) this.#value(item, element, part)
    else if (typeof value === 'string') {
      if (!textual.has(element.type)) return
      if (isCoded(element, type)) this.#visitor.coded(value, part)
      else this.#visitor.own(value, part)
    } else this.#value(value, element, part)
  }

  #value(value: unknown, element: ElementDefinition, part: SharedPart): void {
    if (typeof value === 'string') {
      if (textual.has(element.type)) this.#visitor.own(value, part)
      return
    }
    if (!isObject(value) || lists.has(element.type)) return
    if (element.type === 'Narrative') {
      const { div } = value
      if (typeof div === 'string') this.#visitor.own(narrativeText(div), 'B')
    } else if (element.type === 'Reference') this.#reference(value, element, part)
    else {
      const named = value['resourceType']
      const isResource = typeof named === 'string' && isResourceType(named)
      const type = this.#definitions.types.get(isResource ? named : element.type)
      if (type !== undefined) this.#members(value, type, part)
    }
  }

  #reference(reference: JsonObject, element: ElementDefinition, part: SharedPart): void {
    const type = this.#definitions.types.get('Reference')!
    const namePart = isNameKept(reference, element, isSharedType) ? part : 'B'
    for (const name in reference) {
      if (name === 'reference') continue
      const isName = name === 'display' || name === 'identifier'
      this.#member(reference, name, type, isName ? namePart : part)
    }
  }
}
