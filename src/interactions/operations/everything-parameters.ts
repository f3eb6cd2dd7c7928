import { InvalidRequests } from '../../fhir/errors.ts'
import { limits } from '../../fhir/limits.ts'
import { issue, type Issue } from '../../fhir/outcome.ts'
import { isResourceType, resourceTypes } from '../../fhir/resource-types.ts'
import type { EverythingQuestion } from '../../search/compile-everything.ts'
import { dateRange } from '../../search/date-range.ts'
import type { Exchange, Parameters } from '../interaction.ts'

type Draft = { -readonly [Member in keyof EverythingQuestion]: EverythingQuestion[Member] }

/** Takes the value, or says what was expected. */
type Read = (value: string, draft: Draft, timeZone: string) => string | undefined

/**
 * What `$everything` is asked for. Everything that is wrong is refused at once.
 * @throws InvalidRequests
 */
export const everythingQuestion = (
  patientId: string,
  parameters: Parameters,
  { context, isLenient }: Exchange,
): EverythingQuestion => {
  const draft: Draft = { patientId, resourceTypes, count: limits.pageSizeMax }
  const issues: Issue[] = []
  for (const [name, value] of parameters) {
    const read = readers.get(name)
    const expected = read?.(value, draft, context.timeZone)
    if (read === undefined && !isLenient)
      issues.push(fault('a parameter', 'an unknown one', [...readers.keys()].join(', ')))
    else if (expected !== undefined) issues.push(fault(name, 'another value', expected))
  }
  if (issues.length > 0) throw new InvalidRequests(issues.slice(0, limits.issuesMax))
  return draft
}

const fault = (parameter: string, found: string, expected: string): Issue =>
  issue('error', 'invalid', 'everything-parameter', { parameter, found, expected })

const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['start', dateReader('start', range => range.low)],
  ['end', dateReader('end', range => range.high)],
  ['_since', dateReader('since', range => range.low)],
  [
    '_type',
    (value, draft) => {
      const types = value.split(',').map(type => type.trim())
      if (!types.every(isResourceType)) return 'R4 resource types, separated by commas'
      draft.resourceTypes = types
      return undefined
    },
  ],
  [
    '_count',
    (value, draft) => {
      if (!/^[1-9]\d{0,8}$/.test(value)) return 'a whole number above 0'
      draft.count = Math.min(Number(value), limits.pageSizeMax)
      return undefined
    },
  ],
  // How the answer is written is decided elsewhere.
  ['_summary', () => undefined],
  ['_elements', () => undefined],
  ['_format', () => undefined],
  ['_pretty', () => undefined],
])

/** A date or time of which one side counts; a plus sign may have arrived as a space. */
function dateReader(
  member: 'start' | 'end' | 'since',
  side: (range: { readonly low: string; readonly high: string }) => string,
): Read {
  return (value, draft, timeZone) => {
    const range = dateRange(value.replace(/ (?=\d\d:\d\d$)/, '+'), timeZone)
    if (range === undefined) return 'a date or time such as 2026-01-31'
    draft[member] = side(range)
    return undefined
  }
}
