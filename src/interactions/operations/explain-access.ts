import { explainedOwner, permitTrace } from '../../access/explain-grant.ts'
import { grantOf, permitRead, type Grant } from '../../access/grant.ts'
import type { Assumed } from '../../access/assumed-principal.ts'
import { constraintMeanings } from '../../access/scope-constraints.ts'
import { Forbidden, InvalidRequest, NotFound } from '../../fhir/errors.ts'
import { isResourceType } from '../../fhir/resource-types.ts'
import type { Address } from '../../fhir/resource.ts'
import { readAccessTrace } from '../../store/access-trace.ts'
import { readCurrent } from '../../store/read.ts'
import type { ServedResource } from '../../store/rows.ts'
import type { Exchange, OperationRequest, Result } from '../interaction.ts'
import { explanationOf, type Decided } from './access-explanation.ts'
import { parametersAnswer, plainParameters } from './parameters.ts'

/**
 * `$explain-access`: whether somebody sees a record at this moment, decided by a read as that caller would
 * do it, and the scopes, consultations and consents that make it so. For the privacy officers of the
 * hospital that keeps the record, and in the sandbox for integration engineers and systems; to anybody
 * else, and about any other record, it answers as for a record that does not exist.
 * @throws NotFound
 * @throws InvalidRequest naming the parameter
 */
export const explainAccess = async (
  { parameters, resource }: OperationRequest,
  exchange: Exchange,
): Promise<Result> => {
  const { context, grant, queryable } = exchange
  const owner = explainedOwner(grant, context.isSandbox)
  const { address, assumed } = askedOf([...parameters, ...plainParameters(resource)])
  const principal = await context.assumedPrincipal(assumed)
  if (principal === undefined) throw new InvalidRequest('explain-principal')
  const of = grantOf(principal, constraintMeanings(context))
  const row = await readAccessTrace(queryable, permitTrace(of, address, owner))
  if (row === undefined) throw new NotFound()
  const decided = await decidedBy(of, address, exchange)
  const told: ServedResource = {
    ...{ ...address, owner: row.owner, patients: row.keys, json: Buffer.alloc(0) },
  }
  return parametersAnswer(explanationOf({ row, decided, of, address }), [told])
}

/** What a read of that caller comes to. */
const decidedBy = async (
  of: Grant,
  address: Address,
  { queryable }: Exchange,
): Promise<Decided> => {
  try {
    const found = await readCurrent(queryable, permitRead(of, address))
    if (found === undefined) return 'hidden'
    return found.packed === undefined && !found.deleted ? 'redacted' : 'whole'
  } catch (error) {
    if (error instanceof Forbidden) return 'no-scope'
    throw error
  }
}

const names = ['resource', 'client', 'person', 'purpose', 'patient'] as const
const expected =
  'resource (Type/id), client, purpose, and perhaps person (Practitioner/id or Patient/id) and patient (id), each once'

/** @throws InvalidRequest */
const askedOf = (
  given: readonly (readonly [string, string])[],
): { readonly address: Address; readonly assumed: Assumed } => {
  const values = new Map(given.filter(([name]) => !name.startsWith('_')))
  const isKnown = [...values.keys()].every(name => (names as readonly string[]).includes(name))
  const [, resourceType = '', id = ''] =
    /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(values.get('resource') ?? '') ?? []
  const [client, purpose] = [values.get('client'), values.get('purpose')]
  const person = values.get('person')
  const isPerson =
    person === undefined || /^(?:Practitioner|Patient)\/[A-Za-z0-9.-]{1,64}$/.test(person)
  if (!isKnown || !isResourceType(resourceType) || !isPerson || !client || !purpose)
    throw new InvalidRequest('operation-parameter', { expected }, 'Parameters.parameter')
  const patient = values.get('patient')?.replace(/^Patient\//, '')
  return { address: { resourceType, id }, assumed: { client, person, purpose, patient } }
}
