import { keyOf } from '../search/hash.ts'
import type { Confinement, Visibility } from '../search/permitted.ts'
import type { Principal } from './principal.ts'
import { ancestorsOf, isBreakGlass, isMedical } from './purposes.ts'

/** The patient who asks, or the one of whom the glass is broken. */
const confinement = ({ patient, purpose, isPatient }: Principal): Confinement | undefined => {
  const by = isPatient ? 'self' : isBreakGlass(purpose) ? 'glass' : undefined
  return by === undefined ? undefined : { by, patient: keyOf('Patient', patient!) }
}

/** What a caller may see. A purpose outside care opens no other hospital's record, whatever a consent says. */
export const visibilityOf = (principal: Principal): Visibility => {
  const { organization, practitioner, patient, purpose } = principal
  const confined = confinement(principal)
  return {
    organization: organization.number,
    actors: [
      keyOf('Organization', organization.id),
      ...(practitioner === undefined ? [] : [keyOf('Practitioner', practitioner)]),
    ],
    purposes: isMedical(purpose) ? ancestorsOf(purpose) : [],
    ...(patient === undefined
      ? {}
      : { narrowing: { patient: keyOf('Patient', patient), criteria: new Map() } }),
    ...(confined === undefined ? {} : { confined }),
  }
}
