import type { ElementDefinition, TypeDefinition } from './definitions.ts'
import { isResourceType } from './resource-types.ts'

/** @see https://hl7.org/fhir/R4/xml.html */
export const fhirNamespace = 'http://hl7.org/fhir'
export const xhtmlNamespace = 'http://www.w3.org/1999/xhtml'

/**
 * Whether XML writes this element as an attribute: the id of everything but a resource, and the url
 * of an extension.
 * @see https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.representation
 */
export const isAttribute = (type: TypeDefinition, { name }: ElementDefinition): boolean =>
  (name === 'id' && type.kind !== 'resource') || (name === 'url' && type.name === 'Extension')

/** Whether the element is a wrapper around a whole resource, such as `contained`. */
export const holdsResource = ({ type }: ElementDefinition): boolean =>
  type === 'Resource' || isResourceType(type)
