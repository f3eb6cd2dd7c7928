import type { Definitions, ElementDefinition, TypeDefinition } from '../fhir/definitions.ts'
import { limits } from '../fhir/limits.ts'
import { narrativeText } from '../fhir/narrative-text.ts'
import { isNameKept } from '../fhir/redaction.ts'
import type { Resource } from '../fhir/resource.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import { isObject, type JsonObject } from '../fhir/walk.ts'
import type { Label } from './index-sink.ts'
import { isSharedType } from './shared-types.ts'
import { TextEntries, type TextPart } from './text-entries.ts'

/** The primitive types that hold text or codes. Addresses, times, numbers and attachments have parameters of their own. */
const textual: ReadonlySet<string> = new Set(['string', 'markdown', 'code'])

/**
 * What `_text`, `_content` and `:text` find of a resource that `validate` has accepted: the tsvectors
 * of its rows in `resource_text`. All of its narrative, and of its elements those of type string,
 * markdown and code, in contained resources, too; not `meta`, ids and addresses.
 * @throws TooCostly beyond `wordsMax`
 */
export const textVectors = (
  resource: Resource,
  labels: readonly Label[],
  definitions: Definitions,
  wordsMax: number = limits.textWordsPerResourceMax,
): readonly string[] => {
  const entries = new TextEntries(wordsMax)
  const walk = new TextWalk(entries, definitions)
  const { text } = resource as JsonObject
  const div = isObject(text) ? text['div'] : undefined
  const type = definitions.types.get(resource.resourceType)
  if (type !== undefined) walk.resource(resource, type)
  if (typeof div === 'string') entries.text(narrativeText(div), 'A')
  for (const { entry, isRedactable } of labels) entries.label(entry, isRedactable ? 'B' : 'D')
  return entries.all()
}

/** The same parts that `fhir/redaction.ts` takes out are told apart here. */
class TextWalk {
  readonly #entries: TextEntries
  readonly #definitions: Definitions

  constructor(entries: TextEntries, definitions: Definitions) {
    this.#entries = entries
    this.#definitions = definitions
  }

  /** All but its own narrative. */
  resource(node: JsonObject, type: TypeDefinition): void {
    for (const name in node) if (name !== 'text') this.#member(node, name, type, 'D')
  }

  #members(node: JsonObject, type: TypeDefinition, part: TextPart): void {
    for (const name in node) this.#member(node, name, type, part)
  }

  #member(node: JsonObject, name: string, type: TypeDefinition, part: TextPart): void {
    if (name === 'meta' || name === 'id') return
    const element = type.elements.get(name)
    if (element === undefined) return
    const value = node[name]
    if (Array.isArray(value)) for (const item of value) this.#value(item, element, part)
    else this.#value(value, element, part)
  }

  #value(value: unknown, element: ElementDefinition, part: TextPart): void {
    if (typeof value === 'string') {
      if (textual.has(element.type)) this.#entries.text(value, part)
      return
    }
    if (!isObject(value)) return
    if (element.type === 'Narrative') {
      const { div } = value
      if (typeof div === 'string') this.#entries.text(narrativeText(div), 'B')
    } else if (element.type === 'Reference') this.#reference(value, element, part)
    else {
      const named = value['resourceType']
      const isResource = typeof named === 'string' && isResourceType(named)
      const type = this.#definitions.types.get(isResource ? named : element.type)
      if (type !== undefined) this.#members(value, type, part)
    }
  }

  #reference(reference: JsonObject, element: ElementDefinition, part: TextPart): void {
    const type = this.#definitions.types.get('Reference')!
    const namePart = isNameKept(reference, element, isSharedType) ? part : 'B'
    for (const name in reference) {
      if (name === 'reference') continue
      const isName = name === 'display' || name === 'identifier'
      this.#member(reference, name, type, isName ? namePart : part)
    }
  }
}
