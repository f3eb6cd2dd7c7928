import type { FeedReader } from '../access/feed-reader.ts'
import { knownGrantOf } from '../access/known-grant.ts'
import type { Principal } from '../access/principal.ts'
import { constraintMeanings } from '../access/scope-constraints.ts'
import { FhirError, PreconditionFailed } from '../fhir/errors.ts'
import { parseJson } from '../fhir/json.ts'
import { operationOutcome, type Language } from '../fhir/outcome.ts'
import { parseXml } from '../fhir/xml-reader.ts'
import { noteReplay } from '../store/feed-entries.ts'
import type { FeedContent } from '../store/feed-seal.ts'
import { openEntry } from './feed-desk.ts'
import type { Context, Exchange, Result } from './interaction.ts'
import { jsonPatchType } from './patch-body.ts'
import { perform } from './perform.ts'
import { requestOf } from './routes.ts'

/** How one entry is sent again. */
export interface Replay {
  readonly id: string
  readonly language: Language
  readonly requestId: string
  readonly address: string
  /** A corrected body in place of the one that was refused, with its media type. */
  readonly corrected?: { readonly contentType: string; readonly payload: string } | undefined
}

/** How it ended. */
export interface Replayed {
  readonly id: string
  readonly status: number
  /** Address of what was written, where one resource was. */
  readonly location?: string
  /** Why it was refused again. */
  readonly outcome?: unknown
}

/**
 * Sends a refused payload again, as the client it came from and with the rights that client has now. A
 * new refusal is told and noted; it makes no second entry.
 * @throws NotFound when there is no such entry
 * @throws PreconditionFailed when its client cannot be stood in for, or it cannot be read any more
 */
export const replayEntry = async (
  context: Context,
  reader: FeedReader,
  replay: Replay,
): Promise<Replayed> => {
  const { id, language, corrected } = replay
  const { entry, content } = await openEntry(context, reader, id, '$feed-replay')
  const principal = await context.principalOfClient(entry.client, reader.organization)
  const isWhole = content !== undefined && content.isPayloadLeftOut !== true
  if (principal === undefined || !(isWhole || (content && corrected)))
    throw new PreconditionFailed('feed-not-replayable')
  const replayed = await attempt(context, principal, { ...content, ...corrected }, replay).then(
    result => answerOf(result, id, context),
    (error: unknown): Replayed => {
      if (!(error instanceof FhirError)) throw error
      return { id, status: error.status, outcome: operationOutcome(error.issues, language) }
    },
  )
  await noteReplay(
    context.database,
    { organization: reader.organization, id },
    { at: context.now().toISOString(), status: replayed.status },
  )
  return replayed
}

const attempt = async (
  context: Context,
  principal: Principal,
  content: FeedContent,
  { requestId, language, address }: Replay,
): Promise<Result> => {
  const exchange: Exchange = {
    ...{ context, requestId, language, address, queryable: context.database },
    grant: knownGrantOf(principal, constraintMeanings(context)),
    ...{ isLenient: false, returnPreference: 'OperationOutcome' },
  }
  const { method, url, conditions } = content
  return perform(
    requestOf({ method, url, ...conditions, ...(await bodyOf(content, context)) }),
    exchange,
  )
}

const bodyOf = async ({ payload, contentType = '' }: FeedContent, context: Context) => {
  if (payload === undefined) return {}
  const bytes = Buffer.from(payload)
  if (/^[^;]*xml\b/i.test(contentType)) return { body: await parseXml(bytes, context.definitions) }
  return { body: parseJson(bytes), isJsonPatch: contentType.startsWith(jsonPatchType) }
}

const statuses: Partial<Record<Result['kind'], number>> = {
  created: 201,
  deleted: 204,
  absent: 204,
}

const answerOf = (result: Result, id: string, { baseUrl }: Context): Replayed => {
  const status = statuses[result.kind] ?? 200
  if (!('version' in result)) return { id, status }
  const { resourceType, id: written, versionId } = result.version
  return {
    id,
    status,
    location: `${baseUrl}/fhir/${resourceType}/${written}/_history/${versionId}`,
  }
}
