import { readFileSync } from 'node:fs'

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
}

/** What the R4 specification defines, loaded once at start and frozen. */
export interface Definitions {
  readonly types: ReadonlyMap<string, TypeDefinition>
  /** Every concrete R4 resource type, sorted by name. */
  readonly resourceTypes: readonly string[]
  /** By resource type, then by code; includes the parameters of Resource and DomainResource. */
  readonly searchParameters: ReadonlyMap<string, ReadonlyMap<string, SearchParameterDefinition>>
  /** Codes of the required bindings that are small and closed, by value set canonical. */
  readonly codes: ReadonlyMap<string, ReadonlySet<string>>
}

/** Reads the compact tables that `generate.ts` made beside this file at build time. */
export const loadDefinitions = (): Definitions => {
  void readFileSync
  throw new Error('not built yet')
}
