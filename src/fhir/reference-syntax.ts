import { isResourceType } from './resource-types.ts'

/** A `Type/id` reference, taken apart. */
const literal = /^([A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/
const fragment = /^#[A-Za-z0-9\-.]{0,64}$/
const uuidUrn = /^urn:uuid:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const oidUrn = /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/
const absolute = /^(?!urn:(?:uuid|oid):)[a-z][a-z0-9+.-]*:[^\s]+$/i

/** What kind of reference a text is; `type` is the type a literal reference names. */
export type ReferenceForm =
  | { readonly form: 'literal'; readonly type: string }
  | { readonly form: 'unknown-type'; readonly type: string }
  | { readonly form: 'fragment' | 'absolute' | 'malformed' }

const fragmentForm = { form: 'fragment' } as const
const absoluteForm = { form: 'absolute' } as const
const malformedForm = { form: 'malformed' } as const

/**
 * Reads a `Reference.reference`: `Type/id` with or without a version, `#id` of a contained resource,
 * `urn:uuid:`, `urn:oid:` or another absolute URL. Conditional references (`Patient?identifier=`)
 * exist only inside transactions, where they are resolved before validation.
 * @see https://hl7.org/fhir/R4/references.html#literal
 */
export const referenceForm = (reference: string): ReferenceForm => {
  if (reference.length > 4096) return malformedForm
  const type = literal.exec(reference)?.[1]
  if (type !== undefined) return { form: isResourceType(type) ? 'literal' : 'unknown-type', type }
  if (fragment.test(reference)) return fragmentForm
  const isAbsolute = uuidUrn.test(reference) || oidUrn.test(reference) || absolute.test(reference)
  return isAbsolute ? absoluteForm : malformedForm
}
