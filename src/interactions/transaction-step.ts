import { requireScope } from '../access/grant.ts'
import { FhirError, InvalidRequest } from '../fhir/errors.ts'
import type { Resource } from '../fhir/resource.ts'
import type { PlainRequest, RequestEntry } from './bundle-entries.ts'
import { criteriaOf, ifNoneExistCriteria, type Criteria } from './conditional-criteria.ts'
import { deletedMax } from './conditional-delete.ts'
import { requireOwnId } from './conditional-update.ts'
import { ifAbsent, ifMatchVersion } from './if-match.ts'
import type { Exchange, Parameters } from './interaction.ts'
import { parsedResource } from './parsed-resource.ts'
import { compilePatch } from './patch-body.ts'
import type { Patch } from './write-intent.ts'

/** One entry of a transaction: a change, or a question asked after all changes. */
export interface Step {
  /** Position in the bundle. */
  readonly index: number
  /** Where it stands, such as `Bundle.entry[3]`. */
  readonly expression: string
  readonly fullUrl: string | undefined
  readonly change: Change | undefined
  /** Absent where there is a change. */
  readonly question: PlainRequest | undefined
}

/** What an entry changes, before it is known what its criteria meet. */
export interface Change {
  readonly action: 'create' | 'update' | 'patch' | 'delete'
  readonly resourceType: string
  /** As the address says; undefined on a create and where criteria decide. */
  readonly id?: string
  /** The id it gets if it is to be made; the same however often the transaction is tried. */
  readonly newId: string
  readonly resource?: Resource
  readonly patch?: Patch
  readonly ifMatch?: number
  readonly ifAbsent?: true
  readonly criteria?: Criteria
  /** How many resources the criteria may meet; absent: one. */
  readonly countMax?: number
}

/**
 * One entry, checked as far as that is possible without looking at data: address, scope, body, id
 * and criteria.
 * @throws FhirError with the expression of the entry
 */
export const stepOf = async (
  request: PlainRequest,
  { expression, fullUrl }: RequestEntry,
  index: number,
  exchange: Exchange,
): Promise<Step> => {
  try {
    const change = await changeOf(request, `${expression}.resource`, exchange)
    const question = change === undefined ? request : undefined
    return { index, expression, fullUrl, change, question }
  } catch (error) {
    throw error instanceof FhirError ? error.at(expression) : error
  }
}

// oxlint-disable-next-line max-lines-per-function -- one case per interaction
const changeOf = async (
  request: PlainRequest,
  place: string,
  exchange: Exchange,
): Promise<Change | undefined> => {
  if (!('resourceType' in request) || request.resourceType === undefined) return undefined
  const { resourceType } = request
  const { grant, context } = exchange
  const newId = context.newId()
  const change = { resourceType, newId }
  const criteria = (): Criteria => criteriaOf(resourceType, parametersIn(request), exchange)
  switch (request.interaction) {
    case 'create': {
      requireScope(grant, resourceType, 'create')
      const { ifNoneExist } = request
      const resource = parsedResource(request.resource, resourceType, place)
      if (ifNoneExist === undefined) return { resourceType, newId, action: 'create', resource }
      const wanted = ifNoneExistCriteria(resourceType, ifNoneExist, exchange)
      return { ...change, action: 'create', resource, criteria: wanted }
    }
    case 'update':
    case 'conditional-update': {
      requireScope(grant, resourceType, 'update')
      const resource = parsedResource(request.resource, resourceType, place)
      const update = { ...change, action: 'update' as const, resource }
      const condition = ifMatchVersion(request.ifMatch)
      if (request.interaction === 'update') {
        if (resource.id !== request.id) throw new InvalidRequest('id-mismatch', {}, `${place}.id`)
        return { ...update, id: request.id, ...condition, ...ifAbsent(request.ifNoneMatch) }
      }
      await requireOwnId(resource, exchange)
      return { ...update, criteria: criteria(), ...condition }
    }
    case 'patch':
    case 'conditional-patch': {
      requireScope(grant, resourceType, 'patch')
      const patch = await compilePatch(request, exchange)
      const which = request.interaction === 'patch' ? { id: request.id } : { criteria: criteria() }
      return { ...change, action: 'patch', patch, ...which, ...ifMatchVersion(request.ifMatch) }
    }
    case 'delete':
    case 'conditional-delete': {
      requireScope(grant, resourceType, 'delete')
      const condition = ifMatchVersion(request.ifMatch)
      const which =
        request.interaction === 'delete'
          ? { id: request.id }
          : { criteria: criteria(), countMax: deletedMax(condition, exchange) }
      return { ...change, action: 'delete', ...which, ...condition }
    }
    default:
      return undefined
  }
}

const parametersIn = (request: PlainRequest): Parameters =>
  'parameters' in request ? (request.parameters ?? []) : []
