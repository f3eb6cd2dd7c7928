import { InvalidRequests } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { issue, type Issue } from '../fhir/outcome.ts'
import { dateRange } from '../search/date-range.ts'
import type { HistoryQuestion } from '../search/compile-history.ts'
import type { Exchange, Parameters } from './interaction.ts'

/** The part of the question that stands in the query. */
export type HistoryWindow = Omit<HistoryQuestion, 'resourceTypes' | 'id'>

const served = '_since, _at, _count, _sort, _total, _summary, _elements'
type Draft = { -readonly [Member in keyof HistoryWindow]: HistoryWindow[Member] }

/**
 * Reads the parameters of a history. Everything that is wrong is refused at once; an unknown
 * parameter is passed over when the caller asked for that.
 * @throws InvalidRequests
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export const historyWindow = (
  parameters: Parameters,
  { context, isLenient }: Exchange,
): HistoryWindow => {
  const draft: Draft = { isAscending: false, count: limits.pageSizeDefault, total: 'accurate' }
  const issues: Issue[] = []
  const seen = new Set<string>()
  for (const [name, value] of parameters) {
    const read = readers[name]
    if (read === undefined) {
      if (!isLenient) issues.push(fault('a parameter', 'an unknown one', served))
      continue
    }
    if (seen.has(name)) issues.push(fault(name, 'it twice', 'it once'))
    seen.add(name)
    const expected = read(value, draft, context.timeZone)
    if (expected !== undefined) issues.push(fault(name, 'another value', expected))
  }
  if (issues.length > 0) throw new InvalidRequests(issues.slice(0, limits.issuesMax))
  // Asked for no entries, the number is all there is to say.
  return draft.count === 0 ? { ...draft, total: 'accurate' } : draft
}

const fault = (parameter: string, found: string, expected: string): Issue =>
  issue('error', 'invalid', 'history-parameter', { parameter, found, expected })

/** Takes the value, or says what was expected. */
type Read = (value: string, draft: Draft, timeZone: string) => string | undefined

const readers: Readonly<Record<string, Read>> = {
  __proto__: null as never,
  _count: (value, draft) => {
    if (!/^\d{1,9}$/.test(value)) return 'a whole number'
    draft.count = Math.min(Number(value), limits.pageSizeMax)
    return undefined
  },
  _since: (value, draft, timeZone) => {
    const range = dateRange(withZoneSign(value), timeZone)
    if (range === undefined) return 'an instant such as 2026-01-31T08:00:00+08:00'
    draft.since = range.low
    return undefined
  },
  _at: (value, draft, timeZone) => {
    const range = dateRange(withZoneSign(value), timeZone)
    if (range === undefined) return 'a date or time without prefix, such as 2026-01-31'
    draft.at = range
    return undefined
  },
  _sort: (value, draft) => {
    if (value !== '_lastUpdated' && value !== '-_lastUpdated')
      return '_lastUpdated or -_lastUpdated'
    draft.isAscending = value === '_lastUpdated'
    return undefined
  },
  _total: (value, draft) => {
    if (value !== 'accurate' && value !== 'none') return 'accurate or none'
    draft.total = value
    return undefined
  },
  // How the answer is written is decided elsewhere.
  _format: () => undefined,
  _pretty: () => undefined,
  _summary: () => undefined,
  _elements: () => undefined,
}

/** A plus sign that was not percent-encoded arrives as a space. */
const withZoneSign = (value: string): string => value.replace(/ (?=\d\d:\d\d$)/, '+')
