import { permitSearch } from '../../access/grant.ts'
import { bundleBytes } from '../../fhir/bundle.ts'
import { InvalidRequest, TooCostly } from '../../fhir/errors.ts'
import { limits } from '../../fhir/limits.ts'
import type { Resource } from '../../fhir/resource.ts'
import { codeOf } from '../../search/parse-named.ts'
import { parseSearch } from '../../search/parse.ts'
import { indexValues } from '../../search/index-values.ts'
import { searchResources } from '../../store/search.ts'
import type { ServedResource } from '../../store/rows.ts'
import type { Exchange, OperationRequest, Parameters, Result } from '../interaction.ts'
import { pageLinks } from '../page-links.ts'
import { searchEntry } from '../search-type.ts'
import { groupsByCode, type Coded } from './code-groups.ts'
import { plainParameters } from './parameters.ts'

/**
 * `Observation/$lastn`: of what a search finds, the newest `max` of each code, newest first, and
 * those as new as the last of them. Codes that are translations of one another are one code.
 * Reads at most `limits.lastObservationsMax` Observations.
 * @throws InvalidRequest without a subject, or without a category or code
 * @throws TooCostly when the search finds more
 * @see https://hl7.org/fhir/R4/observation-operation-lastn.html
 */
export const lastObservations = async (
  { parameters, resource }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const { definitions, timeZone, baseUrl, now } = exchange.context
  const asked = [...parameters, ...plainParameters(resource)]
  const max = maxOf(asked)
  const criteria = asked.filter(([name]) => name !== 'max')
  requireSubjectAndCode(criteria)
  const query = parseSearch('Observation', [...criteria, ['_sort', '-date']], {
    definitions,
    timeZone,
    baseUrl,
    now,
    lenient: exchange.isLenient,
  })
  const permitted = permitSearch(exchange.grant, {
    ...query,
    ...{ count: limits.lastObservationsMax, total: 'none' },
  })
  const { matches, next } = await searchResources(exchange.queryable, permitted)
  if (next !== undefined)
    throw new TooCostly('observations-too-many', { limit: limits.lastObservationsMax })
  const last = newestOfEach(matches, max, exchange)
  const self = [
    ...query.used.filter(([name]) => name !== '_sort'),
    ...asked.filter(([name]) => name === 'max'),
  ]
  const link = pageLinks({ path: 'Observation/$lastn', self, next: undefined }, exchange)
  return {
    kind: 'bundle',
    json: bundleBytes(
      { type: 'searchset', total: last.length, link },
      last.map(version => searchEntry(version, query, exchange)),
    ),
    disclosed: last,
    warnings: query.warnings,
  }
}

const maxOf = (parameters: Parameters): number => {
  const written = parameters.filter(([name]) => name === 'max')
  const [value = '1'] = written.map(([, text]) => text)
  if (written.length > 1 || !/^[1-9]\d{0,8}$/.test(value))
    throw new InvalidRequest('search-result-malformed', {
      parameter: 'max',
      expected: '1 … 999999999',
    })
  return Number(value)
}

/** Parameters of the order and size of pages, which are the operation's own. */
const ordering: ReadonlySet<string> = new Set([
  ...['_sort', '_count', '_total', '_include', '_revinclude', '_summary'],
])

const requireSubjectAndCode = (parameters: Parameters): void => {
  const codes = parameters.map(([name]) => codeOf(name))
  const refused = codes.find(code => ordering.has(code))
  if (refused !== undefined)
    throw new InvalidRequest('lastn-parameter-refused', { parameter: refused })
  const hasSubject = codes.some(code => code === 'patient' || code === 'subject')
  const hasCode = codes.some(code => code === 'category' || /(?:^|-)code(?:-|$)/.test(code))
  if (!hasSubject || !hasCode) throw new InvalidRequest('lastn-parameter-missing')
}

/** Ties with the last one that is shown are shown, too. */
const newestOfEach = (
  matches: readonly ServedResource[],
  max: number,
  { context }: Exchange,
): readonly ServedResource[] => {
  const resources = matches.map(({ json }) => JSON.parse(json.toString('utf8')) as Resource)
  const groups = groupsByCode(resources.map(({ code }) => code as Coded | undefined))
  const dateOf = (at: number): string =>
    indexValues(resources[at]!, context.definitions, context).dateLow
  const taken = new Map<number, { count: number; date: string }>()
  return matches.filter((_, at) => {
    const group = groups[at]!
    const shown = taken.get(group)
    if (shown === undefined || shown.count < max) {
      const count = (shown?.count ?? 0) + 1
      taken.set(group, { count, date: count === max ? dateOf(at) : '' })
      return true
    }
    return dateOf(at) === shown.date
  })
}
