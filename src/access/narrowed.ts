import type { Visibility } from '../search/permitted.ts'
import type { Criterion } from '../search/tree.ts'
import type { Principal } from './principal.ts'
import type { ConstraintMeaning } from './scope-constraints.ts'
import type { Scope, ScopeLetter, Scopes } from './scopes.ts'

/** What the constraints of a token's scopes mean, for the scopes that have one. */
export type Constraints = ReadonlyMap<Scope, Criterion>

const noConstraints: Constraints = new Map()

/**
 * The caller without scopes whose constraint has no meaning, and the meaning of the others. Without
 * `meaningOf` none has one.
 */
export const meantBy = (
  principal: Principal,
  meaningOf: ConstraintMeaning | undefined,
): { readonly principal: Principal; readonly constraints: Constraints } => {
  const { scopes } = principal
  if (scopes.every(({ constraint }) => constraint === undefined))
    return { principal, constraints: noConstraints }
  const constraints = new Map(
    scopes.flatMap(scope => {
      if (scope.constraint === undefined) return []
      const meaning = meaningOf?.(scope.resourceType, scope.constraint)
      return meaning === undefined ? [] : [[scope, meaning] as const]
    }),
  )
  const meant = scopes.filter(scope => scope.constraint === undefined || constraints.has(scope))
  return { principal: { ...principal, scopes: meant }, constraints }
}

/** By which letters a type is looked into; one of them is enough. */
export type LettersOf = (resourceType: string) => readonly ScopeLetter[]

/**
 * What may be seen when types are looked into by these letters: where every scope that covers a type
 * is constrained, only resources that meet one of the constraints. Types that no scope covers are
 * left as they are; whether they may be looked into is asked elsewhere.
 */
export const narrowedBy = (
  visibility: Visibility,
  scopes: Scopes,
  constraints: Constraints,
  lettersOf: LettersOf,
): Visibility => {
  if (constraints.size === 0) return visibility
  const criteria = new Map<string, Criterion>(visibility.narrowing?.criteria)
  for (const { resourceType } of constraints.keys()) {
    const letters = lettersOf(resourceType)
    const covering = scopes.filter(
      scope =>
        (scope.resourceType === '*' || scope.resourceType === resourceType) &&
        letters.some(letter => scope.letters.includes(letter)),
    )
    if (covering.some(scope => !constraints.has(scope))) continue
    const alternatives = covering.map(scope => constraints.get(scope)!)
    criteria.set(resourceType, { kind: 'any', criteria: alternatives })
  }
  return { ...visibility, narrowing: { ...visibility.narrowing, criteria } }
}
