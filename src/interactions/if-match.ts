import { InvalidRequest } from '../fhir/errors.ts'

/**
 * The version an If-Match header asks for; weak and strong forms are alike, as versions are exact.
 * @throws InvalidRequest when it is not one version
 * @see https://hl7.org/fhir/R4/http.html#concurrency
 */
export const ifMatchVersion = (header: string | undefined): { ifMatch?: number } => {
  if (header === undefined) return {}
  const [, versionId] = /^\s*(?:W\/)?"([0-9]{1,9})"\s*$/.exec(header) ?? []
  if (versionId === undefined) throw new InvalidRequest('if-match-invalid')
  return { ifMatch: Number(versionId) }
}
