import { maxHeaderSize } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  FhirError,
  HeadersTooLarge,
  InvalidRequest,
  MethodNotAllowed,
  TooLarge,
  Unauthenticated,
  UnsupportedFormat,
  UnsupportedPatchFormat,
  Forbidden,
} from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { issue, languageOf, operationOutcome, type Issue } from '../fhir/outcome.ts'
import type { Definitions } from '../fhir/definitions.ts'
import { plainRendition, renderedTree, renditionOf, type Rendition } from './format.ts'
import { contentTypes } from './format-names.ts'
import { privateHeaders } from './response.ts'

/** Seconds after which a refusal for want of capacity may be tried again. */
const retryAfterSeconds = 2

/**
 * Any error as an OperationOutcome. What is not a FhirError is a fault of ours: the log gets it, the
 * caller gets the request id and nothing else.
 */
export const sendError = (
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  definitions: Definitions,
): FastifyReply => {
  const language = languageOf(request.headers['accept-language'])
  const error = refusalOf(thrown, request)
  const rendition = renditionWanted(request)
  const outcome = (issues: readonly Issue[]) =>
    renderedTree(operationOutcome(issues, language), rendition, definitions)
  reply.headers(privateHeaders).type(contentTypes[rendition.format])
  if (error === undefined) {
    request.log.error({ err: thrown }, 'request failed')
    const unknown = issue('fatal', 'exception', 'exception', { requestId: request.id })
    return reply.code(500).send(outcome([unknown]))
  }
  const challenge = challengeOf(error)
  if (challenge !== undefined) reply.header('www-authenticate', challenge)
  if (error instanceof UnsupportedPatchFormat) reply.header('accept-patch', error.accepted)
  if (error instanceof MethodNotAllowed) reply.header('allow', error.allow)
  if (error.status === 503 || error.status === 429) reply.header('retry-after', retryAfterSeconds)
  return reply.code(error.status).send(outcome(error.issues))
}

/** A refusal is written as the caller wants it; when that is what is refused, in JSON. */
const renditionWanted = (request: FastifyRequest): Rendition => {
  try {
    return renditionOf(request)
  } catch {
    return plainRendition
  }
}

/**
 * Answers bytes that are no HTTP request, or too long a one, on the socket itself and closes it. There
 * are no headers to take a language from.
 */
export const refuseConnection = (
  { code }: Error & { readonly code?: string },
  socket: Socket,
): void => {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const error =
    code === 'HPE_HEADER_OVERFLOW'
      ? new HeadersTooLarge('headers-too-large', { limit: maxHeaderSize })
      : new InvalidRequest('request-malformed')
  const body = JSON.stringify(operationOutcome(error.issues, 'en'))
  const reason = error.status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'
  socket.end(
    `HTTP/1.1 ${error.status} ${reason}\r\ncontent-type: ${contentTypes.json}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

/** The refusal a thrown value is, those of the HTTP layer in our words; undefined for a fault of ours. */
export const refusalOf = (thrown: unknown, { server }: FastifyRequest): FhirError | undefined => {
  if (thrown instanceof FhirError) return thrown
  const { code, statusCode } = thrown as { code?: string; statusCode?: number }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new TooLarge('body-too-large', {
        limit: server.initialConfig.bodyLimit ?? limits.bodyBytesMax,
      })
    case 'FST_ERR_BAD_URL':
      return new InvalidRequest('address-malformed')
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new UnsupportedFormat('format-unsupported')
    case 'FST_CP_ERR_INVALID_CONTENT_ENCODING':
      return new UnsupportedFormat('encoding-unsupported')
    case 'FST_CP_ERR_INVALID_CONTENT':
      return new InvalidRequest('body-not-gzip')
    default:
      return statusCode !== undefined && statusCode >= 400 && statusCode < 500
        ? new InvalidRequest('request-malformed')
        : undefined
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 */
const challengeOf = (error: FhirError): string | undefined => {
  if (error instanceof Unauthenticated)
    return error.code === 'token-missing'
      ? 'Bearer realm="fhir"'
      : `Bearer realm="fhir", error="invalid_token", error_description="${
          error.code === 'token-expired'
            ? 'The access token has expired'
            : 'The access token is invalid'
        }"`
  if (error instanceof Forbidden && error.code === 'scope-insufficient')
    return `Bearer realm="fhir", error="insufficient_scope", scope="${error.parameters['needed']}"`
  return undefined
}
