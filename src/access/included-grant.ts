import assert from 'node:assert/strict'
import type { VersionQuestion } from '../search/compile-read.ts'
import { permit, type Permitted } from '../search/permitted.ts'
import type { SearchQuery } from '../search/tree.ts'
import { typesTouched } from '../search/types-touched.ts'

/** The version of a resource that a permitted search includes, under the same view. */
export const permitIncludedVersion = (
  { asked, visibility }: Permitted<SearchQuery>,
  question: VersionQuestion,
): Permitted<VersionQuestion> => {
  const isIncluded = typesTouched(asked).included.some(type => type === question.resourceType)
  assert(isIncluded, 'the search has not been permitted to include this type')
  return permit(question, visibility)
}
