import { InvalidRequest, NotSupported } from '../fhir/errors.ts'

/** What no version is: a tag that was never given here asks for it, and the condition fails. */
const noVersion = -1

/**
 * The version an If-Match header asks for; weak and strong forms are alike, as versions are exact.
 * @throws InvalidRequest when it is not one entity tag
 * @see https://hl7.org/fhir/R4/http.html#concurrency
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 */
export const ifMatchVersion = (header: string | undefined): { ifMatch?: number } => {
  if (header === undefined) return {}
  const [, tag] = /^\s*(?:W\/)?"([^"\s]*)"\s*$/.exec(header) ?? []
  if (tag === undefined) throw new InvalidRequest('if-match-invalid')
  return { ifMatch: /^[1-9][0-9]{0,8}$/.test(tag) ? Number(tag) : noVersion }
}

/**
 * What `If-None-Match: *` asks of an update: that there is nothing yet.
 * @throws NotSupported for any other value, which would be passed over at the cost of what is stored
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export const ifAbsent = (header: string | undefined): { ifAbsent?: true } => {
  if (header === undefined) return {}
  if (header.trim() !== '*')
    throw new NotSupported('header-not-supported', { header: 'If-None-Match' })
  return { ifAbsent: true }
}
