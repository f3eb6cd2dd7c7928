import type { Principal } from '../access/principal.ts'
import { FhirError } from '../fhir/errors.ts'
import { stringifyJson } from '../fhir/json.ts'
import { limits } from '../fhir/limits.ts'
import { operationOutcome, type Language } from '../fhir/outcome.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import { dayAt } from '../fhir/zone.ts'
import type { Sent } from '../store/feed-counts.ts'
import type { RequestEntry } from './bundle-entries.ts'
import type { Bundle, Context, Exchange, Request, Result } from './interaction.ts'
import type { WrittenRequest } from './routes.ts'

/** Refusals that are about what was sent. All others pass by themselves, or tell of nobody. */
const keptStatuses: ReadonlySet<number> = new Set([
  ...[400, 403, 404, 405, 409, 410, 412, 413, 415, 422, 428],
])

/** A refused request as it came. */
export interface ReceivedRequest {
  readonly written: WrittenRequest
  readonly contentType?: string | undefined
  /** The body; for an entry of a batch, its resource as text. */
  readonly payload?: string | Buffer | undefined
  readonly requestId: string
  readonly language: Language
  readonly isBatchEntry: boolean
}

/** Whether a request would change something, by its method and address: not a search, not an operation. */
const isChange = ({ method, url }: WrittenRequest): boolean =>
  ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) &&
  !/(?:^|\/)(?:\$|_search(?:$|\?))/.test(url.split('?', 1)[0]!)

/** The type in an address relative to the FHIR endpoint; Bundle for the endpoint itself. */
const typeOf = (url: string): string => {
  const [first = ''] = url.replace(/^\//, '').split(/[/?]/, 1)
  return first === '' ? 'Bundle' : isResourceType(first) ? first : 'unknown'
}

/**
 * Keeps what a client sent and was refused, for the feed desk of its hospital, and counts it. Costs the
 * refusal nothing but this.
 */
export const keepRefusal = (
  context: Context,
  principal: Principal,
  received: ReceivedRequest,
  error: unknown,
): void => {
  const { written, contentType, payload, requestId, language, isBatchEntry } = received
  if (!(error instanceof FhirError) || !keptStatuses.has(error.status) || !isChange(written)) return
  const { method, url } = written
  const counted = countable(context, principal)
  const types = entryTypes(typeOf(url) === 'Bundle' ? written.body : undefined)
  if (types.size === 0) types.set(typeOf(url), 1)
  for (const [resourceType, refused] of types)
    context.feed.count({ ...counted, resourceType, refused })
  const isTooLong = Buffer.byteLength(payload ?? '') > limits.feedPayloadBytesMax
  context.feed.keep({
    ...{ organization: counted.organization, client: counted.client, day: counted.day },
    ...{ id: context.newId(), received: counted.lastSeen, requestId, method, isBatchEntry },
    ...{ resourceType: typeOf(url), status: error.status },
    codes: [...new Set(error.issues.map(({ code }) => code))],
    content: {
      ...{ method, url, conditions: conditionsOf(written) },
      ...{ outcome: operationOutcome(error.issues, language) },
      ...(contentType === undefined ? {} : { contentType }),
      ...(payload === undefined || isTooLong ? {} : { payload: payload.toString() }),
      ...(isTooLong ? { isPayloadLeftOut: true as const } : {}),
    },
  })
}

const conditionsOf = (written: WrittenRequest): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(written).filter(
      (member): member is [string, string] => member[0].startsWith('if') && !!member[1],
    ),
  )

/** Keeps one refused entry of a batch as a request of its own. Of one batch the first thousand. */
export const keepEntryRefusal = (
  { request: written, expression }: RequestEntry,
  { context, grant, requestId, language }: Exchange,
  error: unknown,
): void => {
  const index = Number(/\d+/.exec(expression)?.[0])
  if (index >= limits.feedEntriesPerBatchMax) return
  const payload = written.body === undefined ? {} : { payload: stringifyJson(written.body) }
  const contentType = 'application/fhir+json'
  const received = { written, contentType, ...payload, requestId, language, isBatchEntry: true }
  keepRefusal(context, grant.principal, received, error)
}

/** Counts what was accepted: an addition in memory for each resource. */
export const countAccepted = (request: Request, exchange: Exchange, result: Result): void => {
  const { context, grant } = exchange
  switch (request.interaction) {
    case 'create':
    case 'update':
    case 'conditional-update':
    case 'patch':
    case 'conditional-patch':
    case 'delete':
    case 'conditional-delete': {
      const counted = countable(context, grant.principal)
      const isWarned = result.kind === 'stale-ignored'
      const { resourceType } = request
      return context.feed.count(
        isWarned
          ? { ...counted, resourceType, warned: 1 }
          : { ...counted, resourceType, accepted: 1 },
      )
    }
    case 'transaction': {
      const counted = countable(context, grant.principal)
      for (const [resourceType, accepted] of entryTypes(request.bundle))
        context.feed.count({ ...counted, resourceType, accepted })
    }
  }
}

/** How many changes of each type a transaction holds. */
const entryTypes = (bundle: unknown): Map<string, number> => {
  const types = new Map<string, number>()
  const { type, entry } = Object(bundle) as Partial<Bundle>
  if (type !== 'transaction' || !Array.isArray(entry)) return types
  for (const one of entry as readonly unknown[]) {
    const { method, url } = Object((Object(one) as { request?: unknown }).request) as WrittenRequest
    if (typeof url !== 'string' || method === 'GET' || method === 'HEAD') continue
    types.set(typeOf(url), (types.get(typeOf(url)) ?? 0) + 1)
  }
  return types
}

const countable = (
  { now, zoneOffset }: Context,
  { organization, clientId }: Principal,
): Omit<Sent, 'resourceType'> => {
  const moment = now()
  return {
    ...{ organization: organization.number, client: clientId, day: dayAt(moment, zoneOffset) },
    ...{ accepted: 0, warned: 0, refused: 0, lastSeen: moment.toISOString() },
  }
}
