import { InvalidRequest } from '../fhir/errors.ts'
import { hash64 } from '../search/hash.ts'
import { parseSearch } from '../search/parse.ts'
import { splitValue, unescaped } from '../search/search-value.ts'
import type { SearchQuery } from '../search/tree.ts'
import type { Exchange, Parameters } from './interaction.ts'
import { parametersOf } from './routes.ts'

/** Which resource a conditional request means, parsed. */
export interface Criteria {
  readonly resourceType: string
  readonly query: SearchQuery
  /** Equal for criteria that say the same in the same words, whatever their order. */
  readonly text: string
  /** The identifiers asked for, when nothing else is: all groups must hold, any identifier of a group. */
  readonly identifiers: readonly (readonly AskedIdentifier[])[] | undefined
  /** Names of the locks that writers by these criteria share. */
  readonly locks: readonly bigint[]
}

/** `system` is undefined for any, empty for none. */
export interface AskedIdentifier {
  readonly system: string | undefined
  readonly value: string
}

/** Parameters that shape a list of results; in criteria they could only be a misunderstanding. */
const resultParameters: ReadonlySet<string> = new Set([
  ...['_count', '_sort', '_total', '_summary', '_elements', '_include', '_revinclude', '_cursor'],
])
const formatParameters: ReadonlySet<string> = new Set(['_format', '_pretty'])

/**
 * The criteria of a conditional request. Unknown parameters are refused even with `Prefer:
 * handling=lenient`: passed over, they would make a write meet more than its sender meant.
 * @throws InvalidRequest, InvalidRequests
 * @see https://hl7.org/fhir/R4/http.html#ccreate
 */
export const criteriaOf = (
  resourceType: string,
  parameters: Parameters,
  { context, grant }: Exchange,
): Criteria => {
  const criteria = parameters.filter(([name]) => !formatParameters.has(name))
  const result = criteria.find(([name]) => resultParameters.has(name.split(':', 1)[0]!))
  if (result !== undefined)
    throw new InvalidRequest('criteria-result-parameter', { found: result[0].split(':', 1)[0]! })
  if (criteria.length === 0) throw new InvalidRequest('criteria-missing')
  const { definitions, timeZone, baseUrl, now } = context
  const query = parseSearch(resourceType, criteria, {
    ...{ definitions, timeZone, baseUrl, now },
    lenient: false,
  })
  const text = `${resourceType}?${criteria
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join('&')}`
  const owner = grant.principal.organization.number
  const named = criteria.filter(([name]) => name === 'identifier').map(identifiersOf)
  const values = named.flat().map(({ value }) => value)
  return {
    ...{ resourceType, query, text },
    identifiers: named.length === criteria.length ? named : undefined,
    locks:
      values.length > 0 && !values.includes('')
        ? values.map(value => identifierLock(owner, resourceType, value))
        : [hash64(`lock ${owner} ${text}`)],
  }
}

/** The criteria of an If-None-Exist: with or without `?`, or the type before it. @throws InvalidRequest */
export const ifNoneExistCriteria = (
  resourceType: string,
  written: string,
  exchange: Exchange,
): Criteria => {
  const [, type, query = ''] = /^\s*(?:([A-Za-z]*)\?)?(.*?)\s*$/s.exec(written) ?? []
  if (type !== undefined && type !== '' && type !== resourceType)
    throw new InvalidRequest('criteria-other-type', { expected: resourceType })
  return criteriaOf(resourceType, parametersOf(query), exchange)
}

/** `system|` alone has an empty value: it names no one identifier. */
const identifiersOf = ([, value]: Parameters[number]): readonly AskedIdentifier[] =>
  splitValue(value, ',').map(part => {
    const [first = '', second] = splitValue(part, '|').map(unescaped)
    return second === undefined
      ? { system: undefined, value: first }
      : { system: first, value: second }
  })

/** By the value alone, so that criteria with and without its system meet. */
const identifierLock = (owner: number, resourceType: string, value: string): bigint =>
  hash64(`lock ${owner} ${resourceType} identifier ${value}`)

/** The name of everything one tenant writes by criteria; see store/lock.ts. */
export const gateLock = ({ grant }: Exchange): bigint =>
  hash64(`lock ${grant.principal.organization.number}`)

/** The locks of the identifiers a resource will have, so that a search for one of those waits for it. */
export const identifierLocks = (
  resourceType: string,
  resource: unknown,
  { grant }: Exchange,
): readonly bigint[] =>
  identifiersIn(resource).map(({ value }) =>
    identifierLock(grant.principal.organization.number, resourceType, value),
  )

/** Whether a resource that is not stored yet has the identifiers asked for. */
export const hasIdentifiers = (
  resource: unknown,
  asked: NonNullable<Criteria['identifiers']>,
): boolean => {
  const present = identifiersIn(resource)
  return asked.every(group =>
    group.some(({ system, value }) =>
      present.some(
        one =>
          (value === '' ? system !== undefined : one.value === value) &&
          (system === undefined || one.system === system),
      ),
    ),
  )
}

/** The identifiers with a value that a resource not yet validated has. */
export const identifiersIn = (
  resource: unknown,
): readonly { readonly system: string; readonly value: string }[] => {
  const { identifier } = (resource ?? {}) as { readonly identifier?: unknown }
  const all: readonly unknown[] = Array.isArray(identifier) ? identifier : [identifier]
  return all.flatMap(one => {
    if (typeof one !== 'object' || one === null) return []
    const { system = '', value } = one as { readonly system?: unknown; readonly value?: unknown }
    return typeof value === 'string' && typeof system === 'string' ? [{ system, value }] : []
  })
}
