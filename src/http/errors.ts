import type { FastifyReply, FastifyRequest } from 'fastify'
import {
  FhirError,
  InvalidRequest,
  MethodNotAllowed,
  TooLarge,
  Unauthenticated,
  UnsupportedFormat,
  Forbidden,
} from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { issue, languageOf, operationOutcome } from '../fhir/outcome.ts'
import { fhirJson } from './response.ts'

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
): FastifyReply => {
  const language = languageOf(request.headers['accept-language'])
  const error = thrown instanceof FhirError ? thrown : refusalOf(thrown)
  reply.type(fhirJson).header('cache-control', 'private, no-store')
  if (error === undefined) {
    request.log.error({ err: thrown }, 'request failed')
    const unknown = issue('fatal', 'exception', 'exception', { requestId: request.id })
    return reply.code(500).send(operationOutcome([unknown], language))
  }
  const challenge = challengeOf(error)
  if (challenge !== undefined) reply.header('www-authenticate', challenge)
  if (error instanceof MethodNotAllowed) reply.header('allow', error.allow)
  if (error.status === 503 || error.status === 429) reply.header('retry-after', retryAfterSeconds)
  return reply.code(error.status).send(operationOutcome(error.issues, language))
}

/** Refusals of the HTTP layer itself, in our words. */
const refusalOf = (thrown: unknown): FhirError | undefined => {
  const { code, statusCode } = thrown as { code?: string; statusCode?: number }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new TooLarge('body-too-large', { limit: limits.bodyBytesMax })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new UnsupportedFormat('format-unsupported')
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
