import { InvalidRequest } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { EntryFilter, SummaryDays } from '../interactions/feed-desk.ts'

interface Form {
  readonly pattern: RegExp
  /** In words, for who wrote something else. */
  readonly expected: string
}

const word: Form = { pattern: /^[\w.-]{1,100}$/, expected: 'letters, digits, points and hyphens' }
const day: Form = {
  pattern: /^2\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/,
  expected: 'a day such as 2026-01-31',
}
const forms: Readonly<Record<string, Form>> = {
  client: word,
  type: word,
  code: word,
  before: word,
  day,
  from: day,
  to: day,
  open: { pattern: /^(?:true|false)$/, expected: 'true or false' },
  _count: { pattern: /^[1-9]\d{0,2}$/, expected: `1 to ${limits.feedPageSizeMax}` },
  silence: { pattern: /^[1-9]\d{0,2}$/, expected: 'hours, 1 to 999' },
  lang: { pattern: /^(?:en|zh-CN)$/, expected: 'en or zh-CN' },
}

/** @throws InvalidRequest for a parameter that is unknown, or not of its form; never repeats what was written */
const textOf = (query: URLSearchParams, name: string): string | undefined => {
  for (const known of query.keys())
    if (!Object.hasOwn(forms, known))
      throw new InvalidRequest('feed-filter-invalid', {
        parameter: known.replace(/[^\w-]/g, '').slice(0, 40),
        expected: `one of ${Object.keys(forms).join(', ')}`,
      })
  const text = query.get(name)
  // An empty field of a form asks for all.
  if (text === null || text === '') return undefined
  const { pattern, expected } = forms[name]!
  const isDay = forms[name] === day
  if (!pattern.test(text) || (isDay && !isRealDay(text)))
    throw new InvalidRequest('feed-filter-invalid', { parameter: name, expected })
  return text
}

const isRealDay = (text: string): boolean =>
  !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)

/** Which entries a query asks for. @throws InvalidRequest */
export const feedFilterOf = (query: URLSearchParams): EntryFilter => ({
  client: textOf(query, 'client'),
  resourceType: textOf(query, 'type'),
  day: textOf(query, 'day'),
  code: textOf(query, 'code'),
  before: textOf(query, 'before'),
  isOpen: textOf(query, 'open') === 'true',
})

const pageSizeDefault = 50

/** Entries on a page. @throws InvalidRequest */
export const pageSizeOf = (query: URLSearchParams): number => {
  const count = Number(textOf(query, '_count') ?? pageSizeDefault)
  return Math.min(count, limits.feedPageSizeMax)
}

const silenceHoursDefault = 24

/** The days a summary is of. @throws InvalidRequest */
export const summaryDaysOf = (query: URLSearchParams): SummaryDays => ({
  from: textOf(query, 'from'),
  to: textOf(query, 'to'),
  silenceHours: Number(textOf(query, 'silence') ?? silenceHoursDefault),
})
