import type { Resource } from '../fhir/resource.ts'
import { keyOf } from './hash.ts'
import { referenceTarget } from './reference-target.ts'

/**
 * Stands for a patient that has no address here: a contained one, or one named by identifier only.
 * No consent can be about it, so what names it stays in its hospital.
 */
export const unknownPatient = keyOf('Patient', '#')

/**
 * The key of every Patient a resource names, wherever in its tree: by a literal reference (here or
 * elsewhere), by a logical reference of type Patient, or by containing one. Those that a Patient is
 * linked to are not among them.
 */
export const patientKeys = (resource: Resource, baseUrl: string): Set<bigint> => {
  const found = new Set<bigint>()
  for (const name in resource) {
    const value = resource[name]
    if (name === 'link' && resource.resourceType === 'Patient') continue
    if (typeof value === 'object' && value !== null) collect(value, baseUrl, found)
  }
  return found
}

/**
 * The keys of the Patients that the links of a Patient lead to; `unknownPatient` where a link has no
 * address. Null when there is none.
 */
export const linkedPatients = (resource: Resource, baseUrl: string): bigint[] | null => {
  const { link } = resource as Readonly<Record<string, unknown>>
  if (resource.resourceType !== 'Patient' || !Array.isArray(link)) return null
  const found = new Set<bigint>()
  for (const one of link as readonly { readonly other?: { readonly reference?: unknown } }[]) {
    if (typeof one.other?.reference !== 'string') found.add(unknownPatient)
    collect(one, baseUrl, found)
  }
  return found.size === 0 ? null : [...found]
}

const collect = (node: object, baseUrl: string, found: Set<bigint>): void => {
  if (Array.isArray(node)) {
    for (const item of node)
      if (typeof item === 'object' && item !== null) collect(item, baseUrl, found)
    return
  }
  const element = node as Readonly<Record<string, unknown>>
  const { reference } = element
  if (typeof reference === 'string') {
    if (reference.includes('Patient')) addTarget(reference, baseUrl, found)
  } else if (element['type'] === 'Patient' && element['identifier'] !== undefined)
    found.add(unknownPatient)
  if (element['resourceType'] === 'Patient') found.add(unknownPatient)
  for (const name in element) {
    const value = element[name]
    if (typeof value === 'object' && value !== null) collect(value, baseUrl, found)
  }
}

const addTarget = (reference: string, baseUrl: string, found: Set<bigint>): void => {
  const target = referenceTarget(reference, baseUrl)
  if (target?.resourceType === 'Patient') found.add(target.key)
  // A conditional reference, or an address no rule can be about.
  else if (target?.resourceType === undefined) found.add(unknownPatient)
}
