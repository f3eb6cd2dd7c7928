import type { Definitions } from './definitions.ts'
import { checkItem } from './profile-check.ts'
import { profileWalk } from './profile-resource.ts'
import type { ProfileSource } from './profile-source.ts'
import type { Profiles } from './profiles.ts'
import { isObject, type JsonObject, type Walk } from './walk.ts'

/** Extensions of conformance resources, which R4's own files use otherwise than they are defined. */
const definitional =
  /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/(?:structuredefinition|capabilitystatement|elementdefinition)-/

/**
 * Checks an extension the walk stands on by its definition, where that is known: where it may stand,
 * and what it may hold. One that changes the meaning of what is around it must be known.
 * @see https://hl7.org/fhir/R4/extensibility.html
 */
export const extensionCheck = (node: JsonObject, walk: Walk, profiles: Profiles): void => {
  const { url } = node
  if (typeof url !== 'string' || definitional.test(url)) return
  const isModifier = walk.path.at(-2) === 'modifierExtension'
  const profile = profiles.profile(url)
  if (profile === undefined || profile.source.type !== 'Extension') {
    if (isModifier) walk.report('extension', 'modifier-extension-unknown', {}, 'url')
    return
  }
  const { source, tree } = profile
  if (isModifier !== (source.isModifier === true))
    walk.report('extension', 'extension-modifier', {
      expected: source.isModifier === true ? 'modifierExtension' : 'extension',
    })
  if (!standsRight(source, walk, profiles.definitions)) {
    const expected = (source.context ?? []).map(([, expression]) => expression).join(', ')
    walk.report('extension', 'extension-context', { url, expected })
  }
  const inner = profileWalk(profiles, walk, url)
  checkItem({ value: node, type: 'Extension', steps: [] }, tree, inner)
  for (const found of inner.issues) walk.add(found)
}

/** Whether one of the contexts of an extension is where it stands; those in FHIRPath are not decided. */
const standsRight = (
  { context = [] }: ProfileSource,
  walk: Walk,
  definitions: Definitions,
): boolean =>
  context.length === 0 ||
  context.some(([type]) => type === 'fhirpath') ||
  standsAt(context, placeOf(walk, definitions))

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
  let paths: string[] = []
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
    if (typeof named === 'string') [type, paths] = [named, []]
  }
  for (const name of [...paths, type, 'Element']) names.add(name)
  const kind = definitions.types.get(type)?.kind
  if (kind === 'resource') for (const name of ['Resource', 'DomainResource']) names.add(name)
  if (kind === 'backbone') names.add('BackboneElement')
  if (type === 'Quantity') for (const name of ['SimpleQuantity', 'Age', 'Duration']) names.add(name)
  const url: unknown = type === 'Extension' && isObject(value) ? value['url'] : undefined
  return { names, within: typeof url === 'string' ? url : undefined }
}

const lastExtension = (path: readonly (string | number)[]): string =>
  path.findLast(step => step === 'extension' || step === 'modifierExtension') as string
