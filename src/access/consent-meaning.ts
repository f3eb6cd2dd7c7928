import { factOfAuthor } from '../search/facts.ts'
import { keyOf } from '../search/hash.ts'
import { isSharedType } from '../search/shared-types.ts'
import { notEnforceable } from './consent-issue.ts'
import type { Constraints, Reading } from './consent-node.ts'
import { elements, literalReference, type Element } from './element.ts'

/** Records that others belong to: naming one as `related` also means what refers to it. */
const episodes: ReadonlySet<string> = new Set(['Encounter', 'EpisodeOfCare', 'CarePlan'])

/**
 * Which records `data` means: the one named, what it refers to, what refers to it, or what somebody
 * has made. One hop. Patients and the directory are not followed, so they cannot be named for it.
 * @see https://hl7.org/fhir/R4/valueset-consent-data-meaning.html
 */
export const dataOf = (data: readonly Element[], reading: Reading): Partial<Constraints> => {
  if (data.length === 0) return {}
  const { at, kind, context, issues } = reading
  const found = { instances: [], related: [], referring: [], dataAuthors: [] } as Record<
    string,
    bigint[]
  >
  for (const [index, entry] of data.entries()) {
    const here = `${at}.data[${index}]`
    const target = literalReference(elements(entry['reference'])[0], context.baseUrl)
    if (target === undefined) {
      issues.push(notEnforceable(`${here}.reference`, 'no literal reference', 'Type/[id]'))
      continue
    }
    const { resourceType, id } = target
    const key = keyOf(resourceType, id)
    const meaning = String(entry['meaning'])
    const isFollowed = resourceType !== 'Patient' && !isSharedType(resourceType)
    if (meaning === 'authoredby') {
      found['dataAuthors']!.push(factOfAuthor(key))
      continue
    }
    if (meaning !== 'instance' && !isFollowed)
      issues.push(notEnforceable(`${here}.reference`, resourceType, 'a clinical record'))
    found['instances']!.push(key)
    const isBoth = kind === 'D' || episodes.has(resourceType)
    if (meaning === 'related') found['related']!.push(key)
    if (meaning === 'dependents' || (meaning === 'related' && isBoth)) found['referring']!.push(key)
  }
  // A list that is empty asks nothing: null, as for every absent constraint.
  const { instances, ...others } = found
  const asked = Object.entries(others).filter(([, keys]) => keys.length > 0)
  return { instances: instances!, ...Object.fromEntries(asked) }
}
