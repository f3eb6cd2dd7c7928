import { STATUS_CODES } from 'node:http'
import { operationOutcome, issue } from '../fhir/outcome.ts'
import type { StoryRequest } from './postman-request.ts'

/**
 * What an answer looks like, for who reads the collection before running it: put together from what the
 * request says, with invented ids and times.
 */
export const exampleOf = (request: StoryRequest) => {
  const { name, expect } = request
  const code = expect[0]!
  const body = bodyOf(request, code)
  return {
    ...{ name: `Example: ${name}`, status: STATUS_CODES[code] ?? '', code },
    header: body === undefined ? [] : [{ key: 'Content-Type', value: 'application/fhir+json' }],
    ...{
      _postman_previewlanguage: 'json',
      body: body === undefined ? '' : JSON.stringify(body, null, 2),
    },
  }
}

const meta = { versionId: '1', lastUpdated: '2026-01-05T00:00:00.000Z' }

const bodyOf = ({ method, path, body, form }: StoryRequest, code: number): unknown => {
  if (code === 204) return undefined
  if (path.startsWith('/auth/'))
    return {
      access_token: '…',
      token_type: 'Bearer',
      expires_in: 300,
      scope: form?.['scope'] ?? 'system/*.cruds',
    }
  if (code >= 400) return refused(code)
  if (path === '/fhir')
    return {
      resourceType: 'Bundle',
      type: `${(body as { type: string }).type}-response`,
      entry: [],
    }
  if (method !== 'GET' && typeof body === 'object' && body !== null && 'resourceType' in body)
    return { ...body, meta }
  if (/\?|_history$|_search$|\$everything/.test(path))
    return { resourceType: 'Bundle', type: 'searchset', total: 1, entry: [] }
  const [, resourceType = 'CapabilityStatement'] = /^\/fhir\/([A-Z]\w+)/.exec(path) ?? []
  return { resourceType, id: '{{prefix}}-postman', meta }
}

const refused = (code: number) => {
  if (code === 401) return operationOutcome([issue('error', 'login', 'token-missing')], 'en')
  if (code === 404) return operationOutcome([issue('error', 'not-found', 'not-found')], 'en')
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid' }] }
}
