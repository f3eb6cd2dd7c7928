import type { FastifyRequest } from 'fastify'
import type { Definitions } from '../fhir/definitions.ts'
import { NotAcceptable } from '../fhir/errors.ts'
import { parseJson, stringifyJson } from '../fhir/json.ts'
import { prettyJson } from '../fhir/json-layout.ts'
import type { Resource } from '../fhir/resource.ts'
import { stringifyXml } from '../fhir/xml-writer.ts'
import { parametersOf } from '../interactions/routes.ts'
import { acceptedFormat } from './format-accept.ts'
import { formatOf, mediaTypeOf, type Format } from './format-names.ts'

/** How an answer is to be written. */
export interface Rendition {
  readonly format: Format
  readonly isPretty: boolean
}

/**
 * How an answer is written when nothing says otherwise, or when what is asked for is not served: a
 * refusal has to be written somehow.
 */
export const plainRendition: Rendition = { format: 'json', isPretty: false }

/**
 * How the caller wants the answer. `_format` goes before the Accept header.
 * @throws NotAcceptable when neither JSON nor XML will do
 * @see https://hl7.org/fhir/R4/http.html#parameters
 */
export const renditionOf = (request: FastifyRequest): Rendition => {
  const { _format, _pretty } = formParameters(request)
  const format =
    _format === undefined
      ? acceptedFormat(request.headers.accept)
      : typeof _format === 'string'
        ? formatOf(_format)
        : undefined
  if (format === undefined) throw new NotAcceptable('format-not-acceptable')
  if (_pretty !== 'true' && format === 'json') return plainRendition
  return { format, isPretty: _pretty === 'true' }
}

interface FormParameters {
  readonly _format?: unknown
  readonly _pretty?: unknown
}

/** The two parameters, from the address or, in a POST search, from the form. */
const formParameters = (request: FastifyRequest): FormParameters => {
  const query = request.query as FormParameters
  if (!isForm(request)) return query
  return { ...query, ...Object.fromEntries(parametersOf((request.body as Buffer).toString())) }
}

/** The media type of form bodies. */
export const formType = 'application/x-www-form-urlencoded'

/** Whether the body is the form of a POST search. */
export const isForm = (request: FastifyRequest): boolean =>
  Buffer.isBuffer(request.body) &&
  request.body.length > 0 &&
  mediaTypeOf(request.headers['content-type']) === formType &&
  /\/_search\/?(?:\?|$)/.test(request.url)

/** JSON bytes as they are sent: stored bytes pass through untouched where JSON is wanted. */
export const rendered = (
  json: Buffer,
  { format, isPretty }: Rendition,
  definitions: Definitions,
): Buffer | string => {
  if (format === 'xml') return stringifyXml(parseJson(json) as Resource, definitions, { isPretty })
  return isPretty ? prettyJson(json.toString('utf8')) : json
}

/** A resource of our own making, an OperationOutcome for instance, as it is sent. */
export const renderedTree = (
  resource: object,
  rendition: Rendition,
  definitions: Definitions,
): Buffer | string => rendered(Buffer.from(stringifyJson(resource)), rendition, definitions)
