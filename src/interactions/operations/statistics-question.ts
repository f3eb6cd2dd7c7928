import { InvalidRequest } from '../../fhir/errors.ts'
import { limits } from '../../fhir/limits.ts'
import { shown } from '../../search/shown.ts'
import type { Parameters } from '../interaction.ts'
import { statisticCodes, type StatisticCode } from './statistic-codes.ts'

/** A code that is asked for; without a system it is meant in any. */
export interface AskedCode {
  readonly system?: string
  readonly code: string
}

/** What `$stats` is asked for. */
export interface StatisticsQuestion {
  readonly subject: string
  readonly codes: readonly AskedCode[]
  /** FHIR dates or times. */
  readonly start?: string
  readonly end?: string
  readonly statistics: readonly StatisticCode[]
  /** How many of the observations are wanted, too. */
  readonly sources: number
}

interface Draft {
  subject: string[]
  code: string[]
  system: string[]
  coding: AskedCode[]
  duration: number[]
  period: { readonly start?: string; readonly end?: string }[]
  statistic: StatisticCode[]
  include: boolean[]
  limit: number[]
}

/**
 * The question in the parameters of an address and of a Parameters body together.
 * @throws InvalidRequest naming the parameter at fault
 */
export const statisticsQuestion = (
  parameters: readonly (readonly [name: string, value: unknown])[],
  now: Date,
): StatisticsQuestion => {
  const draft: Draft = {
    ...{ subject: [], code: [], system: [], coding: [], duration: [], period: [] },
    ...{ statistic: [], include: [], limit: [] },
  }
  for (const [name, value] of parameters) {
    if (name === '_format' || name === '_pretty') continue
    const isRead = Object.hasOwn(readers, name) && readers[name as keyof Draft](value, draft)
    if (!isRead) throw refusal(name)
  }
  for (const name of ['subject', 'system', 'duration', 'period', 'include', 'limit'] as const)
    if (draft[name].length > 1)
      throw new InvalidRequest('search-parameter-repeated', { parameter: name })
  const codes = [...draft.code.map(code => ({ ...systemOf(draft), code })), ...draft.coding]
  const [subject] = draft.subject
  if (subject === undefined) throw refusal('subject')
  if (codes.length === 0 || codes.length > limits.statisticsCodesMax) throw refusal('code')
  if (draft.statistic.length === 0) throw refusal('statistic')
  return {
    ...{ subject, codes, ...periodOf(draft, now) },
    statistics: [...new Set(draft.statistic)],
    sources: draft.include[0] === true ? (draft.limit[0] ?? limits.statisticsObservationsMax) : 0,
  }
}

const systemOf = ({ system }: Draft): { readonly system?: string } =>
  system[0] === undefined ? {} : { system: system[0] }

const hour = 3_600_000

const periodOf = (
  { duration, period }: Draft,
  now: Date,
): { readonly start?: string; readonly end?: string } => {
  const [hours] = duration
  if (hours === undefined) return period[0] ?? {}
  const start = new Date(now.getTime() - hours * hour)
  if (period.length > 0 || Number.isNaN(start.getTime()) || start.getUTCFullYear() < 1000)
    throw refusal('duration')
  return { start: start.toISOString(), end: now.toISOString() }
}

const refusal = (parameter: string): InvalidRequest =>
  new InvalidRequest('operation-parameter-unknown', {
    parameter: shown(parameter),
    expected: `subject (uri), code (string) + system (uri) | coding, duration (hours) | period, statistic (${statisticCodes.join(' ')}), include (boolean), limit (positiveInt)`,
  })

const text = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && !value.includes('\0')

const pushed = <T>(list: T[], value: T | undefined): boolean => {
  if (value === undefined) return false
  list.push(value)
  return true
}

const texts =
  (name: 'subject' | 'code' | 'system') =>
  (value: unknown, draft: Draft): boolean =>
    pushed(draft[name], text(value) ? value : undefined)

/** True: the value is taken. */
const readers: Readonly<Record<keyof Draft, (value: unknown, draft: Draft) => boolean>> = {
  subject: texts('subject'),
  code: texts('code'),
  system: texts('system'),
  coding: (value, { coding }) => {
    const { system, code } = Object(value) as { system?: unknown; code?: unknown }
    if (!text(code) || (system !== undefined && !text(system))) return false
    return pushed(coding, system === undefined ? { code } : { system, code })
  },
  duration: (value, { duration }) => {
    const hours = Number(value)
    return pushed(duration, hours > 0 && Number.isFinite(hours) ? hours : undefined)
  },
  period: (value, { period }) => {
    const { start, end } = Object(value) as { start?: unknown; end?: unknown }
    if ([start, end].some(side => side !== undefined && !text(side))) return false
    return pushed(period, {
      ...(text(start) ? { start } : {}),
      ...(text(end) ? { end } : {}),
    })
  },
  statistic: (value, { statistic }) =>
    typeof value === 'string' &&
    value.split(',').every(code =>
      pushed(
        statistic,
        statisticCodes.find(known => known === code),
      ),
    ),
  include: (value, { include }) =>
    pushed(
      include,
      value === true || value === 'true' ? true : String(value) === 'false' ? false : undefined,
    ),
  limit: (value, { limit }) =>
    pushed(limit, /^[1-9]\d{0,8}$/.test(String(value)) ? Number(value) : undefined),
}

/** A search that finds the observations a question is about. */
export const observationsAsked = ({
  subject,
  codes,
  start,
  end,
}: StatisticsQuestion): Parameters => [
  ['subject', escaped(subject)],
  [
    'combo-code',
    codes
      .map(({ system, code }) =>
        system === undefined ? escaped(code) : `${escaped(system)}|${escaped(code)}`,
      )
      .join(','),
  ],
  ...(start === undefined ? [] : ([['date', `ge${start}`]] as const)),
  ...(end === undefined ? [] : ([['date', `le${end}`]] as const)),
  ['status:not', 'entered-in-error'],
  ['_sort', '-date'],
]

const escaped = (value: string): string => value.replace(/[\\,|$]/g, '\\$&')
