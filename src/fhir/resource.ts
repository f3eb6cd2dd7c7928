/**
 * A FHIR resource as a parsed JSON tree. Elements are `unknown` on purpose: what a sender wrote is
 * trusted only after `validate` has looked at it.
 * @see https://hl7.org/fhir/R4/resource.html
 */
export interface Resource {
  resourceType: string
  id?: string
  meta?: Meta
  [element: string]: unknown
}

/** @see https://hl7.org/fhir/R4/resource.html#Meta */
export interface Meta {
  versionId?: string
  lastUpdated?: string
  [element: string]: unknown
}

/** A `Type/id` address inside this server. @see https://hl7.org/fhir/R4/http.html#general */
export interface Address {
  readonly resourceType: string
  readonly id: string
}
