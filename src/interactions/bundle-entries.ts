import {
  FhirError,
  InvalidRequest,
  InvalidRequests,
  NotSupported,
  TooLarge,
} from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import { issue, type Issue } from '../fhir/outcome.ts'
import { isObject } from '../fhir/walk.ts'
import type { Bundle, Exchange, Request } from './interaction.ts'
import type { WrittenRequest } from './routes.ts'

/** A request on one resource type. */
export type PlainRequest = Exclude<Request, { interaction: 'batch' | 'transaction' }>

/** One entry of a batch or transaction, as the sender wrote it. */
export interface RequestEntry {
  /** Where it stands, such as `Bundle.entry[3]`. */
  readonly expression: string
  readonly fullUrl: string | undefined
  readonly request: WrittenRequest
}

/**
 * The entries of a batch or transaction, each with a method and a URL relative to the FHIR endpoint.
 * @throws TooLarge when there are too many
 * @throws InvalidRequests naming every entry without a usable request
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export const requestEntries = (bundle: Bundle, exchange: Exchange): readonly RequestEntry[] => {
  const written = bundle.entry ?? []
  if (!Array.isArray(written))
    throw new InvalidRequest('bundle-entry-invalid', { expected: 'an array' }, 'Bundle.entry')
  const limit = exchange.context.bundleEntriesMax
  if (written.length > limit)
    throw new TooLarge('bundle-too-large', { found: written.length, limit }, 'Bundle.entry')
  const issues: Issue[] = []
  const entries = written.flatMap((entry: unknown, index) => {
    const expression = `Bundle.entry[${index}]`
    const read = requestEntry(entry, expression, `${exchange.context.baseUrl}/fhir/`)
    if (typeof read !== 'string') return [read]
    issues.push(issue('error', 'invalid', 'bundle-entry-invalid', { expected: read }, expression))
    return []
  })
  if (issues.length > 0) throw new InvalidRequests(issues.slice(0, limits.issuesMax))
  return entries
}

/** Members of `Bundle.entry.request` that stand for headers. */
const conditions = ['ifMatch', 'ifNoneExist', 'ifNoneMatch', 'ifModifiedSince'] as const

/** The entry, or what it lacks. */
const requestEntry = (
  entry: unknown,
  expression: string,
  fhirBase: string,
): RequestEntry | string => {
  if (!isObject(entry)) return 'an object'
  const { request, fullUrl, resource } = entry
  if (!isObject(request)) return 'request'
  const { method, url } = request
  if (typeof method !== 'string') return 'request.method'
  if (typeof url !== 'string') return 'request.url'
  if (fullUrl !== undefined && typeof fullUrl !== 'string') return 'a string as fullUrl'
  const written: { -readonly [Member in keyof WrittenRequest]: WrittenRequest[Member] } = {
    method,
    url: url.startsWith(fhirBase) ? url.slice(fhirBase.length) : url,
    body: resource,
  }
  for (const name of conditions) {
    const value = request[name]
    if (typeof value === 'string') written[name] = value
  }
  return { expression, fullUrl, request: written }
}

/**
 * The request of an entry. Bundles inside bundles are not served.
 * @throws FhirError with the expression of the entry
 */
export const withoutNesting = (
  { request: written, expression }: RequestEntry,
  requestOf: (written: WrittenRequest) => Request,
): PlainRequest => {
  const request = read(written, expression, requestOf)
  if (request.interaction === 'batch' || request.interaction === 'transaction')
    throw new NotSupported(
      'bundle-entry-unsupported',
      { found: 'a bundle', expected: 'requests on one resource type' },
      `${expression}.request.url`,
    )
  return request
}

const read = (
  written: WrittenRequest,
  expression: string,
  requestOf: (written: WrittenRequest) => Request,
): Request => {
  try {
    return requestOf(written)
  } catch (error) {
    throw error instanceof FhirError ? error.at(`${expression}.request`) : error
  }
}
