import { isResourceType } from './resource-types.ts'

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/'

/** `Patient` of the canonical of R4's own type; undefined for any other canonical. */
export const coreTypeOf = (canonical: string): string | undefined => {
  if (!canonical.startsWith(coreUrl)) return undefined
  const name = canonical.slice(coreUrl.length).replace(/\|.*$/, '')
  return name === 'Resource' || name === 'DomainResource' || isResourceType(name) ? name : undefined
}

/** Whether a type a profile states is that of an item: any resource is a Resource. */
export const typeCodeOf = (code: string, type: string): boolean =>
  code === type ||
  code.toLowerCase() === type.toLowerCase() ||
  code === 'Element' ||
  (code === 'BackboneElement' && type.includes('.')) ||
  (code === 'SimpleQuantity' && type === 'Quantity') ||
  ((code === 'Resource' || code === 'DomainResource') && isResourceType(type))
