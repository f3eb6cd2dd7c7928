import { permitHistory } from '../../access/grant.ts'
import { TooCostly } from '../../fhir/errors.ts'
import { parseJson } from '../../fhir/json.ts'
import { limits } from '../../fhir/limits.ts'
import { resourceTypes } from '../../fhir/resource-types.ts'
import type { Meta, Resource } from '../../fhir/resource.ts'
import { readHistoryPage } from '../../store/history.ts'
import type { ResourceVersion } from '../../store/rows.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { read } from '../read.ts'
import { withAdded } from './meta-lists.ts'
import { parametersResult } from './parameters.ts'

/**
 * `$meta`: of one resource its meta; of a type or the whole system every profile, label and tag of
 * what the caller can see, for which at most `limits.metaResourcesMax` resources are read.
 * @throws NotFound, Gone as for read
 * @throws TooCostly when there are more resources
 * @see https://hl7.org/fhir/R4/resource-operation-meta.html
 */
export const meta = async (
  { resourceType, id }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  if (resourceType !== undefined && id !== undefined) {
    const found = await read({ resourceType, id }, exchange)
    return 'version' in found ? metaResult(found.version) : found
  }
  const query = permitHistory(exchange.grant, {
    resourceTypes: resourceType === undefined ? resourceTypes : [resourceType],
    isAscending: false,
    isCurrentOnly: true,
    count: limits.metaResourcesMax,
    total: 'none',
  })
  const { versions, next } = await readHistoryPage(exchange.queryable, query)
  if (next !== undefined)
    throw new TooCostly('operation-too-costly', { limit: limits.metaResourcesMax })
  const all = versions.reduce<Meta>((sum, version) => withAdded(sum, metaOf(version)), {})
  return parametersResult('valueMeta', all, versions)
}

/** The meta of one version, as the answer of an operation. */
export const metaResult = (version: ResourceVersion): Result =>
  parametersResult('valueMeta', metaOf(version), [version])

const metaOf = ({ json }: ResourceVersion): Meta => (parseJson(json) as Resource).meta ?? {}
