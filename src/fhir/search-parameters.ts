import type { SearchParameter } from '@medplum/fhirtypes'
import type { SearchParameterDefinition } from './definitions.ts'
import { compileExpression, type TypesByName } from './search-expressions.ts'

/** R4 parameters that have no path on purpose, each with its reason. */
export const exceptions: ReadonlyMap<string, string> = new Map([
  ['DomainResource-text', 'full-text search has no expression'],
  ['Resource-content', 'full-text search has no expression'],
  ['Resource-query', 'names an operation, not an element'],
  ['Bundle-composition', 'entry[0] is a position, and its value a whole resource'],
  ['Bundle-message', 'entry[0] is a position, and its value a whole resource'],
  ['Location-near', 'special: distance, not a value'],
])

/**
 * One SearchParameter as definitions, one per type it applies to. Composites keep no path of their
 * own: each component has its own expression.
 * @throws Error when an expression is outside the compiled subset and not in `exceptions`
 * @see https://hl7.org/fhir/R4/searchparameter.html
 */
export const compileSearchParameter = (
  parameter: SearchParameter,
  types: TypesByName,
): SearchParameterDefinition[] =>
  (parameter.base ?? []).map(resourceType => ({
    resourceType,
    code: parameter.code!,
    type: parameter.type!,
    url: parameter.url!,
    description: descriptionFor(resourceType, parameter.description ?? ''),
    targets: parameter.target ?? [],
    paths: pathsOf(parameter, resourceType, types),
  }))

const pathsOf = (parameter: SearchParameter, resourceType: string, types: TypesByName) => {
  if (parameter.type === 'composite' || exceptions.has(parameter.id ?? '')) return []
  try {
    const paths = compileExpression(parameter.expression ?? '', resourceType, types)
    if (paths.length === 0) throw new Error('no path')
    for (const path of paths)
      if (path.type.includes('.') || path.type === 'Resource')
        throw new Error(`ends at ${path.type}, which is not a datatype`)
    return paths
  } catch (error) {
    throw new Error(`search parameter ${parameter.id} for ${resourceType}`, { cause: error })
  }
}

/** R4 describes a shared parameter as a list, one line per type: only our line is kept. */
const descriptionFor = (resourceType: string, description: string): string => {
  const line = description.split(/\r?\n/).find(text => text.startsWith(`* [${resourceType}](`))
  return (line?.replace(/^[^:]*: */, '') ?? description).trim()
}
