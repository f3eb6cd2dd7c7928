import { Forbidden, InvalidRequest } from '../fhir/errors.ts'
import type { Exchange } from './interaction.ts'

const idPattern = /^[A-Za-z0-9\-.]{1,64}$/
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Whether the caller's tenant may create a resource under `id`: only under its own prefix. Decided
 * without looking at clinical data, so the answer tells nothing about what exists.
 * @throws InvalidRequest when it is no FHIR id
 * @throws Forbidden when the prefix is another tenant's
 */
export const mayCreateUnder = async (
  id: string,
  { context, grant }: Exchange,
): Promise<boolean> => {
  if (!idPattern.test(id)) throw new InvalidRequest('id-invalid')
  if (uuidPattern.test(id)) return false
  const own = grant.principal.organization.id
  const prefix = id.split('-', 1)[0]!
  if (prefix === own) return true
  if ((await context.organizationById(prefix)) !== undefined)
    throw new Forbidden('id-prefix-foreign', { prefix: `${prefix}-`, own: `${own}-` })
  return false
}
