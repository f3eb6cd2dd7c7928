import type { MessageCode } from './messages.ts'
import { issue, type Issue, type IssueType, type MessageParameters } from './outcome.ts'

/**
 * A refusal the client is told about. Anything else thrown is a fault of ours and becomes a 500
 * without detail. Each class has one status and one issue type.
 */
export abstract class FhirError extends Error {
  abstract readonly status: number
  abstract readonly issueType: IssueType
  readonly code: MessageCode
  readonly parameters: MessageParameters
  readonly expression: string | undefined
  #place: string | undefined

  constructor(code: MessageCode, parameters: MessageParameters = {}, expression?: string) {
    super(code)
    this.code = code
    this.parameters = parameters
    this.expression = expression
  }

  /**
   * The same refusal; its issues without an expression of their own get this one. Where it is an entry
   * of a bundle, the others name that entry, too.
   */
  at(expression: string | undefined): this {
    this.#place ??= expression
    return this
  }

  get issues(): readonly Issue[] {
    const place = this.#place
    if (place === undefined) return this.listed()
    return this.listed().map(one => placed(one, place))
  }

  protected listed(): readonly Issue[] {
    return [issue('error', this.issueType, this.code, this.parameters, this.expression)]
  }
}

const entryPattern = /^Bundle\.entry\[\d+\]$/

const placed = (one: Issue, place: string): Issue => {
  const { expression } = one
  if (expression === undefined) return { ...one, expression: place }
  if (!entryPattern.test(place) || expression.startsWith('Bundle.entry[')) return one
  return expression.startsWith('Parameters')
    ? { ...one, expression: expression.replace('Parameters', `${place}.resource`) }
    : { ...one, entry: place }
}

/** The request cannot be understood: syntax, encoding, unknown parameter, wrong address. */
export class InvalidRequest extends FhirError {
  readonly status = 400
  readonly issueType = 'invalid'
}

/** A request with several faults, all listed. */
export class InvalidRequests extends InvalidRequest {
  readonly #issues: readonly Issue[]
  constructor(issues: readonly Issue[]) {
    super(issues[0]!.code, issues[0]!.parameters, issues[0]!.expression)
    this.#issues = issues
  }
  protected override listed(): readonly Issue[] {
    return this.#issues
  }
}

/** The request asks for something FHIR has and Huizhen has not. */
export class NotSupported extends FhirError {
  readonly status = 400
  readonly issueType = 'not-supported'
}

/** No token, or one that is not accepted. `error` is the RFC 6750 code, absent when no token came. */
export class Unauthenticated extends FhirError {
  readonly status = 401
  readonly issueType: 'login' | 'unknown' | 'expired'
  constructor(code: 'token-missing' | 'token-invalid' | 'token-expired') {
    super(code)
    this.issueType =
      code === 'token-missing' ? 'login' : code === 'token-expired' ? 'expired' : 'unknown'
  }
}

/** The scopes, the purpose or the tenant do not cover this, whatever the data says. */
export class Forbidden extends FhirError {
  readonly status = 403
  readonly issueType = 'forbidden'
}

/** The id was never assigned here, or the caller may not know that it was: one constant text. */
export class NotFound extends FhirError {
  readonly status = 404
  readonly issueType = 'not-found'
  constructor(code: MessageCode = 'not-found', parameters: MessageParameters = {}) {
    super(code, parameters)
  }
}

/** The address has no such method. `allow` fills the Allow header. */
export class MethodNotAllowed extends FhirError {
  readonly status = 405
  readonly issueType = 'not-supported'
  readonly allow: string
  constructor(allow: string) {
    super('method-not-allowed', { allow })
    this.allow = allow
  }
}

export class NotAcceptable extends FhirError {
  readonly status = 406
  readonly issueType = 'not-supported'
}

/** Two writes met, and the bounded retries did not settle it. */
export class VersionConflict extends FhirError {
  readonly status = 409
  readonly issueType = 'conflict'
}

/** The resource was deleted, and the caller could see it before. */
export class Gone extends FhirError {
  readonly status = 410
  readonly issueType = 'deleted'
  constructor() {
    super('deleted')
  }
}

/** If-Match named another version than the current one. */
export class PreconditionFailed extends FhirError {
  readonly status = 412
  readonly issueType = 'conflict'
}

/** A change has to name the version it is made to. @see https://www.rfc-editor.org/rfc/rfc6585#section-3 */
export class PreconditionRequired extends FhirError {
  readonly status = 428
  readonly issueType = 'business-rule'
}

export class MultipleMatches extends FhirError {
  readonly status = 412
  readonly issueType = 'multiple-matches'
}

export class TooLarge extends FhirError {
  readonly status = 413
  readonly issueType = 'too-long'
}

/** The request line and the headers are longer than they may be. */
export class HeadersTooLarge extends FhirError {
  readonly status = 431
  readonly issueType = 'too-long'
}

export class UnsupportedFormat extends FhirError {
  readonly status = 415
  readonly issueType = 'not-supported'
}

/** A patch in a format that is not served. `accepted` fills the Accept-Patch header. */
export class UnsupportedPatchFormat extends UnsupportedFormat {
  readonly accepted: string
  constructor(accepted: string) {
    super('patch-format-unsupported', { accepted })
    this.accepted = accepted
  }
}

/** A patch that is well-formed and cannot be applied to what is stored. */
export class PatchFailed extends FhirError {
  readonly status = 422
  readonly issueType = 'processing'
}

/** The resource breaks rules; every problem is listed. */
export class ValidationFailed extends FhirError {
  readonly status = 422
  readonly issueType = 'processing'
  readonly #issues: readonly Issue[]
  constructor(issues: readonly Issue[]) {
    super(issues[0]!.code, issues[0]!.parameters, issues[0]!.expression)
    this.#issues = issues
  }
  protected override listed(): readonly Issue[] {
    return this.#issues
  }
}

/** A value set that cannot be worked out. */
export class TerminologyRefused extends FhirError {
  readonly status = 422
  readonly issueType = 'invalid'
}

/** The answer would cost more than one request may. */
export class TooCostly extends FhirError {
  readonly status = 422
  readonly issueType = 'too-costly'
}

/** One organization asks for more at a time than its share: try again. */
export class Throttled extends FhirError {
  readonly status = 429
  readonly issueType = 'throttled'
}

type UnavailableCode =
  'unavailable' | 'outcome-unknown' | 'search-text-unready' | 'large-bodies-busy'

/**
 * The database is away or overloaded: try again. `outcome-unknown` when it went away after it was
 * sent something that may have changed it.
 */
export class Unavailable extends FhirError {
  readonly status = 503
  readonly issueType = 'transient'
  constructor(code: UnavailableCode = 'unavailable') {
    super(code)
  }
}
