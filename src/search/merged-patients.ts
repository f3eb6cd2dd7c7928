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
    case 'match': {
      const { test } = criterion
      if (test.kind !== 'reference') return []
      return [...test.patients, ...test.open.map(token => token ^ test.parameter)]
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
    case 'match':
      return criterion.test.kind === 'reference'
        ? { ...criterion, test: widenedTest(criterion.test, merged) }
        : criterion
    default:
      return criterion
  }
}

const widenedTest = (test: ReferenceTest, merged: MergedPatients): ReferenceTest => {
  const { parameter } = test
  const others = (key: bigint) => merged.get(key) ?? []
  return {
    ...test,
    patients: unique([...test.patients, ...test.patients.flatMap(others)]),
    open: unique([
      ...test.open,
      ...test.open.flatMap(token => others(token ^ parameter).map(key => key ^ parameter)),
    ]),
  }
}

const unique = (keys: readonly bigint[]): readonly bigint[] => [...new Set(keys)]
