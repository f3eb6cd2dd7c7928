import type { Definitions } from './definitions.ts'
import { limits } from './limits.ts'
import { nearest } from './nearest.ts'
import { issue, type Issue } from './outcome.ts'
import type { Subset } from './subset.ts'

/** What `_summary` and `_elements` ask for. `count` leaves no resource at all. */
export type Shape = Subset | { readonly kind: 'count' }

const summaries = ['true', 'text', 'data', 'false'] as const

/**
 * The shape that `_summary` and `_elements` ask for, and what is wrong with them. Undefined means
 * whole resources; other parameters are passed over. `_elements` may name what any of the types has.
 * @see https://hl7.org/fhir/R4/search.html#summary
 */
export const readShape = (
  parameters: readonly (readonly [name: string, value: string])[],
  resourceTypes: readonly string[],
  definitions: Definitions,
  { mayCount }: { readonly mayCount: boolean },
): { readonly shape: Shape | undefined; readonly issues: readonly Issue[] } => {
  const issues: Issue[] = []
  let shape: Shape | undefined
  let elements: Shape | undefined
  for (const parameter of ['_summary', '_elements'] as const) {
    const [value, ...more] = parameters.filter(([name]) => name === parameter)
    if (value === undefined) continue
    if (more.length > 0)
      issues.push(issue('error', 'invalid', 'search-parameter-repeated', { parameter }))
    else if (parameter === '_summary') shape = readSummary(value[1], mayCount, issues)
    else elements = readElements(value[1], resourceTypes, definitions, issues)
  }
  if (shape !== undefined && elements !== undefined)
    issues.push(issue('error', 'invalid', 'summary-with-elements'))
  return { shape: shape ?? elements, issues }
}

const readSummary = (value: string, mayCount: boolean, issues: Issue[]): Shape | undefined => {
  switch (value) {
    case 'true':
      return { kind: 'summary' }
    case 'text':
    case 'data':
      return { kind: value }
    case 'false':
      return undefined
    default:
      if (value === 'count' && mayCount) return { kind: 'count' }
  }
  const expected = [...summaries, ...(mayCount ? ['count'] : [])].join(', ')
  issues.push(
    issue('error', 'invalid', 'search-result-malformed', { parameter: '_summary', expected }),
  )
  return undefined
}

const foundLettersMax = 64

const readElements = (
  value: string,
  resourceTypes: readonly string[],
  definitions: Definitions,
  issues: Issue[],
): Shape | undefined => {
  const names = value.split(',').map(name => name.trim())
  if (names.length > limits.elementsMax) {
    const fault = { found: names.length, limit: limits.elementsMax }
    issues.push(issue('error', 'invalid', 'elements-too-many', fault))
    return undefined
  }
  const elements = resourceTypes.flatMap(type => [
    ...(definitions.types.get(type)?.elements.values() ?? []),
  ])
  const known = new Set(elements.flatMap(({ name, choice }) => [name, ...(choice ? [choice] : [])]))
  const [type = ''] = resourceTypes.length === 1 ? resourceTypes : ['Resource']
  for (const name of names)
    if (!known.has(name)) {
      const found = name.replace(/[^\w-]/g, '').slice(0, foundLettersMax)
      const fault = { found, type, nearest: nearest(name, known).join(', ') }
      issues.push(issue('error', 'invalid', 'elements-unknown', fault))
    }
  return { kind: 'elements', names: new Set(names) }
}
