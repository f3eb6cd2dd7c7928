import { InvalidRequest, MethodNotAllowed, NotFound } from '../fhir/errors.ts'
import { nearest } from '../fhir/nearest.ts'
import { isResourceType, resourceTypes } from '../fhir/resource-types.ts'
import { compartmentSearch } from './compartment-request.ts'
import { requireServedConditions } from './served-conditions.ts'
import { operationRequest } from './operations/operation-request.ts'
import type { Bundle, InteractionCode, Parameters, ReadTerms, Request } from './interaction.ts'

/** One line of what is served: a method on a shape of address. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path:
    | ''
    | '_history'
    | '_search'
    | 'metadata'
    | '$[operation]'
    | '[type]'
    | '[type]/_search'
    | '[type]/_history'
    | '[type]/$[operation]'
    | '[type]/[id]'
    | '[type]/[id]/$[operation]'
    | '[type]/[id]/*'
    | '[type]/[id]/[type]'
    | '[type]/[id]/[type]/_search'
    | '[type]/[id]/_history'
    | '[type]/[id]/_history/[vid]'
  readonly interactions: readonly InteractionCode[]
}

/** What an operation is asked for on; `operations/definitions.ts` says which there are. */
const operationPaths = ['$[operation]', '[type]/$[operation]', '[type]/[id]/$[operation]'] as const
const systemPaths = ['', '_history', '_search', 'metadata'] as const

/**
 * Everything the FHIR endpoint serves. HTTP requests and bundle entries are both read by it, and the
 * CapabilityStatement is computed from it. HEAD is served wherever GET is.
 * @see https://hl7.org/fhir/R4/http.html
 */
export const routes: readonly Route[] = [
  { method: 'POST', path: '', interactions: ['batch', 'transaction'] },
  { method: 'GET', path: '', interactions: ['search-system'] },
  { method: 'POST', path: '_search', interactions: ['search-system'] },
  { method: 'GET', path: 'metadata', interactions: ['capabilities'] },
  { method: 'GET', path: '_history', interactions: ['history-system'] },
  { method: 'GET', path: '[type]', interactions: ['search-type'] },
  { method: 'POST', path: '[type]', interactions: ['create'] },
  { method: 'PUT', path: '[type]', interactions: ['conditional-update'] },
  { method: 'PATCH', path: '[type]', interactions: ['conditional-patch'] },
  { method: 'DELETE', path: '[type]', interactions: ['conditional-delete'] },
  { method: 'POST', path: '[type]/_search', interactions: ['search-type'] },
  { method: 'GET', path: '[type]/_history', interactions: ['history-type'] },
  { method: 'GET', path: '[type]/[id]', interactions: ['read'] },
  { method: 'PUT', path: '[type]/[id]', interactions: ['update'] },
  { method: 'PATCH', path: '[type]/[id]', interactions: ['patch'] },
  { method: 'DELETE', path: '[type]/[id]', interactions: ['delete'] },
  { method: 'GET', path: '[type]/[id]/_history', interactions: ['history-instance'] },
  { method: 'GET', path: '[type]/[id]/_history/[vid]', interactions: ['vread'] },
  { method: 'GET', path: '[type]/[id]/*', interactions: ['search-system'] },
  { method: 'GET', path: '[type]/[id]/[type]', interactions: ['search-type'] },
  { method: 'POST', path: '[type]/[id]/[type]/_search', interactions: ['search-type'] },
  ...operationPaths.flatMap((path): Route[] => [
    { method: 'GET', path, interactions: ['operation'] },
    { method: 'POST', path, interactions: ['operation'] },
  ]),
]

/** A request as it is written: by an HTTP client, or in `Bundle.entry.request`. */
export interface WrittenRequest {
  readonly method: string
  /** Relative to the FHIR endpoint, with its query. */
  readonly url: string
  readonly body?: unknown
  /** The body is a JSON Patch, not a resource. */
  readonly isJsonPatch?: boolean
  /** Parameters of a form body. */
  readonly form?: Parameters
  readonly ifMatch?: string
  readonly ifNoneExist?: string
  readonly ifNoneMatch?: string
  readonly ifModifiedSince?: string
  readonly ifUnmodifiedSince?: string
}

/**
 * The interaction a written request asks for.
 * @throws NotFound for an address or type that does not exist
 * @throws MethodNotAllowed with the methods that address has
 * @throws NotSupported for headers that would change the meaning and are not served
 */
