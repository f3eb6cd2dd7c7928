import type { Criterion, SearchQuery } from './tree.ts'
import type { ReferenceTest } from './types/reference.ts'

/** Keys of the Patients that were replaced, by the key of the one that survives. */
export type MergedPatients = ReadonlyMap<bigint, readonly bigint[]>

/** Keys of everything a search names where a Patient could stand. */
export const patientsNamed = (criterion: Criterion): readonly bigint[] => {
  switch (criterion.kind) {
    case 'all':
    case 'any':
      return criterion.criteria.flatMap(patientsNamed)
    case 'not':
      return patientsNamed(criterion.criterion)
    case 'match': {
      const { test } = criterion
      if (test.kind !== 'reference') return []
      return [...test.patients, ...test.openKeys, ...guardedPatients(test)]
    }
    default:
      return []
  }
}

/** The same search, where a Patient that survives stands for those it has replaced, too. */
export const withMerged = (query: SearchQuery, merged: MergedPatients): SearchQuery => ({
  ...query,
  criteria: widened(query.criteria, merged),
})

const widened = (criterion: Criterion, merged: MergedPatients): Criterion => {
  switch (criterion.kind) {
    case 'all':
    case 'any':
      return { ...criterion, criteria: criterion.criteria.map(part => widened(part, merged)) }
    case 'not':
      return { ...criterion, criterion: widened(criterion.criterion, merged) }
    case 'match':
      return criterion.test.kind === 'reference'
        ? { ...criterion, test: widenedTest(criterion.test, merged) }
        : criterion
    default:
      return criterion
  }
}

const widenedTest = (test: ReferenceTest, merged: MergedPatients): ReferenceTest => {
  const others = (key: bigint) => merged.get(key) ?? []
  // A token is parameter # key, so the two together give the parameter.
  const added = test.open.flatMap((token, at) => {
    const key = test.openKeys[at]!
    return others(key).map(other => ({ key: other, token: token ^ key ^ other }))
  })
  const guarded = guardedPatients(test).flatMap((key, at) =>
    others(key).map(other => ({ key: other, token: test.guardedTokens[at]! ^ key ^ other })),
  )
  return {
    ...test,
    guarded: [...test.guarded, ...guarded.map(({ key }) => key)],
    guardedTokens: [...test.guardedTokens, ...guarded.map(({ token }) => token)],
    patients: unique([...test.patients, ...test.patients.flatMap(others)]),
    open: [...test.open, ...added.map(({ token }) => token)],
    openKeys: [...test.openKeys, ...added.map(({ key }) => key)],
  }
}

/** Links between Patients are guarded; other guarded keys are of what is never replaced. */
const guardedPatients = ({ guarded, guardedTypes }: ReferenceTest): readonly bigint[] =>
  guardedTypes.includes('Patient') ? guarded : []

const unique = (keys: readonly bigint[]): readonly bigint[] => [...new Set(keys)]
