import { permitRead } from '../access/grant.ts'
import { Gone, NotFound } from '../fhir/errors.ts'
import type { Address } from '../fhir/resource.ts'
import { readCurrent } from '../store/read.ts'
import type { Exchange, Result } from './interaction.ts'

/**
 * FHIR read: the current version of a resource.
 * @throws NotFound when it is absent or hidden, alike
 * @throws Gone when it was deleted and the caller could see it
 * @see https://hl7.org/fhir/R4/http.html#read
 */
export const read = async (address: Address, { grant, queryable }: Exchange): Promise<Result> => {
  const version = await readCurrent(queryable, permitRead(grant, address))
  if (version === undefined) throw new NotFound()
  if (version.deleted) throw new Gone()
  return { kind: 'found', version }
}
