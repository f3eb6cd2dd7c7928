import type { Issue } from '../fhir/outcome.ts'
import type { Subset } from '../fhir/subset.ts'
import type { DateTest } from './types/date.ts'
import type { HierarchyTest } from './types/hierarchy.ts'
import type { NearTest } from './types/near.ts'
import type { QuantityTest } from './types/quantity-test.ts'
import type { ReferenceTest } from './types/reference.ts'
import type { StringTest } from './types/string.ts'
import type { TextTest } from './types/text.ts'
import type { TokenTest } from './types/token.ts'

/** A search as an immutable tree: what was asked for, already checked, without SQL. */
export interface SearchQuery {
  readonly resourceType: string
  /** Every type that is searched; `resourceType` is the first. */
  readonly resourceTypes: readonly string[]
  readonly criteria: Criterion
  /** Empty: newest clinical date first for one patient, newest update first otherwise. */
  readonly sort: readonly SortKey[]
  /** Matches a page has at most; 0 asks for the total alone. */
  readonly count: number
  /** `estimate`: counted up to `limits.estimatedTotalMax`, one more says that there are more. */
  readonly total: 'accurate' | 'estimate' | 'none'
  readonly include: readonly IncludeReference[]
  readonly revinclude: readonly IncludeReference[]
  /** Which part of each resource is wanted; absent means the whole. */
  readonly subset?: Subset
  /** What was understood, in order and as it was written, for the self link. */
  readonly used: readonly (readonly [name: string, value: string])[]
  readonly warnings: readonly Issue[]
}

export type Criterion =
  | { readonly kind: 'all'; readonly criteria: readonly Criterion[] }
  | { readonly kind: 'any'; readonly criteria: readonly Criterion[] }
  /** What does not meet the criterion, also for want of a value. */
  | { readonly kind: 'not'; readonly criterion: Criterion }
  | Match
  | Chain
  | Has

/** One search parameter with its values. */
export interface Match {
  readonly kind: 'match'
  readonly code: string
  readonly test: Test
}

/** Resources whose reference leads to one that meets `criterion`. One entry per type of the target. */
export interface Chain {
  readonly kind: 'chain'
  readonly code: string
  readonly parameter: bigint
  readonly isPatientColumn: boolean
  readonly targets: readonly { readonly resourceType: string; readonly criterion: Criterion }[]
}

/** Resources that one of `resourceType`, which meets `criterion`, refers to by `code`. */
export interface Has {
  readonly kind: 'has'
  readonly resourceType: string
  readonly code: string
  readonly parameter: bigint
  readonly isPatientColumn: boolean
  /** The resources that are asked about are Patients. */
  readonly isOfPatient: boolean
  readonly criterion: Criterion
}

export type Test =
  | KeyTest
  | TypeTest
  | TokenTest
  | ReferenceTest
  | HierarchyTest
  | NearTest
  | StringTest
  | TextTest
  | DateTest
  | QuantityTest
  | MissingTest

/** `_id`: the resource is one of these. */
export interface KeyTest {
  readonly kind: 'key'
  readonly keys: readonly bigint[]
}

/** The resource is of one of these types: one branch of a search over several. */
export interface TypeTest {
  readonly kind: 'type'
  readonly types: readonly string[]
}

/** `:missing`: whether any of these bits is in the column `present`. */
export interface MissingTest {
  readonly kind: 'missing'
  readonly isMissing: boolean
  /** It is of what may be taken out before a resource is served: then only whole resources have it. */
  readonly isRedactable?: true
  readonly bits: bigint
}

export interface SortKey {
  readonly by: 'id' | 'last-updated' | 'clinical-date' | 'date' | 'string' | 'quantity'
  readonly parameter: bigint
  readonly isDescending: boolean
}

/** `_include`: follow `parameter` of `resourceType`. `_revinclude`: find who follows it to a match. */
export interface IncludeReference {
  readonly resourceType: string
  readonly code: string
  readonly parameter: bigint
  readonly isPatientColumn: boolean
  /** Types of the target that are wanted. */
  readonly targets: readonly string[]
  /** One of them was named, the others are not wanted. */
  readonly isTyped: boolean
  /** What is included is followed, too. */
  readonly isIterated: boolean
  /** Not named itself but one of all. */
  readonly isWildcard?: true
}
