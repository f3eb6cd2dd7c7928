import { loadDefinitions, type TypeDefinition } from './definitions.ts'
import { isObject, type JsonObject } from './walk.ts'

/**
 * Gives a new value for a reference or link, or nothing to leave it as it is. `isReference` is false
 * for elements of type uri, url, oid and uuid and for narrative links, which may name things that are
 * in no bundle.
 */
export type Rewrite = (reference: string, isReference: boolean) => string | undefined

/**
 * Replaces links in a parsed resource, in place: every `Reference.reference`, and every `urn:uuid:`
 * or `urn:oid:` in elements of type uri, url, oid and uuid and in narrative `href` and `src`.
 * Canonicals are left alone. What the definitions do not know is not entered.
 * @see https://hl7.org/fhir/R4/http.html#trules "Elements of type canonical are not replaced"
 */
export const rewriteReferences = (resource: unknown, rewrite: Rewrite): void => {
  rewriteResource(resource, rewrite)
}

const uriTypes = new Set(['uri', 'url', 'oid', 'uuid'])
const urn = /^urn:(?:uuid|oid):/

const rewriteResource = (resource: unknown, rewrite: Rewrite): void => {
  if (!isObject(resource)) return
  const type = loadDefinitions().types.get(String(resource['resourceType']))
  if (type !== undefined && type.kind === 'resource') rewriteMembers(resource, type, rewrite)
}

const rewriteMembers = (node: JsonObject, type: TypeDefinition, rewrite: Rewrite): void => {
  for (const name in node) {
    const value = node[name]
    if (typeof value === 'string') {
      const changed = rewritten(value, type, name, rewrite)
      if (changed !== undefined) node[name] = changed
    } else if (typeof value === 'object' && value !== null)
      rewriteStructure(value, type, name, rewrite)
  }
}

const rewriteStructure = (
  value: object,
  type: TypeDefinition,
  name: string,
  rewrite: Rewrite,
): void => {
  // A primitive's sibling `_name` holds its id and extensions.
  const isSibling = name.startsWith('_')
  const element = type.elements.get(isSibling ? name.slice(1) : name)
  if (element === undefined) return
  const items: unknown[] = Array.isArray(value) ? value : [value]
  if (element.type === 'Resource') return items.forEach(item => rewriteResource(item, rewrite))
  const itemType = loadDefinitions().types.get(element.type)!
  items.forEach((item, index) => {
    if (isObject(item)) rewriteMembers(item, itemType, rewrite)
    else if (typeof item === 'string' && uriTypes.has(element.type) && urn.test(item))
      items[index] = rewrite(item, false) ?? item
  })
}

const rewritten = (
  value: string,
  type: TypeDefinition,
  name: string,
  rewrite: Rewrite,
): string | undefined => {
  if (name === 'reference' && type.name === 'Reference') return rewrite(value, true)
  if (name === 'div' && type.name === 'Narrative') return rewriteNarrative(value, rewrite)
  if (!urn.test(value) || !uriTypes.has(type.elements.get(name)?.type ?? '')) return undefined
  return rewrite(value, false)
}

const narrativeLink = /(\s(?:href|src)\s*=\s*)(["'])(urn:(?:uuid|oid):[^"'<>\s]{1,200})\2/g

const rewriteNarrative = (div: string, rewrite: Rewrite): string | undefined =>
  !div.includes('urn:')
    ? undefined
    : div.replace(narrativeLink, (whole, before: string, quote: string, link: string) => {
        const changed = rewrite(link, false)
        return changed === undefined ? whole : before + quote + changed + quote
      })
