import { requireScope } from '../access/grant.ts'
import { FhirError, InvalidRequest } from '../fhir/errors.ts'
import type { Resource } from '../fhir/resource.ts'
import type { PlainRequest, RequestEntry } from './bundle-entries.ts'
import { criteriaOf, ifNoneExistCriteria, type Criteria } from './conditional-criteria.ts'
import { requireOwnId } from './conditional-update.ts'
import { ifMatchVersion } from './if-match.ts'
import type { Exchange } from './interaction.ts'
import { parsedResource } from './parsed-resource.ts'
import { compilePatch } from './patch-body.ts'
import type { Patch } from './write-intent.ts'

/** One entry of a transaction: a change, or a question asked after all changes. */
export interface Step {
  /** Position in the bundle. */
  readonly index: number
  /** Where it stands, such as `Bundle.entry[3]`. */
  readonly expression: string
  readonly fullUrl?: string
  readonly change?: Change
  readonly question?: PlainRequest
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
  readonly criteria?: Criteria
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
  const at = { index, expression, ...(fullUrl === undefined ? {} : { fullUrl }) }
  try {
    const change = await changeOf(request, exchange)
    return change === undefined ? { ...at, question: request } : { ...at, change }
  } catch (error) {
    throw error instanceof FhirError ? error.at(expression) : error
  }
}

const changeOf = async (request: PlainRequest, exchange: Exchange): Promise<Change | undefined> => {
  if (!('resourceType' in request) || request.resourceType === undefined) return undefined
  const { resourceType } = request
  const { grant, context } = exchange
  const change = { resourceType, newId: context.newId() }
  switch (request.interaction) {
    case 'create': {
      requireScope(grant, resourceType, 'create')
      const { ifNoneExist } = request
      const resource = parsedResource(request.resource, resourceType)
      if (ifNoneExist === undefined) return { ...change, action: 'create', resource }
      const criteria = ifNoneExistCriteria(resourceType, ifNoneExist, exchange)
      return { ...change, action: 'create', resource, criteria }
    }
    case 'update': {
      requireScope(grant, resourceType, 'update')
      const resource = parsedResource(request.resource, resourceType)
      if (resource.id !== request.id) throw new InvalidRequest('id-mismatch')
      const { id, ifMatch } = request
      return { ...change, action: 'update', id, resource, ...ifMatchVersion(ifMatch) }
    }
    case 'conditional-update': {
      requireScope(grant, resourceType, 'update')
      const resource = parsedResource(request.resource, resourceType)
      await requireOwnId(resource, exchange)
      const criteria = criteriaOf(resourceType, request.parameters, exchange)
      return { ...change, action: 'update', resource, criteria, ...ifMatchVersion(request.ifMatch) }
    }
    case 'patch': {
      requireScope(grant, resourceType, 'patch')
      const patch = await compilePatch(request, exchange)
      const { id, ifMatch } = request
      return { ...change, action: 'patch', id, patch, ...ifMatchVersion(ifMatch) }
    }
    case 'conditional-patch': {
      requireScope(grant, resourceType, 'patch')
      const patch = await compilePatch(request, exchange)
      const criteria = criteriaOf(resourceType, request.parameters, exchange)
      return { ...change, action: 'patch', patch, criteria, ...ifMatchVersion(request.ifMatch) }
    }
    case 'delete':
      requireScope(grant, resourceType, 'delete')
      return { ...change, action: 'delete', id: request.id, ...ifMatchVersion(request.ifMatch) }
    case 'conditional-delete': {
      requireScope(grant, resourceType, 'delete')
      const criteria = criteriaOf(resourceType, request.parameters, exchange)
      return { ...change, action: 'delete', criteria, ...ifMatchVersion(request.ifMatch) }
    }
    default:
      return undefined
  }
}
