import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts'
import { Decimal } from './json.ts'
import { primitives } from './primitives.ts'
import type { Resource } from './resource.ts'
import { isObject, type JsonObject } from './walk.ts'
import { escapeXml } from './xml-escape.ts'
import { fhirNamespace, holdsResource, isAttribute } from './xml-names.ts'
import { narrativeXml } from './xml-narrative.ts'

/**
 * A resource as FHIR XML: elements in the order of their definition, decimals as written, narratives
 * as they stand. What the definitions do not have is left out; a validated resource has nothing such.
 * @see https://hl7.org/fhir/R4/xml.html
 */
export const stringifyXml = (
  resource: Resource,
  definitions: Definitions,
  { isPretty }: { readonly isPretty: boolean } = { isPretty: false },
): string => {
  const writer: Writer = { definitions, isPretty, parts: [] }
  writer.parts.push('<?xml version="1.0" encoding="UTF-8"?>')
  if (!isPretty) writer.parts.push('\n')
  writeResource(resource, writer, 0, ` xmlns="${fhirNamespace}"`)
  if (isPretty) writer.parts.push('\n')
  return writer.parts.join('')
}

interface Writer {
  readonly definitions: Definitions
  readonly isPretty: boolean
  readonly parts: string[]
}

const startLine = ({ isPretty, parts }: Writer, depth: number): void => {
  if (isPretty) parts.push(`\n${'  '.repeat(depth)}`)
}

const writeResource = (
  resource: JsonObject,
  writer: Writer,
  depth: number,
  declarations = '',
): void => {
  const name = String(resource['resourceType'])
  const type = writer.definitions.types.get(name)
  if (type?.kind === 'resource')
    writeObject({ name, declarations, node: resource, type }, writer, depth)
}

interface Written {
  readonly name: string
  readonly node: JsonObject
  readonly type: TypeDefinition
  /** Attributes that stand first, with a space before each. */
  readonly declarations?: string
  /** The value of a primitive. */
  readonly value?: unknown
}

const writeObject = (written: Written, writer: Writer, depth: number): void => {
  const { name, node, type, declarations = '', value } = written
  const { parts } = writer
  const members = membersOf(node, type)
  startLine(writer, depth)
  parts.push(`<${name}${declarations}`)
  for (const element of members)
    if (isAttribute(type, element)) writeAttribute(element.name, node[element.name], parts)
  writeAttribute('value', value, parts)
  const children = members.filter(element => !isAttribute(type, element))
  if (children.length === 0) return void parts.push('/>')
  parts.push('>')
  for (const element of children) writeElement(element, node, writer, depth + 1)
  startLine(writer, depth)
  parts.push(`</${name}>`)
}

const writeAttribute = (name: string, value: unknown, parts: string[]): void => {
  const isWritable =
    ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Decimal
  if (isWritable) parts.push(` ${name}="${escapeXml(String(value))}"`)
}

/** The elements an object has, once each, in the order of the definition. */
const membersOf = (node: JsonObject, type: TypeDefinition): readonly ElementDefinition[] => {
  const order = orderOf(type)
  const found = new Set<ElementDefinition>()
  for (const name in node) {
    const element = type.elements.get(name.startsWith('_') ? name.slice(1) : name)
    if (element !== undefined) found.add(element)
  }
  return [...found].sort((a, b) => order.get(a)! - order.get(b)!)
}

const orders = new WeakMap<TypeDefinition, ReadonlyMap<ElementDefinition, number>>()

const orderOf = (type: TypeDefinition): ReadonlyMap<ElementDefinition, number> => {
  const known = orders.get(type)
  if (known !== undefined) return known
  const order = new Map([...type.elements.values()].map((element, index) => [element, index]))
  orders.set(type, order)
  return order
}

const listOf = (member: unknown): readonly unknown[] =>
  Array.isArray(member) ? member : member === undefined ? [] : [member]

const writeElement = (
  element: ElementDefinition,
  node: JsonObject,
  writer: Writer,
  depth: number,
): void => {
  const { name, type } = element
  const values = listOf(node[name])
  if (primitives.has(type)) {
    const siblings = listOf(node[`_${name}`])
    const count = Math.max(values.length, siblings.length)
    for (let index = 0; index < count; index++)
      writePrimitive(element, values[index], siblings[index], { writer, depth })
    return
  }
  const definition = writer.definitions.types.get(type)
  for (const value of values) {
    if (!isObject(value)) continue
    if (holdsResource(element)) writeWrapped(name, value, writer, depth)
    else if (definition !== undefined)
      writeObject({ name, node: value, type: definition }, writer, depth)
  }
}

/** A resource inside another one: an element around the resource's own. */
const writeWrapped = (name: string, resource: JsonObject, writer: Writer, depth: number): void => {
  startLine(writer, depth)
  writer.parts.push(`<${name}>`)
  writeResource(resource, writer, depth + 1)
  startLine(writer, depth)
  writer.parts.push(`</${name}>`)
}

const writePrimitive = (
  { name, type }: ElementDefinition,
  value: unknown,
  sibling: unknown,
  { writer, depth }: { readonly writer: Writer; readonly depth: number },
): void => {
  if (type === 'xhtml') {
    startLine(writer, depth)
    if (typeof value === 'string') writer.parts.push(narrativeXml(value))
    return
  }
  const node = isObject(sibling) ? sibling : {}
  writeObject({ name, node, type: writer.definitions.types.get(type)!, value }, writer, depth)
}
