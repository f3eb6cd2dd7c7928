import type {
  PathStep,
  SearchParameterDefinition,
  SearchPath,
  TypeDefinition,
} from './definitions.ts'

/** [name, type, min, max, isArray as 0 or 1, choice, targets, binding, 1 for summary plus 2 for modifier]; trailing zeros are left out. */
export type CompactElement = readonly [
  name: string,
  type: string,
  min: number,
  max: number | null,
  isArray: 0 | 1,
  choice?: string | 0,
  targets?: readonly string[] | 0,
  binding?: string | 0,
  flags?: number,
]

export type CompactStep = Pick<PathStep, 'name'> & {
  readonly isArray?: true
  readonly where?: PathStep['where']
}

export type CompactPath = Omit<SearchPath, 'steps'> & { readonly steps: readonly CompactStep[] }

export type CompactSearchParameter = Omit<SearchParameterDefinition, 'paths'> & {
  readonly paths: readonly CompactPath[]
}

/** What the build writes to `generated/definitions.json` and `loadDefinitions` reads back. */
export interface CompactDefinitions {
  readonly types: readonly (readonly [
    name: string,
    kind: TypeDefinition['kind'],
    elements: readonly CompactElement[],
  ])[]
  readonly resourceTypes: readonly string[]
  /** Types that extend DomainResource, and so have its search parameters. */
  readonly domainResourceTypes: readonly string[]
  readonly searchParameters: readonly CompactSearchParameter[]
  /** By value set, then by code system: every code. */
  readonly codes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}
