import { elements, referenceKey } from '../access/element.ts'
import type { Resource } from '../fhir/resource.ts'

/** The element by which a request names who shall act on it. */
const recipientElements: Readonly<Record<string, string>> = {
  ServiceRequest: 'performer',
  Task: 'owner',
  Communication: 'recipient',
}

const keysOf = (references: unknown, baseUrl: string): bigint[] | null => {
  const keys = elements(references).flatMap(reference => referenceKey(reference, baseUrl) ?? [])
  return keys.length === 0 ? null : keys
}

/**
 * Whom a resource is addressed to, and which requests it answers: a request is visible to its
 * recipient, and an answer finds its way back to who asked.
 */
export const partiesOf = (
  resource: Resource,
  baseUrl: string,
): { readonly addressed: readonly bigint[] | null; readonly answers: readonly bigint[] | null } => {
  const recipients = recipientElements[resource.resourceType]
  return {
    addressed: recipients === undefined ? null : keysOf(resource[recipients], baseUrl),
    answers: keysOf(
      [...elements(resource['basedOn']), ...elements(resource['inResponseTo'])],
      baseUrl,
    ),
  }
}
