import type { Definitions } from '../fhir/definitions.ts'
import type { Faults } from './faults.ts'
import { isUnready } from './parameters.ts'

/** The code of the refusal of a search by a parameter that is not ready. */
export const unreadyCode = 'search-parameter-not-ready'

/**
 * Refuses a parameter that is there, but by which what was stored before it is still to be indexed: to
 * pass over it, or to take it as unknown, would give a wrong set. False for every other parameter.
 */
export const refuseUnready = (
  { definitions, faults }: { readonly definitions: Definitions; readonly faults: Faults },
  resourceType: string,
  code: string,
): boolean => {
  if (!isUnready(definitions, resourceType, code)) return false
  faults.notSupported(unreadyCode, { resourceType, parameter: code, progress: 'not all' })
  return true
}
