import { InvalidRequest, NotSupported } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { TrailQuestion } from '../search/compile-trail.ts'
import { dateRange } from '../search/date-range.ts'
import { keyOf } from '../search/hash.ts'
import { shown } from '../search/shown.ts'
import { actionOf, outcomeRanges } from './audit-event.ts'
import type { Exchange, Parameters } from './interaction.ts'

/** Search parameters the trail is asked by. */
export const trailParameters = [
  ...['_id', 'date', 'patient', 'entity', 'agent', 'action', 'subtype', 'outcome'],
  ...['_count', '_sort', '_total', '_summary'],
] as const

/** A question to the trail, and what its answer shall tell of the number of rows. */
export interface AskedTrail {
  readonly question: TrailQuestion
  readonly isCounted: boolean
  readonly isCountAlone: boolean
}

type Draft = { -readonly [Name in keyof TrailQuestion]: TrailQuestion[Name] } & {
  isCounted: boolean
  isCountAlone: boolean
}

const interactions = [
  ...['read', 'vread', 'create', 'update', 'patch', 'delete', 'history-instance', 'history-type'],
  ...['history-system', 'search-type', 'search-system', 'batch', 'transaction', 'login'],
  ...['authenticate'],
]

/**
 * The question that search parameters ask of the trail.
 * @throws NotSupported for a parameter, and InvalidRequest for a value, that the trail does not know
 */
export const trailQuestion = async (
  parameters: Parameters,
  exchange: Exchange,
): Promise<AskedTrail> => {
  const draft: Draft = {
    ...{ times: [], patients: [], entities: [], agents: [], interactions: [], outcomes: [] },
    ...{ isDisclosure: false, isAscending: false, count: limits.pageSizeDefault },
    ...{ isCounted: false, isCountAlone: false },
  }
  for (const [name, value] of parameters) await read(name, value, draft, exchange)
  const { isCounted, isCountAlone, ...question } = draft
  return { question, isCounted: isCounted || isCountAlone, isCountAlone }
}

// oxlint-disable-next-line max-lines-per-function -- one case per parameter
const read = async (
  name: string,
  value: string,
  draft: Draft,
  exchange: Exchange,
): Promise<void> => {
  const values = value.split(',').slice(0, limits.orValuesMax)
  const { trailIds, baseUrl } = exchange.context
  const wrong = () => new InvalidRequest('audit-value', { parameter: name })
  const references = values.map(text => referenceOf(text, name === 'patient', baseUrl))
  switch (name) {
    case '_format':
    case '_pretty':
      return
    case '_id':
      draft.number = trailIds.numberOf(value) ?? -1n
      return
    case 'date':
      draft.times = [...draft.times, timeOf(value, exchange) ?? raise(wrong())]
      return
    case 'patient':
      draft.patients = [
        ...draft.patients,
        references.map(text => keyOfReference(text ?? raise(wrong()))),
      ]
      return
    case 'entity':
      draft.entities = [...draft.entities, references.map(text => text ?? raise(wrong()))]
      return
    case 'agent':
      draft.agents = [...draft.agents, await agentsOf(references, exchange)]
      return
    case 'action':
      draft.interactions = [
        ...draft.interactions,
        interactions.filter(known => values.includes(actionOf(known))),
      ]
      return
    case 'subtype':
      draft.interactions = [...draft.interactions, values.map(text => text.split('|').at(-1)!)]
      return
    case 'outcome':
      draft.outcomes = [
        ...draft.outcomes,
        values.map(code => outcomeRanges[code.split('|').at(-1)!] ?? raise(wrong())),
      ]
      return
    case '_count':
      if (!/^\d{1,6}$/.test(value)) throw wrong()
      draft.count = Math.min(Number(value), limits.pageSizeMax)
      draft.isCountAlone ||= draft.count === 0
      return
    case '_sort':
      if (value !== 'date' && value !== '-date') throw wrong()
      draft.isAscending = value === 'date'
      return
    case '_total':
      draft.isCounted = value === 'accurate'
      return
    case '_summary':
      if (value !== 'count' && value !== 'false') throw wrong()
      draft.isCountAlone = value === 'count'
      return
    default:
      throw new NotSupported('audit-parameter', {
        parameter: shown(name),
        expected: trailParameters.join(', '),
      })
  }
}

const raise = (error: Error): never => {
  throw error
}

/** `Type/id`, however it was written. */
const referenceOf = (text: string, isPatient: boolean, baseUrl: string): string | undefined => {
  const relative = text.startsWith(`${baseUrl}/fhir/`) ? text.slice(baseUrl.length + 6) : text
  if (/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/.test(relative)) return relative
  return isPatient && /^[A-Za-z0-9\-.]{1,64}$/.test(relative) ? `Patient/${relative}` : undefined
}

const keyOfReference = (reference: string): bigint => {
  const [resourceType = '', id = ''] = reference.split('/')
  return keyOf(resourceType, id)
}

/** Organizations that nobody knows are asked for like those that did nothing. */
const agentsOf = async (
  references: readonly (string | undefined)[],
  { context }: Exchange,
): Promise<TrailQuestion['agents'][number]> => {
  const practitioners: string[] = []
  const organizations: number[] = []
  for (const reference of references) {
    const [resourceType, id = ''] = reference?.split('/') ?? []
    if (resourceType === 'Practitioner') practitioners.push(id)
    else if (resourceType === 'Organization') {
      const organization = await context.organizationById(id)
      if (organization !== undefined) organizations.push(organization.number)
    } else throw new InvalidRequest('audit-value', { parameter: 'agent' })
  }
  return { practitioners, organizations }
}

const timeOf = (
  text: string,
  { context }: Exchange,
): TrailQuestion['times'][number] | undefined => {
  const [, prefix = 'eq', date = ''] = /^(eq|ge|gt|sa|le|lt|eb)?(\d.*)$/.exec(text) ?? []
  const range = dateRange(date, context.timeZone)
  if (range === undefined) return undefined
  const { low, high } = range
  switch (prefix) {
    case 'eq':
      return range
    case 'ge':
      return { low, high: 'infinity' }
    case 'gt':
    case 'sa':
      return { low: high, high: 'infinity' }
    case 'le':
      return { low: '-infinity', high }
    default:
      return { low: '-infinity', high: low }
  }
}
