import assert from 'node:assert/strict'
import { mayDropLabels, requireScope } from '../../access/grant.ts'
import { Forbidden, InvalidRequest } from '../../fhir/errors.ts'
import type { Meta } from '../../fhir/resource.ts'
import { ifMatchVersion } from '../if-match.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { write } from '../write.ts'
import { withAdded, withoutRemoved } from './meta-lists.ts'
import { metaResult } from './meta.ts'
import { requiredParameter } from './parameters.ts'

/**
 * `$meta-add`: adds profiles, labels and tags to a resource of the caller's own, as a new version.
 * @throws NotFound when it is absent or hidden, alike
 * @see https://hl7.org/fhir/R4/resource-operation-meta-add.html
 */
export const metaAdd = (request: OperationRequest, exchange: Exchange): Promise<Result> =>
  change(request, exchange, withAdded)

/**
 * `$meta-delete`: removes profiles and tags. Security labels say who may see a record: only a privacy
 * officer of its hospital removes them, and none that the codes of the record give it. Whether a request of
 * anybody else names one that is there is not even looked at.
 * @throws Forbidden when it names security labels
 * @throws NotFound when the resource is absent or hidden, alike
 * @see https://hl7.org/fhir/R4/resource-operation-meta-delete.html
 */
export const metaDelete = async (
  request: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  requireScope(exchange.grant, request.resourceType!, 'update')
  const { security } = namedMeta(request)
  const mayDrop = mayDropLabels(exchange.grant)
  if (!mayDrop && security !== undefined && !(Array.isArray(security) && security.length === 0))
    throw new Forbidden('meta-security-kept', {}, 'Parameters.parameter')
  return change(request, exchange, withoutRemoved, mayDrop ? { mayDropLabels: true } : {})
}

const namedMeta = ({ resource }: OperationRequest): Meta => {
  const meta = requiredParameter(resource, 'meta', 'valueMeta')
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta))
    throw new InvalidRequest('operation-parameter', { expected: 'meta (valueMeta)' })
  return meta as Meta
}

const change = async (
  request: OperationRequest,
  exchange: Exchange,
  combine: (meta: Meta | undefined, named: Meta) => Meta,
  allowed: { readonly mayDropLabels?: true } = {},
): Promise<Result> => {
  const resourceType = request.resourceType!
  requireScope(exchange.grant, resourceType, 'update')
  const named = namedMeta(request)
  const [result] = await write(
    [
      {
        action: 'patch',
        resourceType,
        id: request.id!,
        patch: async stored => ({ ...stored, meta: combine(stored.meta, named) }),
        ...ifMatchVersion(request.ifMatch),
        ...allowed,
      },
    ],
    exchange,
  )
  assert(result !== undefined && 'version' in result, 'a patch has a version')
  return metaResult(result.version)
}
