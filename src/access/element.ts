import { keyOf } from '../search/hash.ts'

/** Reading of elements that `validate` has already found well-formed. */
export type Element = Readonly<Record<string, unknown>>

export const elements = (value: unknown): readonly Element[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as Element[]) : [value as Element]

export const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** Every coding of a CodeableConcept or a list of them. */
export const codings = (concepts: unknown): readonly Element[] =>
  elements(concepts).flatMap(concept => elements(concept['coding']))

/** The literal `Type/id` a Reference names on this server, if it does. */
export const literalReference = (
  reference: unknown,
  baseUrl: string,
): { readonly resourceType: string; readonly id: string } | undefined => {
  const written = text((reference as Element | undefined)?.['reference'])
  if (written === undefined) return undefined
  const fhirBase = `${baseUrl}/fhir/`
  const relative = written.startsWith(fhirBase) ? written.slice(fhirBase.length) : written
  const [, resourceType, id] =
    /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/.+)?$/.exec(relative) ?? []
  return resourceType === undefined || id === undefined ? undefined : { resourceType, id }
}

/** The key of what a Reference names, if it names something on this server. */
export const referenceKey = (reference: unknown, baseUrl: string): bigint | undefined => {
  const address = literalReference(reference, baseUrl)
  return address === undefined ? undefined : keyOf(address.resourceType, address.id)
}

/**
 * A Period (or its absence) as half-open instants: a missing bound is infinite, a partial date
 * covers all of its day, month or year.
 */
export const periodBounds = (
  period: unknown,
  zoneOffset: string,
): { readonly from: string; readonly to: string } => {
  const { start, end } = (period ?? {}) as Element
  return {
    from: text(start) === undefined ? '-infinity' : firstInstant(text(start)!, zoneOffset),
    to: text(end) === undefined ? 'infinity' : endInstant(text(end)!, zoneOffset),
  }
}

/** The first instant a FHIR dateTime covers. */
export const firstInstant = (dateTime: string, zoneOffset: string): string => {
  const [date = '', time] = dateTime.split('T')
  if (time !== undefined)
    return /(?:Z|[+-]\d\d:\d\d)$/.test(time) ? dateTime : dateTime + zoneOffset
  const [year = '', month = '01', day = '01'] = date.split('-')
  return `${year}-${month}-${day}T00:00:00${zoneOffset}`
}

/** The first instant after all that a FHIR dateTime covers. @see https://hl7.org/fhir/R4/datatypes.html#Period */
export const endInstant = (dateTime: string, zoneOffset: string): string => {
  if (dateTime.includes('T')) return firstInstant(dateTime, zoneOffset)
  const [year = 0, month, day] = dateTime.split('-').map(Number)
  const next =
    month === undefined
      ? new Date(Date.UTC(year + 1, 0, 1))
      : day === undefined
        ? new Date(Date.UTC(year, month, 1))
        : new Date(Date.UTC(year, month - 1, day + 1))
  return `${next.toISOString().slice(0, 10)}T00:00:00${zoneOffset}`
}
