import type { PatientReference } from './identifier-places.ts'
import type { WriteIntent } from './write-intent.ts'

/** The tag of a Patient that was made because something referred to it, before its hospital sent it. */
export const incompleteTag = { system: 'urn:huizhen:tag', code: 'incomplete' }

/**
 * The creation of a Patient of whom only an identifier is known. When the hospital sends it by a
 * conditional update on that identifier, it becomes complete under the same id.
 */
export const stubPatient = (
  { use, type, system, value }: PatientReference['identifier'],
  id: string,
): WriteIntent => ({
  action: 'create',
  resourceType: 'Patient',
  id,
  resource: {
    resourceType: 'Patient',
    meta: { tag: [incompleteTag] },
    identifier: [
      {
        ...(use === undefined ? {} : { use }),
        ...(type === undefined ? {} : { type }),
        ...{ system, value },
      },
    ],
  },
})
