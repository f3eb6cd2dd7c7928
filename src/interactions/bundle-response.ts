import type { Entry } from '../fhir/bundle.ts'
import type { FhirError } from '../fhir/errors.ts'
import { operationOutcome } from '../fhir/outcome.ts'
import type { Exchange, Result } from './interaction.ts'
import { isWritten, writtenOutcome } from './written-outcome.ts'

const statusLines: Readonly<Record<Result['kind'], string>> = {
  created: '201 Created',
  updated: '200 OK',
  unchanged: '200 OK',
  'stale-ignored': '200 OK',
  found: '200 OK',
  matched: '200 OK',
  absent: '204 No Content',
  bundle: '200 OK',
  operation: '200 OK',
  accepted: '202 Accepted',
  deleted: '204 No Content',
  unmodified: '304 Not Modified',
}

/** What became of one entry, as an entry of the answer. @see https://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.response */
export const responseEntry = (result: Result, exchange: Exchange): Entry => {
  const status = statusLines[result.kind]
  if (result.kind === 'accepted')
    return { members: { response: { status, location: result.location } } }
  if (result.kind === 'absent') return { members: { response: { status } } }
  if ('json' in result) return { members: { response: { status } }, resource: result.json }
  const { resourceType, id, versionId, lastUpdated, json } = result.version
  const url = `${exchange.context.baseUrl}/fhir/${resourceType}/${id}`
  const isThere = isWritten(result) && result.kind !== 'deleted'
  // What is undefined is left out of the JSON.
  const response = {
    status,
    location: isThere ? `${url}/_history/${versionId}` : undefined,
    etag: `W/"${versionId}"`,
    lastModified: lastUpdated,
    outcome: outcomeAsked(result, exchange),
  }
  const isShown =
    result.kind === 'found' || (isThere && exchange.returnPreference === 'representation')
  return {
    members: { fullUrl: result.kind === 'deleted' ? undefined : url, response },
    resource: isShown ? json : undefined,
  }
}

/** What `Prefer: return=OperationOutcome` asks for, of an entry that wrote. */
const outcomeAsked = (result: Result, exchange: Exchange) =>
  exchange.returnPreference === 'OperationOutcome' && isWritten(result)
    ? writtenOutcome(result, exchange)
    : undefined

/** The answer to a HEAD: what a GET would say, without the resource. */
export const headEntry = ({ members }: Entry): Entry => ({ members })

/** The refusal of one batch entry: the others go on. */
export const refusalEntry = (error: FhirError, exchange: Exchange): Entry => ({
  members: {
    response: {
      status: String(error.status),
      outcome: operationOutcome(error.issues, exchange.language),
    },
  },
})
