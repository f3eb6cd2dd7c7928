import { isDeepStrictEqual } from 'node:util'
import { TooCostly } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { Criterion, Match, Test } from './tree.ts'

/** What one parameter means for one type. */
interface OfType {
  readonly type: string
  readonly criteria: Criterion
}

/**
 * One criterion for resources of several types out of the criterion of each. Tokens and keys belong
 * to one type by themselves, so those of all types are one test; what cannot be one becomes a branch
 * for each type.
 * @throws TooCostly beyond `limits.systemSearchBranchesMax` branches
 */
export const mergedCriteria = (criteria: readonly OfType[]): Criterion => {
  const counted = { branches: 0 }
  const merged = mergeAll(criteria, counted)
  if (counted.branches > limits.systemSearchBranchesMax)
    throw new TooCostly('search-system-too-wide', { limit: limits.systemSearchBranchesMax })
  return merged
}

const mergeAll = (criteria: readonly OfType[], counted: { branches: number }): Criterion => {
  const [first, ...others] = criteria.map(one => one.criteria)
  if (others.length === 0) return first!
  const kind = first!.kind
  if (kind === 'all' || kind === 'any') {
    const lists = criteria.map(one =>
      one.criteria.kind === kind ? one.criteria.criteria : undefined,
    )
    if (lists.every(list => list?.length === lists[0]?.length))
      return {
        kind,
        criteria: lists[0]!.map((_, at) =>
          mergeAll(
            criteria.map(({ type }, of) => ({ type, criteria: lists[of]![at]! })),
            counted,
          ),
        ),
      }
  } else if (kind === 'match') {
    const tests = criteria.map(one =>
      one.criteria.kind === 'match' ? one.criteria.test : undefined,
    )
    const test = tests.every(one => one !== undefined) ? mergedTest(tests) : undefined
    if (test !== undefined) return { ...(first as Match), test }
  }
  counted.branches += criteria.length
  return {
    kind: 'any',
    criteria: criteria.map(({ type, criteria: criterion }) => ({
      kind: 'all',
      criteria: [
        { kind: 'match', code: '_type', test: { kind: 'type', types: [type] } },
        criterion,
      ],
    })),
  }
}

/** The one test that means the same for rows of all types; undefined when there is none. */
const mergedTest = (tests: readonly Test[]): Test | undefined => {
  const [first] = tests
  switch (first!.kind) {
    case 'token': {
      const alike = tests.filter(test => test.kind === 'token')
      if (alike.length < tests.length) return undefined
      if (alike.some(({ isNegated }) => isNegated !== alike[0]!.isNegated)) return undefined
      return { ...alike[0]!, tokens: alike.flatMap(({ tokens }) => tokens) }
    }
    case 'key': {
      const alike = tests.filter(test => test.kind === 'key')
      if (alike.length < tests.length) return undefined
      return { kind: 'key', keys: alike.flatMap(({ keys }) => keys) }
    }
    case 'reference': {
      const alike = tests.filter(test => test.kind === 'reference')
      const [one] = alike
      // The column holds a patient whichever parameter named it, so it must be the same for all.
      if (alike.length < tests.length) return undefined
      if (!alike.every(({ patients }) => isDeepStrictEqual(patients, one!.patients)))
        return undefined
      return {
        kind: 'reference',
        patients: one!.patients,
        open: alike.flatMap(({ open }) => open),
        openKeys: alike.flatMap(({ openKeys }) => openKeys),
        guarded: alike.flatMap(({ guarded }) => guarded),
        guardedTokens: alike.flatMap(({ guardedTokens }) => guardedTokens),
        guardedTypes: [...new Set(alike.flatMap(({ guardedTypes }) => guardedTypes))],
      }
    }
    case 'date': {
      const alike = tests.filter(test => test.kind === 'date')
      const [one] = alike
      // Two of the three kinds of date are columns of the row, whatever the parameter is called.
      const isSame = alike.every(
        ({ of, values }) => of === one!.of && isDeepStrictEqual(values, one!.values),
      )
      return alike.length === tests.length && isSame && one!.of !== 'date' ? one : undefined
    }
    case 'text':
      return mergedText(tests)
    default:
      return tests.every(test => isDeepStrictEqual(test, first)) ? first : undefined
  }
}

const mergedText = (tests: readonly Test[]): Test | undefined => {
  const alike = tests.filter(test => test.kind === 'text')
  const isRedactable = alike[0]!.redactedQuery === undefined
  // Where nothing is left of one, nothing must be left of any.
  const isAlike = alike.every(test => (test.redactedQuery === undefined) === isRedactable)
  if (alike.length < tests.length || !isAlike) return undefined
  const left = anyOf(alike.flatMap(({ redactedQuery }) => redactedQuery ?? []))
  return {
    kind: 'text',
    types: [...new Set(alike.flatMap(({ types }) => types))],
    query: anyOf(alike.map(({ query }) => query)),
    redactedQuery: isRedactable ? undefined : left,
  }
}

/** One tsquery for several. */
const anyOf = (queries: readonly string[]): string => {
  const [first = '', ...others] = new Set(queries)
  return others.length === 0 ? first : [first, ...others].map(query => `(${query})`).join(' | ')
}
