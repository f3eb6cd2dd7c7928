/** The two formats resources are served and taken in. @see https://hl7.org/fhir/R4/http.html#mime-type */
export type Format = 'json' | 'xml'

/** The Content-Type of each format. */
export const contentTypes: Readonly<Record<Format, string>> = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
}

/** By media type, FHIR's own first. */
export const mediaTypes: ReadonlyMap<string, Format> = new Map([
  ['application/fhir+json', 'json'],
  ['application/json', 'json'],
  ['text/json', 'json'],
  ['application/fhir+xml', 'xml'],
  ['application/xml', 'xml'],
  ['text/xml', 'xml'],
])

/** A header's media type, without parameters. */
export const mediaTypeOf = (header: string | undefined): string =>
  (header ?? '').split(';', 1)[0]!.trim().toLowerCase()

/**
 * The format a `_format` parameter names: a short name or a media type, whose `+` may have become a
 * space on the way. Undefined when it is not served.
 * @see https://hl7.org/fhir/R4/http.html#parameters
 */
export const formatOf = (written: string): Format | undefined => {
  const name = mediaTypeOf(written).replace(' ', '+')
  return name === 'json' || name === 'xml' ? name : mediaTypes.get(name)
}
