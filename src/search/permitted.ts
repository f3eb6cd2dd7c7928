import type { Criterion } from './tree.ts'

declare const permitted: unique symbol

/**
 * What a request may see, as data. `access/` makes it; `visible.ts` turns it into the one SQL
 * predicate that stands on every alias of every query.
 */
export interface Visibility {
  /** organization.number of the caller's tenant. */
  readonly organization: number
  /** Keys of the caller's own actors: its Organization and, for a person, the Practitioner. */
  readonly actors: readonly bigint[]
  /**
   * The purpose of use with its ancestors, such as TREAT. Empty: a purpose for which no record
   * leaves its hospital, so only own records and the shared directory are visible.
   */
  readonly purposes: readonly string[]
  /** What a token leaves of all that; absent: everything. */
  readonly narrowing?: Narrowing
  /** Who asks is the patient of `narrowing`, or has broken the glass of that patient. */
  readonly confined?: Confinement
}

/**
 * `self`: the patient asks, and sees what names nobody else, whoever keeps it; `glass`: in an
 * emergency, see `glass_disclosure` in migrations/.
 */
export interface Confinement {
  readonly by: 'self' | 'glass'
  readonly patient: bigint
}

/** Bounds a token sets itself, whoever's the records are. */
export interface Narrowing {
  /** Key of the one Patient the token is about: records of others, or of nobody, are out of it. */
  readonly patient?: bigint
  /** By resource type, what its resources must meet. A type that is not here is not bounded. */
  readonly criteria: ReadonlyMap<string, Criterion>
}

/** A question together with what its asker may see: the only argument `store` reads by. */
export type Permitted<T> = {
  readonly [permitted]: true
  readonly asked: T
  readonly visibility: Visibility
}

/** Only `access/` (and tests) may call this; the architecture test holds it to that. */
export const permit = <T>(asked: T, visibility: Visibility): Permitted<T> =>
  ({ asked, visibility }) as Permitted<T>
