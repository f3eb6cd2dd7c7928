import type {
  Activation,
  Definitions,
  SearchParameterDefinition,
  SearchPath,
} from './definitions.ts'
import { compileExpression } from './search-expressions.ts'

/** A SearchParameter that was added while the exchange runs, as far as searches need it. */
export interface RunTimeParameter extends Activation {
  readonly url: string
  readonly code: string
  readonly kind: SearchParameterDefinition['type']
  readonly base: readonly string[]
  readonly targets: readonly string[]
  readonly expression: string
  readonly description: string
}

/**
 * The definitions with these parameters beside R4's own; the ones given stay as they are.
 * @throws Error when an expression is outside the compiled subset, which is checked before it is stored
 */
export const withRunTimeParameters = (
  definitions: Definitions,
  parameters: readonly RunTimeParameter[],
  indexGeneration: number,
): Definitions => {
  const searchParameters = new Map(definitions.searchParameters)
  for (const parameter of parameters)
    for (const resourceType of parameter.base) {
      const definition = definitionOf(parameter, resourceType, definitions)
      const known = searchParameters.get(resourceType) ?? []
      searchParameters.set(resourceType, new Map([...known, [parameter.code, definition]]))
    }
  return Object.freeze({ ...definitions, searchParameters, indexGeneration })
}

/**
 * The paths of a parameter for one type. A time counts as a token only as whether it is there, as in
 * `deceased`; other expressions mean the other forms of a choice.
 * @throws Error saying which part of the expression is outside the subset
 */
export const runTimePaths = (
  { expression, kind }: { readonly expression: string; readonly kind: string },
  resourceType: string,
  types: Definitions['types'],
): readonly SearchPath[] =>
  compileExpression(expression, resourceType, types).filter(
    ({ type }) => kind !== 'token' || type !== 'dateTime' || expression.includes('.exists()'),
  )

const definitionOf = (
  parameter: RunTimeParameter,
  resourceType: string,
  { types }: Definitions,
): SearchParameterDefinition => {
  const { url, code, kind, targets, expression, description } = parameter
  const { slot, generation, isReady } = parameter
  const paths = runTimePaths({ expression, kind }, resourceType, types)
  const activation = { slot, generation, isReady }
  return { resourceType, code, type: kind, url, description, targets, paths, activation }
}
