import type { Resource } from '../fhir/resource.ts'
import { keyOf } from '../search/hash.ts'
import { referenceTarget } from '../search/reference-target.ts'
import { decompress } from '../store/content.ts'
import type { PatientMerge } from '../store/patient-merge.ts'
import type { CurrentVersion } from '../store/rows.ts'
import type { WriteIntent } from './write-intent.ts'

type Link = { readonly type?: unknown; readonly other?: { readonly reference?: unknown } }

/**
 * Keys of the Patients that, by its `link` of type replaced-by, have replaced a Patient. The replaced
 * one decides: taking its link away undoes the merge. The link of type replaces, on the other one, is
 * stored and says nothing here.
 * @see https://hl7.org/fhir/R4/patient.html#links
 */
export const survivingOf = (resource: Resource | undefined, baseUrl: string): readonly bigint[] => {
  if (resource?.resourceType !== 'Patient' || !Array.isArray(resource['link'])) return []
  const own = keyOf('Patient', resource.id ?? '')
  return (resource['link'] as readonly Link[]).flatMap(({ type, other }) => {
    const reference = other?.reference
    if (type !== 'replaced-by' || typeof reference !== 'string') return []
    const target = referenceTarget(reference, baseUrl)
    const isPatient = target?.isHere === true && target.resourceType === 'Patient'
    return isPatient && target.key !== own ? [target.key] : []
  })
}

/** How a write changes what its Patient says about being replaced; undefined when it does not. */
export const mergeOf = (
  { resourceType, id }: WriteIntent,
  resource: Resource | undefined,
  current: CurrentVersion | undefined,
  baseUrl: string,
): PatientMerge | undefined => {
  if (resourceType !== 'Patient') return undefined
  const surviving = survivingOf(resource, baseUrl)
  const saidSo = current !== undefined && decompress(current.content).includes('"replaced-by"')
  return surviving.length > 0 || saidSo ? { merged: keyOf('Patient', id), surviving } : undefined
}
