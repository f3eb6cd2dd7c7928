import type { Definitions } from './definitions.ts'
import { InvalidRequests } from './errors.ts'
import { limits } from './limits.ts'
import { nearest } from './nearest.ts'
import { issue, type Issue } from './outcome.ts'
import type { Subset } from './subset.ts'

/** What `_summary` and `_elements` ask for. `count` leaves no resource at all. */
export type Shape = Subset | { readonly kind: 'count' }

const summaries = ['true', 'text', 'data', 'false'] as const

/**
 * The shape that `_summary` and `_elements` ask for; undefined means whole resources. Other
 * parameters are passed over.
 * @throws InvalidRequests naming everything that is wrong with the two
 * @see https://hl7.org/fhir/R4/search.html#summary
 */
export const shapeOf = (
  parameters: readonly (readonly [name: string, value: string])[],
  resourceType: string,
  definitions: Definitions,
  { mayCount }: { readonly mayCount: boolean },
): Shape | undefined => {
  const { shape, issues } = readShape(parameters, resourceType, definitions, { mayCount })
  if (issues.length > 0) throw new InvalidRequests(issues)
  return shape
}

/** As `shapeOf`, with what is wrong as a list: for callers that have other parameters to check. */
export const readShape = (
  parameters: readonly (readonly [name: string, value: string])[],
  resourceType: string,
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
    else elements = readElements(value[1], resourceType, definitions, issues)
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
  resourceType: string,
  definitions: Definitions,
  issues: Issue[],
): Shape | undefined => {
  const names = value.split(',').map(name => name.trim())
  if (names.length > limits.elementsMax) {
    const fault = { found: names.length, limit: limits.elementsMax }
    issues.push(issue('error', 'invalid', 'elements-too-many', fault))
    return undefined
  }
  const elements = [...(definitions.types.get(resourceType)?.elements.values() ?? [])]
  const known = new Set(elements.flatMap(({ name, choice }) => [name, ...(choice ? [choice] : [])]))
  for (const name of names)
    if (!known.has(name)) {
      const found = name.replace(/[^\w-]/g, '').slice(0, foundLettersMax)
      const fault = { found, type: resourceType, nearest: nearest(name, known).join(', ') }
      issues.push(issue('error', 'invalid', 'elements-unknown', fault))
    }
  return { kind: 'elements', names: new Set(names) }
}
