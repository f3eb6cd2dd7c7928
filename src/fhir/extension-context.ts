import type { Definitions } from './definitions.ts'
import { plain, resultsOf } from './profile-rules.ts'
import type { ProfileSource } from './profile-source.ts'
import { isObject, type JsonObject, type Walk } from './walk.ts'

/**
 * Whether one of the contexts of an extension is where the walk stands, and what its definition says
 * of the element there holds.
 * @see https://hl7.org/fhir/R4/defining-extensions.html#context
 */
export const standsRight = (
  { context = [], contextRules = [] }: ProfileSource,
  walk: Walk,
  definitions: Definitions,
): boolean =>
  (context.length === 0 ||
    standsAt(context, placeOf(walk, definitions)) ||
    context.some(([type, path]) => type === 'fhirpath' && isSelected(path, walk))) &&
  contextRules.every(rule => holdsAround(rule, walk))

/** The extension the walk stands on, what it is on, and the resource around, as plain JSON. */
const surroundings = ({ root, path }: Walk) => {
  const end = path.lastIndexOf(lastExtension(path))
  let value: unknown = plain(root)
  let element: unknown = value
  let resource: unknown = value
  for (const [at, step] of path.entries()) {
    if (at > 0)
      value = isObject(value) || Array.isArray(value) ? (value as JsonObject)[step] : undefined
    if (at < end) element = value
    if (at < end && isObject(value) && typeof value['resourceType'] === 'string') resource = value
  }
  return { extension: value, element, resource }
}

/** Whether a FHIRPath of a resource leads to the element the extension is on. */
const isSelected = (path: string, walk: Walk): boolean => {
  const { extension, resource } = surroundings(walk)
  const found = resultsOf(`(${path}).extension | (${path}).modifierExtension`, resource, resource)
  return found === undefined || found.includes(extension)
}

/** Extensions of a primitive stand beside it: its rules are not looked at. */
const holdsAround = (rule: string, walk: Walk): boolean => {
  const { element, resource } = surroundings(walk)
  return !isObject(element) || resultsOf(rule, element, resource)?.[0] !== false
}

interface Place {
  /** Paths and types of the element the extension is on. */
  readonly names: ReadonlySet<string>
  /** The url of the extension it is in. */
  readonly within: string | undefined
}

const standsAt = (
  context: readonly (readonly [string, string])[],
  { names, within }: Place,
): boolean =>
  context.some(([type, expression]) =>
    type === 'extension'
      ? expression === within
      : names.has(expression) || names.has(expression.replace(/\[x\]/g, '')),
  )

/** Follows the path of the walk from the root, by the definitions. */
const placeOf = ({ root, path }: Walk, definitions: Definitions): Place => {
  const names = new Set<string>()
  let value: unknown = root
  let paths: readonly string[] = []
  let type = ''
  for (const step of path.slice(0, path.lastIndexOf(lastExtension(path)))) {
    if (typeof step === 'number') {
      value = Array.isArray(value) ? value[step] : undefined
    } else if (isObject(value) && step !== path[0]) {
      const name = step.replace(/^_/, '')
      const element = definitions.types.get(type)?.elements.get(name)
      const label = element?.choice ?? name
      paths = [...paths, type].map(known => `${known}.${label}`)
      type = element?.type ?? ''
      value = value[step] ?? value[name]
    }
    const named = isObject(value) ? value['resourceType'] : undefined
    if (typeof named === 'string') [type, paths] = [named, ['Resource', 'DomainResource']]
  }
  for (const name of [...paths, type, 'Element']) names.add(name)
  const kind = definitions.types.get(type)?.kind
  if (kind === 'backbone') names.add('BackboneElement')
  if (type === 'Quantity') for (const name of ['SimpleQuantity', 'Age', 'Duration']) names.add(name)
  const url: unknown = type === 'Extension' && isObject(value) ? value['url'] : undefined
  return { names, within: typeof url === 'string' ? url : undefined }
}

const lastExtension = (path: readonly (string | number)[]): string =>
  path.findLast(step => step === 'extension' || step === 'modifierExtension') as string
