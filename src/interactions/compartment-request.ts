import { compartmentMembers, compartmentTypes } from '../fhir/compartments.ts'
import { NotFound } from '../fhir/errors.ts'
import { nearest } from '../fhir/nearest.ts'
import type { Parameters, Request } from './interaction.ts'

/**
 * The search an address below a resource asks for: `Patient/x/Observation`, or `Patient/x/*` for all
 * types. Whether the resource exists makes no difference: what is hidden and what is absent have
 * nothing to show.
 * @throws NotFound when the type has no compartment, or no such members
 * @see https://hl7.org/fhir/R4/http.html#vsearch
 */
export const compartmentSearch = (
  [type = '', id = '', wanted = '']: readonly string[],
  parameters: Parameters,
): Request => {
  if (!compartmentTypes.includes(type))
    throw new NotFound('compartment-unknown', { expected: compartmentTypes.join(', ') })
  const compartment = { type, id }
  if (wanted === '*') return { interaction: 'search-system', parameters, compartment }
  const members = compartmentMembers(type)
  if (!members.includes(wanted))
    throw new NotFound('compartment-member-unknown', {
      found: wanted.replace(/[^\w-]/g, '').slice(0, 40),
      compartment: type,
      nearest: nearest(wanted, members).join(', '),
    })
  return { interaction: 'search-type', resourceType: wanted, parameters, compartment }
}