// oxlint-disable-next-line max-lines-per-function -- one case per interaction
export const requestOf = (written: WrittenRequest): Request => {
  const [path = '', query = ''] = splitOnce(written.url.replace(/^\//, ''), '?')
  const segments = path.replace(/\/$/, '').split('/').map(decoded)
  const shape = shapeOf(segments)
  const [resourceType = '', id = '', , versionId = ''] = segments
  if (shape.startsWith('[type]') && !isResourceType(resourceType))
    throw new NotFound('resource-type-unknown', {
      found: resourceType.replace(/[^\w-]/g, '').slice(0, 40),
      nearest: nearest(resourceType, resourceTypes).join(', '),
    })
  const method = written.method === 'HEAD' ? 'GET' : written.method
  const route = routes.find(known => known.path === shape && known.method === method)
  if (route === undefined) throw new MethodNotAllowed(allowedOn(shape))
  requireServedConditions(written, method, route.interactions[0]!)
  const { ifNoneExist } = written
  const ifMatch = written.ifMatch === undefined ? {} : { ifMatch: written.ifMatch }
  const { form = none } = written
  const parameters = query === '' ? form : [...parametersOf(query), ...form]
  const patchBody = { body: written.body, isJsonPatch: written.isJsonPatch === true }
  switch (route.interactions[0]!) {
    case 'read':
      return isUnconditional(written, parameters)
        ? { interaction: 'read', resourceType, id }
        : { interaction: 'read', resourceType, id, ...readTerms(written, parameters) }
    case 'vread':
      return {
        interaction: 'vread',
        resourceType,
        id,
        versionId,
        ...readTerms(written, parameters),
      }
    case 'create':
      return { interaction: 'create', resourceType, resource: written.body, ifNoneExist }
    case 'conditional-update':
      return {
        ...{ interaction: 'conditional-update', resourceType, parameters },
        ...{ resource: written.body, ...ifMatch },
      }
    case 'conditional-delete':
      return { interaction: 'conditional-delete', resourceType, parameters, ...ifMatch }
    case 'update':
      return {
        ...{ interaction: 'update', resourceType, id, resource: written.body, ...ifMatch },
        ...(written.ifNoneMatch === undefined ? {} : { ifNoneMatch: written.ifNoneMatch }),
      }
    case 'delete':
      return { interaction: 'delete', resourceType, id, ...ifMatch }
    case 'patch':
      return { interaction: 'patch', resourceType, id, ...patchBody, ...ifMatch }
    case 'conditional-patch':
      return {
        interaction: 'conditional-patch',
        resourceType,
        parameters,
        ...patchBody,
        ...ifMatch,
      }
    case 'history-type':
      return { interaction: 'history-type', resourceType, parameters }
    case 'history-system':
      return { interaction: 'history-system', parameters }
    case 'operation':
      return operationRequest(written, segments, parameters)
    case 'history-instance':
      return { interaction: 'history-instance', resourceType, id, parameters }
    case 'capabilities':
      return { interaction: 'capabilities' }
    case 'search-type':
      return segments.length < 3
        ? { interaction: 'search-type', resourceType, parameters }
        : compartmentSearch(segments, parameters)
    case 'search-system':
      return segments.length < 3
        ? { interaction: 'search-system', parameters }
        : compartmentSearch(segments, parameters)
    default:
      return bundleRequest(written.body)
  }
}

const none: Parameters = []

const isUnconditional = (
  { ifNoneMatch, ifModifiedSince }: WrittenRequest,
  parameters: Parameters,
): boolean => parameters.length === 0 && ifNoneMatch === undefined && ifModifiedSince === undefined

const readTerms = (
  { ifNoneMatch, ifModifiedSince }: WrittenRequest,
  parameters: Parameters,
): ReadTerms => ({
  ...(parameters.length === 0 ? {} : { parameters }),
  ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  ...(ifModifiedSince === undefined ? {} : { ifModifiedSince }),
})

const shapeOf = (segments: readonly string[]): Route['path'] => {
  const [resourceType, second, third] = segments
  if (segments.length <= 3 && segments.at(-1)!.startsWith('$'))
    return operationPaths[segments.length - 1]!
  if (segments.length === 1) return systemPaths.find(path => path === resourceType) ?? '[type]'
  if (segments.length === 2)
    return second === '_search' || second === '_history' ? `[type]/${second}` : '[type]/[id]'
  if (third === '_history' && segments.length === 3) return '[type]/[id]/_history'
  if (third === '_history' && segments.length === 4) return '[type]/[id]/_history/[vid]'
  if (third === '*' && segments.length === 3) return '[type]/[id]/*'
  if (/^[A-Z]/.test(third ?? '') && segments.length === 3) return '[type]/[id]/[type]'
  if (/^[A-Z]/.test(third ?? '') && segments.length === 4 && segments[3] === '_search')
    return '[type]/[id]/[type]/_search'
  throw new NotFound('address-unknown')
}

const allowedOn = (path: Route['path']): string =>
  routes
    .filter(route => route.path === path)
    .flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ')

const bundleRequest = (body: unknown): Request => {
  const bundle = body as Bundle | undefined
  if (bundle === undefined) throw new InvalidRequest('body-missing')
  if (typeof bundle !== 'object' || bundle === null || bundle.resourceType !== 'Bundle')
    throw new InvalidRequest(
      'resource-type-mismatch',
      { found: 'another resource', expected: 'Bundle' },
      'resourceType',
    )
  const { type } = bundle
  if (type !== 'batch' && type !== 'transaction')
    throw new InvalidRequest(
      'bundle-type-invalid',
      {
        found: String(type)
          .replace(/[^\w-]/g, '')
          .slice(0, 40),
      },
      'Bundle.type',
    )
  return { interaction: type, bundle }
}

/** Query or form parameters in the order they came. */
export const parametersOf = (query: string): Parameters => [...new URLSearchParams(query)]

const splitOnce = (text: string, mark: string): readonly string[] => {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** @throws InvalidRequest on a broken percent escape */
const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new InvalidRequest('address-malformed')
  }
}
