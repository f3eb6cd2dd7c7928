import type { SaxesTagNS } from 'saxes'
import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import { Decimal } from './json.ts'
import type { MessageCode } from './messages.ts'
import { nearest } from './nearest.ts'
import type { MessageParameters } from './outcome.ts'
import { primitives } from './primitives.ts'
import { isResourceType } from './resource-types.ts'
import { fhirNamespace, holdsResource, isAttribute, xhtmlNamespace } from './xml-names.ts'

/** Refuses with the line and column where the reader stands. */
export type Refuse = (code: MessageCode, parameters?: MessageParameters) => never

/** An element that is open: what has been read of it so far. */
export interface Frame {
  readonly kind: 'object' | 'primitive' | 'wrapper' | 'narrative'
  /** Whose members the children are; undefined where children are none or a resource. */
  readonly type: TypeDefinition | undefined
  /** What this is to its parent; undefined of a resource in a wrapper. */
  readonly element: ElementDefinition | undefined
  readonly node: Record<string, unknown>
  /** The value of a primitive or narrative, or the resource in a wrapper. */
  value: unknown
}

/** The frame of a document's root. */
export const rootFrame = (tag: SaxesTagNS, definitions: Definitions, refuse: Refuse): Frame => {
  if (tag.uri !== fhirNamespace || tag.prefix === 'xml' || !isResourceType(tag.local))
    refuse('xml-root')
  return resourceFrame(tag, definitions, refuse)
}

const resourceFrame = (tag: SaxesTagNS, definitions: Definitions, refuse: Refuse): Frame => {
  requireAttributes(tag, [], refuse)
  const type = definitions.types.get(tag.local)!
  const node = { resourceType: tag.local }
  return { kind: 'object', type, element: undefined, node, value: undefined }
}

/** The frame of an element inside another one. */
export const elementFrame = (
  tag: SaxesTagNS,
  parent: Frame,
  definitions: Definitions,
  refuse: Refuse,
): Frame => {
  if (parent.kind === 'wrapper') {
    if (parent.value !== undefined) refuse('xml-resource-count')
    return rootFrame(tag, definitions, refuse)
  }
  const element = childElement(tag, parent.type!, refuse)
  if (element.type === 'xhtml') {
    if (tag.uri !== xhtmlNamespace) refuse('xml-namespace', { expected: xhtmlNamespace })
    return { kind: 'narrative', type: undefined, element, node: {}, value: undefined }
  }
  if (tag.uri !== fhirNamespace) refuse('xml-namespace', { expected: fhirNamespace })
  if (holdsResource(element)) {
    requireAttributes(tag, [], refuse)
    return { kind: 'wrapper', type: undefined, element, node: {}, value: undefined }
  }
  return typedFrame(tag, element, definitions.types.get(element.type)!, refuse)
}

const typedFrame = (
  tag: SaxesTagNS,
  element: ElementDefinition,
  type: TypeDefinition,
  refuse: Refuse,
): Frame => {
  const isPrimitive = primitives.has(element.type)
  const taken = [...type.elements.values()].filter(child => isAttribute(type, child))
  const names = taken.map(({ name }) => name)
  requireAttributes(tag, isPrimitive ? [...names, 'value'] : names, refuse)
  const node: Record<string, unknown> = {}
  for (const name of names) {
    const attribute = tag.attributes[name]
    if (attribute !== undefined) node[name] = attribute.value
  }
  const written = tag.attributes['value']?.value
  const value = isPrimitive && written !== undefined ? valueOf(written, element.type) : undefined
  return { kind: isPrimitive ? 'primitive' : 'object', type, element, node, value }
}

const foundLettersMax = 64

const childElement = (
  { local }: SaxesTagNS,
  type: TypeDefinition,
  refuse: Refuse,
): ElementDefinition => {
  const element = type.elements.get(local)
  if (element !== undefined && !isAttribute(type, element)) return element
  return refuse('xml-element-unknown', {
    found: local.replace(/[^\w-]/g, '').slice(0, foundLettersMax),
    type: type.name,
    nearest: nearest(local, type.elements.keys()).join(', '),
  })
}

const schemaInstanceUri = 'http://www.w3.org/2001/XMLSchema-instance'
const xmlnsUri = 'http://www.w3.org/2000/xmlns/'

/** Namespace declarations and `xsi:schemaLocation` may stand anywhere and say nothing. */
const requireAttributes = (
  { attributes }: SaxesTagNS,
  names: readonly string[],
  refuse: Refuse,
): void => {
  for (const { name, uri } of Object.values(attributes)) {
    if (names.includes(name) || uri === xmlnsUri || uri === schemaInstanceUri) continue
    refuse('xml-attribute-unknown', { expected: names.length === 0 ? '-' : names.join(', ') })
  }
}

const numberGrammar = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/

/** The JSON value of an attribute; what is no number or boolean stays a text, for `validate` to refuse. */
const valueOf = (written: string, type: string): unknown => {
  const { kind } = primitives.get(type)!
  if (kind === 'boolean') return written === 'true' ? true : written === 'false' ? false : written
  if (kind !== 'number' || !numberGrammar.test(written)) return written
  const number = Number(written)
  return String(number) === written ? number : new Decimal(written)
}

/** Puts a closed element into its parent. */
export const attach = (frame: Frame, parent: Frame, refuse: Refuse): void => {
  if (parent.kind === 'wrapper') return void (parent.value = closeFrame(frame))
  const { name, isArray } = frame.element!
  const { node } = parent
  const sibling = `_${name}`
  if (!isArray && (node[name] !== undefined || node[sibling] !== undefined))
    refuse('xml-element-repeated', { found: name })
  const value = closeFrame(frame)
  if (frame.kind !== 'primitive') {
    if (!isArray) node[name] = value
    else append(node, name, value)
    return
  }
  const beside = Object.keys(frame.node).length === 0 ? undefined : frame.node
  if (isArray) {
    append(node, name, value ?? null)
    append(node, sibling, beside ?? null)
  } else {
    if (value !== undefined || beside === undefined) node[name] = value ?? ''
    if (beside !== undefined) node[sibling] = beside
  }
}

const append = (node: Record<string, unknown>, name: string, value: unknown): void => {
  const list = node[name] as unknown[] | undefined
  if (list === undefined) node[name] = [value]
  else list.push(value)
}

/** What a closed element is worth. In a list of primitives, `null` stands only where the other half is. */
export const closeFrame = ({ kind, node, value }: Frame): unknown => {
  if (kind !== 'object' && kind !== 'primitive')
    return kind === 'wrapper' && value === undefined ? {} : value
  for (const sibling in node) {
    const beside = node[sibling]
    if (!sibling.startsWith('_') || !Array.isArray(beside)) continue
    const name = sibling.slice(1)
    if (!beside.some(item => item !== null)) delete node[sibling]
    else if (!(node[name] as unknown[]).some(item => item !== null)) delete node[name]
  }
  return kind === 'object' ? node : value
}
