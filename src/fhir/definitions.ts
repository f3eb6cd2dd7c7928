import { readFileSync } from 'node:fs'
import type {
  CompactDefinitions,
  CompactElement,
  CompactSearchParameter,
  CompactStep,
} from './compact.ts'

/**
 * One JSON member a type may have. A choice element such as `value[x]` stands here once per type it
 * may take (`valueQuantity`, `valueString`, ...), each with `choice: 'value'`.
 * @see https://hl7.org/fhir/R4/elementdefinition.html
 */
export interface ElementDefinition {
  readonly name: string
  /** A datatype (`Quantity`), a primitive (`dateTime`), a backbone path (`Observation.component`), or `Resource`. */
  readonly type: string
  readonly min: number
  /** `null` means unbounded. More than 1, or unbounded: the JSON value is an array. */
  readonly max: number | null
  readonly isArray: boolean
  /** Name of the choice element this is one form of, without `[x]`. */
  readonly choice?: string
  /** For `Reference` and `canonical`: the resource types allowed; absent means any. */
  readonly targets?: readonly string[]
  /** Canonical of the value set, only where the binding is required. */
  readonly binding?: string
  /** Part of the summary view of its type. @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.isSummary */
  readonly isSummary?: true
  /** Changes what the rest means, so it is never left out. @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.isModifier */
  readonly isModifier?: true
}

export interface TypeDefinition {
  readonly name: string
  readonly kind: 'primitive' | 'datatype' | 'backbone' | 'resource'
  readonly elements: ReadonlyMap<string, ElementDefinition>
}

/** One step down a resource: the JSON member, and what must hold of what is found there. */
export interface PathStep {
  readonly name: string
  readonly isArray: boolean
  /** Keep only objects whose member `element` equals `value`: FHIRPath `where(system='phone')`. */
  readonly where?: { readonly element: string; readonly value: string }
}

/**
 * One alternative of a search parameter's expression, from the resource's root down to values of
 * one `type`. Unions and choice types are already split into one path each.
 */
export interface SearchPath {
  readonly steps: readonly PathStep[]
  readonly type: string
  /** FHIRPath `where(resolve() is Patient)`: only references to this type. */
  readonly resolvesTo?: string
}

/** @see https://hl7.org/fhir/R4/searchparameter.html */
export interface SearchParameterDefinition {
  /** The type that declares it: `Resource` or `DomainResource` for the parameters all types have. */
  readonly resourceType: string
  readonly code: string
  readonly type:
    | 'number'
    | 'date'
    | 'string'
    | 'token'
    | 'reference'
    | 'composite'
    | 'quantity'
    | 'uri'
    | 'special'
  readonly url: string
  readonly description: string
  /** For references: types the target may have. */
  readonly targets: readonly string[]
  /** Empty when the expression is outside the compiled subset (`special`, composites' components). */
  readonly paths: readonly SearchPath[]
  /** Of a parameter that was added while the exchange runs. */
  readonly activation?: Activation
}

/** How far a parameter has got that was added while the exchange runs. */
export interface Activation {
  /** The bit of `resource.present` that is kept for it. */
  readonly slot: number
  /** The index generation from which on writes index it; another one each time it changes. */
  readonly generation: number
  /** False: what was stored before is still to be indexed, so no search may use it yet. */
  readonly isReady: boolean
}

/** What the R4 specification defines, loaded once at start and frozen. */
export interface Definitions {
  /** What a write says its search values were made by; 0 without a database. */
  readonly indexGeneration: number
  readonly types: ReadonlyMap<string, TypeDefinition>
  /** Every concrete R4 resource type, sorted by name. */
  readonly resourceTypes: readonly string[]
  /** By resource type, then by code; includes the parameters of Resource and DomainResource. */
  readonly searchParameters: ReadonlyMap<string, ReadonlyMap<string, SearchParameterDefinition>>
  /** Codes of the required bindings that are small and closed, by value set canonical. */
  readonly codes: ReadonlyMap<string, ReadonlySet<string>>
  /** The same codes by code system, for values that state one. */
  readonly codings: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>
}

/**
 * Reads the compact tables that `generate.ts` made beside this file at build time. Read once per
 * process; every later call gives back the same object.
 */
export const loadDefinitions = (): Definitions => (loaded ??= readDefinitions())

let loaded: Definitions | undefined

const readDefinitions = (): Definitions => {
  const file = new URL('./generated/definitions.json', import.meta.url)
  const compact = JSON.parse(readFileSync(file, 'utf8')) as CompactDefinitions
  return Object.freeze({
    indexGeneration: 0,
    types: new Map(
      compact.types.map(([name, kind, elements]) => [name, typeDefinition(name, kind, elements)]),
    ),
    resourceTypes: Object.freeze(compact.resourceTypes),
    searchParameters: searchParametersByType(compact),
    ...codesByValueSet(compact),
  })
}

const typeDefinition = (
  name: string,
  kind: TypeDefinition['kind'],
  elements: readonly CompactElement[],
): TypeDefinition =>
  Object.freeze({
    name,
    kind,
    elements: new Map(elements.map(element => [element[0], elementDefinition(element)])),
  })

const elementDefinition = (compact: CompactElement): ElementDefinition => {
  const [name, type, min, max, isArray, choice, targets, binding, flags = 0] = compact
  return Object.freeze({
    name,
    type,
    min,
    max,
    isArray: isArray === 1,
    ...(choice ? { choice } : {}),
    ...(targets ? { targets: Object.freeze(targets) } : {}),
    ...(binding ? { binding } : {}),
    ...((flags & 1) === 0 ? {} : { isSummary: true }),
    ...((flags & 2) === 0 ? {} : { isModifier: true }),
  })
}

const searchParametersByType = (compact: CompactDefinitions): Definitions['searchParameters'] => {
  const definitions = new Map<string, SearchParameterDefinition[]>()
  for (const parameter of compact.searchParameters) {
    const declared = definitions.get(parameter.resourceType)
    if (declared === undefined) definitions.set(parameter.resourceType, [definition(parameter)])
    else declared.push(definition(parameter))
  }
  const domain = new Set(compact.domainResourceTypes)
  return new Map(
    compact.resourceTypes.map(resourceType => {
      const parameters = [
        ...definitions.get('Resource')!,
        ...(domain.has(resourceType) ? definitions.get('DomainResource')! : []),
        ...(definitions.get(resourceType) ?? []),
      ]
      return [resourceType, new Map(parameters.map(parameter => [parameter.code, parameter]))]
    }),
  )
}

const definition = (compact: CompactSearchParameter): SearchParameterDefinition =>
  Object.freeze({
    ...compact,
    paths: Object.freeze(
      compact.paths.map(path => Object.freeze({ ...path, steps: path.steps.map(step) })),
    ),
  })

const step = ({ name, isArray, where }: CompactStep): PathStep =>
  Object.freeze({ name, isArray: isArray === true, ...(where === undefined ? {} : { where }) })

const codesByValueSet = ({ codes }: CompactDefinitions): Pick<Definitions, 'codes' | 'codings'> => {
  const valueSets = Object.entries(codes)
  return {
    codes: new Map(
      valueSets.map(([valueSet, systems]) => [valueSet, new Set(Object.values(systems).flat())]),
    ),
    codings: new Map(
      valueSets.map(([valueSet, systems]) => [
        valueSet,
        new Map(Object.entries(systems).map(([system, list]) => [system, new Set(list)])),
      ]),
    ),
  }
}
