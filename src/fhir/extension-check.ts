import { standsRight } from './extension-context.ts'
import { checkItem } from './profile-check.ts'
import { profileWalk } from './profile-resource.ts'
import type { Profiles } from './profiles.ts'
import type { JsonObject, Walk } from './walk.ts'

/** Extensions of conformance resources, which R4's own files use otherwise than they are defined. */
const definitional =
  /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/(?:(?:structuredefinition|capabilitystatement|elementdefinition)-|regex$)/

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
