import { mediaTypes, type Format } from './format-names.ts'

/** More media ranges than any client sends; the rest is passed over. */
const rangesMax = 50
const lettersMax = 2000

interface Range {
  readonly type: string
  readonly quality: number
  /** Whether its `fhirVersion`, if it has one, is the one served. */
  readonly isServed: boolean
}

/**
 * The format an Accept header likes best, JSON where it likes both alike; undefined when it takes
 * neither. Parameters of a media range other than `q` and `fhirVersion` are passed over.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-accept
 * @see https://hl7.org/fhir/R4/http.html#version-parameter
 */
export const acceptedFormat = (header: string | undefined): Format | undefined => {
  if (header === undefined || header === '' || header === '*/*') return 'json'
  const only = mediaTypes.get(header)
  if (only !== undefined) return only
  const ranges = header.slice(0, lettersMax).split(',', rangesMax).map(rangeOf)
  let best: { readonly format: Format; readonly quality: number } | undefined
  for (const [mediaType, format] of mediaTypes) {
    const quality = qualityOf(mediaType, ranges)
    if (quality > (best?.quality ?? 0)) best = { format, quality }
  }
  return best?.format
}

const rangeOf = (written: string): Range => {
  const [type = '', ...parameters] = written.toLowerCase().split(';')
  const range = { type: type.trim(), quality: 1, isServed: true }
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2).map(part => part.trim())
    if (name === 'q') range.quality = /^[01](?:\.\d{0,3})?$/.test(value) ? Number(value) : 0
    if (name === 'fhirversion') range.isServed = /^"?4\.0(?:\.\d)?"?$/.test(value)
  }
  return range
}

/** By the most specific range that names the media type; 0 when none does. */
const qualityOf = (mediaType: string, ranges: readonly Range[]): number => {
  const family = `${mediaType.split('/', 1)[0]}/*`
  for (const wanted of [mediaType, family, '*/*']) {
    const found = ranges.find(({ type }) => type === wanted)
    if (found !== undefined) return found.isServed ? found.quality : 0
  }
  return 0
}
