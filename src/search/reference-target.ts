import { isResourceType } from '../fhir/resource-types.ts'
import { hash64, keyOf } from './hash.ts'
import { remembering } from './remembering.ts'

/** What a literal reference points at. `resourceType` is unknown for an address elsewhere. */
export interface ReferenceTarget {
  readonly key: bigint
  readonly resourceType: string | undefined
  readonly isHere: boolean
}

const local = /^([A-Z][A-Za-z]{1,40})\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/
const version = /\/_history\/([A-Za-z0-9.-]{1,64})$/
const elsewhere = /([A-Z][A-Za-z]{1,40})\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/

/**
 * The target of a literal reference or canonical. An absolute one below our own base is the same as
 * the relative one, and a version in it makes no difference. Undefined for `#contained` and for
 * text that is no address.
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
export const referenceTarget = (text: string, baseUrl: string): ReferenceTarget | undefined =>
  text.length > lettersRememberedMax ? targetOf(baseUrl, text) : remembered(baseUrl, text)

/** Letters of what is worth remembering: a resource is looked through for references several times. */
const lettersRememberedMax = 200

const targetOf = (baseUrl: string, text: string): ReferenceTarget | undefined => {
  const fhirBase = `${baseUrl}/fhir/`
  const relative = text.startsWith(fhirBase) ? text.slice(fhirBase.length) : text
  const [, resourceType, id] = local.exec(relative) ?? []
  if (resourceType !== undefined && id !== undefined && isResourceType(resourceType))
    return { key: keyOf(resourceType, id), resourceType, isHere: true }
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return undefined
  const [, type] = elsewhere.exec(text) ?? []
  return {
    key: hash64(text),
    resourceType: type !== undefined && isResourceType(type) ? type : undefined,
    isHere: false,
  }
}

const remembered = remembering(targetOf)

/** What of a literal reference to one version of a resource of ours names it: `Type/id/_history/2`. */
export const versionedAddress = (text: string, baseUrl: string): string | undefined => {
  if (!version.test(text)) return undefined
  const fhirBase = `${baseUrl}/fhir/`
  const relative = text.startsWith(fhirBase) ? text.slice(fhirBase.length) : text
  return local.test(relative) ? relative : undefined
}
