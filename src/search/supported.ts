import type { Definitions, SearchParameterDefinition } from '../fhir/definitions.ts'
import { parametersOf } from './parameters.ts'
import { isTextParameter } from './parse-text.ts'

/** The search parameters of a type that a search may use, for the CapabilityStatement. */
export const supportedParameters = (
  resourceType: string,
  definitions: Definitions,
): readonly SearchParameterDefinition[] => {
  const parameters = parametersOf(definitions, resourceType)
  const declared = definitions.searchParameters.get(resourceType)?.values() ?? []
  return [...declared].filter(({ code }) => isTextParameter(code) || parameters.has(code))
}

/** The search parameters that every type has, so that a search of all types may use them. */
export const commonParameters = (definitions: Definitions): readonly SearchParameterDefinition[] =>
  supportedParameters('Basic', definitions).filter(
    ({ resourceType }) => resourceType === 'Resource',
  )

/** What `_include` takes in a search of a type: `*`, `Observation:subject`, ... */
export const includesOf = (resourceType: string, definitions: Definitions): readonly string[] => {
  const named = [...parametersOf(definitions, resourceType).values()]
    .filter(({ kind, targets }) => kind === 'reference' && targets.length > 0)
    .map(({ code }) => `${resourceType}:${code}`)
  return named.length === 0 ? [] : ['*', ...named]
}

/** What `_revinclude` takes in a search of each type: `*`, `Observation:subject`, ... */
export const revincludesByType = (
  definitions: Definitions,
): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>()
  for (const resourceType of definitions.resourceTypes)
    for (const { kind, code, targets } of parametersOf(definitions, resourceType).values())
      for (const target of kind === 'reference' ? targets : []) {
        const known = found.get(target) ?? ['*']
        found.set(target, known)
        known.push(`${resourceType}:${code}`)
      }
  return found
}
