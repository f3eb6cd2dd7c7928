import { enforcementOf } from '../../access/enforcement.ts'
import { parseJson } from '../../fhir/json.ts'
import type { Resource } from '../../fhir/resource.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { read } from '../read.ts'
import { rulesContext } from '../rules-context.ts'
import { parametersResult } from './parameters.ts'

/**
 * `Consent/[id]/$enforcement-status`: what a consent does at this moment. A hospital asks it of its own
 * consents; others are hidden.
 * @throws NotFound, Gone as for read
 */
export const enforcementStatus = async (
  { id }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const found = await read({ resourceType: 'Consent', id: id! }, exchange)
  if (!('version' in found)) return found
  const { version } = found
  const consent = parseJson(version.json) as Resource
  const status = enforcementOf(consent, rulesContext(exchange, exchange.context.now()))
  return parametersResult('valueCode', status, [version])
}
