import { MethodNotAllowed, NotFound } from '../../fhir/errors.ts'
import type { OperationRequest, Parameters } from '../interaction.ts'
import type { WrittenRequest } from '../routes.ts'
import { operationsAt } from './definitions.ts'

const levels = ['system', 'type', 'instance'] as const

/**
 * The operation an address names: `$name`, `Type/$name` or `Type/id/$name`.
 * @throws NotFound naming the operations of that address
 * @throws MethodNotAllowed for a GET of one that changes something
 */
export const operationRequest = (
  written: WrittenRequest,
  segments: readonly string[],
  parameters: Parameters,
): OperationRequest => {
  const [resourceType, id] = segments.slice(0, -1)
  const name = segments.at(-1)!.slice(1)
  const served = operationsAt(levels[segments.length - 1]!, resourceType)
  const operation = served.find(known => known.name === name)
  if (operation === undefined)
    throw new NotFound('operation-unknown', {
      found: name.replace(/[^\w-]/g, '').slice(0, 40),
      expected: served.map(known => `$${known.name}`).join(', '),
    })
  if (operation.affectsState && written.method !== 'POST') throw new MethodNotAllowed('POST')
  return {
    interaction: 'operation',
    name: operation.name,
    ...(resourceType === undefined ? {} : { resourceType }),
    ...(id === undefined ? {} : { id }),
    parameters,
    ...(written.body === undefined ? {} : { resource: written.body }),
    ...(written.ifMatch === undefined ? {} : { ifMatch: written.ifMatch }),
  }
}
