import { requireOperator, requireScope } from '../../access/grant.ts'
import { InvalidRequest } from '../../fhir/errors.ts'
import { isResourceType, resourceTypeNumber, resourceTypes } from '../../fhir/resource-types.ts'
import { shown } from '../../search/shown.ts'
import { requestReindex, type ReindexRequest } from '../../store/reindex-jobs.ts'
import { readRegistered } from '../../store/search-parameters.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { read } from '../read.ts'
import { plainParameters } from './parameters.ts'
import { jobParameter, operatorAnswer } from './reindex-status.ts'

/**
 * `$reindex`: goes through what is stored and makes its search values and access columns anew, as a
 * write would now. On the system everything of every type (or of those the parameter `type` names),
 * superseded versions too; on one SearchParameter what that parameter adds. The answer comes at once;
 * `$reindex-status` tells how far it is. Asked again while it runs, it is the same job.
 * @throws Forbidden for everyone but the operator
 * @throws InvalidRequest for a parameter that is not active, or a type that R4 has not
 */
export const reindex = async (request: OperationRequest, exchange: Exchange): Promise<Result> => {
  const { grant, queryable, context } = exchange
  requireOperator(grant)
  requireScope(grant, 'SearchParameter', 'update')
  const by = grant.principal.clientId
  const asked =
    request.id === undefined
      ? { types: typesOf(request), by }
      : await forParameter(request.id, exchange, by)
  const job =
    queryable === context.database
      ? await context.database.transaction(transaction => requestReindex(transaction, asked))
      : await requestReindex(queryable, asked)
  context.wakeReindexer()
  return operatorAnswer([jobParameter(job)])
}

/** The numbers of the types asked for, each once. */
const typesOf = ({ parameters, resource }: OperationRequest): readonly number[] => {
  const given = [...parameters, ...plainParameters(resource)]
  const other = given.find(([name]) => name !== 'type' && !name.startsWith('_'))
  if (other !== undefined)
    throw new InvalidRequest('reindex-parameter', { found: shown(other[0]), expected: 'type' })
  const names = given.filter(([name]) => name === 'type').map(([, value]) => value)
  const unknown = names.find(name => !isResourceType(name))
  if (unknown !== undefined)
    throw new InvalidRequest('reindex-parameter', {
      ...{ found: shown(unknown), expected: 'resource types of R4' },
    })
  const wanted = names.length === 0 ? resourceTypes : [...new Set(names)].sort()
  return wanted.map(name => resourceTypeNumber(name)!)
}

/** @throws NotFound, Gone as for read */
const forParameter = async (
  id: string,
  exchange: Exchange,
  by: string,
): Promise<ReindexRequest> => {
  await read({ resourceType: 'SearchParameter', id }, exchange)
  const registered = await readRegistered(exchange.queryable)
  const parameter = registered.find(one => one.id === id)
  if (parameter === undefined) throw new InvalidRequest('reindex-inactive')
  const types = parameter.base.map(type => resourceTypeNumber(type)!).sort((a, b) => a - b)
  return { types, generation: parameter.generation, by }
}
