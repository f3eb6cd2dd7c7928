import type { WriteIntent } from './write-intent.ts'

/** A reference to a Patient by identifier alone, and where it stands. */
export interface PatientReference {
  readonly identifier: {
    readonly system?: string
    readonly value: string
    readonly [element: string]: unknown
  }
  readonly expression: string
  /** Writes the literal reference into the resource. */
  readonly setReference: (reference: string) => void
}

type Element = Record<string, unknown>

/**
 * Every `{type: 'Patient', identifier}` without a literal reference in the resource of an intent that
 * `validate` has accepted. Resources inside a stored Bundle are its own matter.
 */
export const patientReferences = ({
  action,
  resource,
  expression,
}: WriteIntent): PatientReference[] => {
  const found: PatientReference[] = []
  if (resource !== undefined && action !== 'patch' && resource.resourceType !== 'Bundle')
    collect(resource, expression ?? resource.resourceType, found)
  return found
}

const collect = (node: unknown, place: string, found: PatientReference[]): void => {
  if (typeof node !== 'object' || node === null) return
  if (Array.isArray(node)) {
    node.forEach((item, index) => collect(item, `${place}[${index}]`, found))
    return
  }
  const element = node as Element
  const { type, reference, identifier } = element
  if (type === 'Patient' && reference === undefined && isIdentifier(identifier)) {
    const setReference = (text: string) => void (element['reference'] = text)
    found.push({ identifier, expression: place, setReference })
    return
  }
  for (const name in element) collect(element[name], `${place}.${name}`, found)
}

const isIdentifier = (value: unknown): value is PatientReference['identifier'] =>
  typeof value === 'object' && value !== null && typeof (value as Element)['value'] === 'string'
