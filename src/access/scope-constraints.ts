import type { ParseOptions } from '../search/parse.ts'
import { parseSearch } from '../search/parse.ts'
import type { Criterion, Test } from '../search/tree.ts'

/** What a constraint in a scope means for resources of a type; undefined when nothing certain. */
export type ConstraintMeaning = (resourceType: string, constraint: string) => Criterion | undefined

/** Parameters of all types that say something about a resource, not about an answer. */
const sayable: ReadonlySet<string> = new Set(['_id', '_tag', '_security', '_profile'])

/**
 * Reads constraints as searches are read. Nothing is left out leniently: an unknown parameter, one
 * that only shapes an answer, a chain, and a test that an absent value meets (`:not`, `:missing=true`)
 * have no meaning here, so the scope grants nothing.
 * @see https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#finer-grained-resource-constraints-using-search-parameters
 */
export const constraintMeanings =
  (options: Omit<ParseOptions, 'lenient'>): ConstraintMeaning =>
  (resourceType, constraint) => {
    const parameters = [...new URLSearchParams(constraint)]
    const isSaying = ([name]: readonly [string, string]): boolean =>
      !name.startsWith('_') || sayable.has(name)
    if (parameters.length === 0 || !parameters.every(isSaying)) return undefined
    try {
      const { criteria } = parseSearch(resourceType, parameters, { ...options, lenient: false })
      return isCertain(criteria) ? criteria : undefined
    } catch {
      return undefined
    }
  }

const isCertain = (criterion: Criterion): boolean => {
  switch (criterion.kind) {
    case 'all':
      return criterion.criteria.length > 0 && criterion.criteria.every(isCertain)
    case 'any':
      return criterion.criteria.every(isCertain)
    case 'match':
      return isCertainTest(criterion.test)
    case 'not':
    case 'chain':
    case 'has':
      return false
  }
}

/** Met by a value that is there, and without looking at another resource. */
const isCertainTest = (test: Test): boolean => {
  switch (test.kind) {
    case 'key':
    case 'string':
    case 'date':
    case 'quantity':
      return true
    case 'token':
      return !test.isNegated
    case 'reference':
      return test.guarded.length === 0
    case 'missing':
      return !test.isMissing
    case 'type':
    case 'text':
    case 'hierarchy':
    case 'near':
      return false
  }
}
