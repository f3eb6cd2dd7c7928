import type { Definitions } from '../fhir/definitions.ts'
import { nearest } from '../fhir/nearest.ts'
import { isResourceType, resourceTypes } from '../fhir/resource-types.ts'
import { parametersOf, type Parameter } from './parameters.ts'
import type { ParseContext } from './parse-criterion.ts'
import type { IncludeReference } from './tree.ts'
import { refuseUnready } from './unready.ts'

/** The parameters that add resources to the matches. */
export const includeNames = [
  ...(['_include', '_revinclude', '_include:iterate', '_revinclude:iterate'] as const),
] as const
export type IncludeName = (typeof includeNames)[number]

/** Of which kind an inclusion is. */
interface Direction {
  readonly name: IncludeName
  readonly isReverse: boolean
  readonly isIterated: boolean
  /** The type that is searched. */
  readonly searched: string
}

/**
 * `Type:parameter`, `Type:parameter:TargetType`, `Type:*` or `*`. For `_include` the type is that of
 * the search, with `:iterate` any; for `_revinclude` the parameter refers to it. A wildcard stands for
 * all references of the type, or of all types to it.
 * @see https://hl7.org/fhir/R4/search.html#include
 */
export const parseInclude = (
  name: IncludeName,
  value: string,
  searched: string,
  context: ParseContext,
): readonly IncludeReference[] | undefined => {
  const direction = {
    ...{ name, searched },
    ...{ isReverse: name.startsWith('_rev'), isIterated: name.endsWith(':iterate') },
  }
  const [resourceType = '', code = '', target, ...more] = value.split(':')
  if (value === '*') return anything(direction, context)
  const isFitting =
    more.length === 0 &&
    isResourceType(resourceType) &&
    (direction.isReverse || direction.isIterated || resourceType === searched)
  if (code === '*' && target === undefined && isFitting) {
    const all = referencesOf(resourceType, context.definitions)
    return included(all, direction, undefined).map(wildcard)
  }
  const parameter = isFitting
    ? parametersOf(context.definitions, resourceType).get(code)
    : undefined
  const found =
    parameter?.kind === 'reference' ? included([parameter], direction, target) : undefined
  return found === undefined || found.length === 0
    ? refuseUnready(context, resourceType, code)
      ? undefined
      : malformed(direction, resourceType, code, context)
    : found
}

const wildcard = (include: IncludeReference): IncludeReference => ({
  ...include,
  isWildcard: true,
})

/** Every reference of the type, or every reference to it; from what is included there is no end. */
const anything = (
  direction: Direction,
  { definitions, faults }: ParseContext,
): readonly IncludeReference[] | undefined => {
  if (direction.isIterated)
    return faults.notSupported('search-result-unsupported', {
      ...{
        parameter: direction.name,
        expected: 'Type:*, Type:parameter, Type:parameter:TargetType',
      },
    })
  const sources = direction.isReverse ? resourceTypes : [direction.searched]
  const parameters = sources.flatMap(type => referencesOf(type, definitions))
  return included(parameters, direction, undefined).map(wildcard)
}

const referencesOf = (resourceType: string, definitions: Definitions): readonly Parameter[] =>
  [...parametersOf(definitions, resourceType).values()].filter(({ kind }) => kind === 'reference')

/** Those of the references that have a target which is wanted. */
const included = (
  parameters: readonly Parameter[],
  { isReverse, isIterated, searched }: Direction,
  target: string | undefined,
): readonly IncludeReference[] =>
  parameters.flatMap(({ resourceType, code, hash, isPatientColumn, targets: all }) => {
    const targets = all.filter(
      type =>
        (target === undefined || type === target) &&
        (!isReverse || isIterated || type === searched),
    )
    if (targets.length === 0) return []
    const include = { resourceType, code, parameter: hash, isPatientColumn, targets }
    return [{ ...include, isIterated, isTyped: target !== undefined }]
  })

const malformed = (
  { name, searched }: Direction,
  resourceType: string,
  code: string,
  { definitions, faults }: ParseContext,
): undefined => {
  const known = isResourceType(resourceType) ? referencesOf(resourceType, definitions) : []
  const candidates = known.map(reference => `${resourceType}:${reference.code}`)
  return faults.invalid('search-include-malformed', {
    parameter: name,
    nearest: nearest(
      `${resourceType}:${code}`,
      candidates.length > 0 ? candidates : [`${searched}:…`],
    ).join(', '),
  })
}
