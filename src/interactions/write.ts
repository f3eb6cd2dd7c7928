import { mayRead, permitRead, permitWrite, requireScope } from '../access/grant.ts'
import { hasRules } from '../access/rules.ts'
import {
  FhirError,
  Forbidden,
  Gone,
  NotFound,
  PreconditionFailed,
  PreconditionRequired,
  VersionConflict,
} from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Queryable } from '../store/queryable.ts'
import { keyOf } from '../search/hash.ts'
import type { Permitted } from '../search/permitted.ts'
import { replaceAccessRules } from '../store/access-rules.ts'
import { replaceMerges, type PatientMerge } from '../store/patient-merge.ts'
import { readCurrent } from '../store/read.ts'
import type { CurrentVersion, ResourceRow } from '../store/rows.ts'
import { lockCurrentVersions, writeResources } from '../store/write.ts'
import { mayCreateUnder } from './id-rules.ts'
import { mayMakeStubs, resolveIdentifiers } from './identifier-references.ts'
import type { Exchange } from './interaction.ts'
import { patchResult } from './patch-result.ts'
import { mergeOf, survivingOf } from './patient-merge.ts'
import { requireTargets, type Written } from './reference-targets.ts'
import { isIgnoredAsStale } from './source-version.ts'
import { absent, isUnchanged, kept, prepareVersion, tombstone, type Prepared } from './version.ts'
import { issuesOf, requireValid } from './write-issues.ts'
import type { WriteIntent } from './write-intent.ts'

export type WriteResult = Prepared['result']

/**
 * Performs `intents` together: all or none. Results come in the order of the intents. Scopes, ids
 * and bodies are checked before anything is read; one transaction holds the locks, the versions, the
 * search values and the access rules.
 * @throws Forbidden, ValidationFailed, NotFound, PreconditionFailed, VersionConflict
 */
export const write = async (
  intents: readonly WriteIntent[],
  exchange: Exchange,
): Promise<readonly WriteResult[]> => {
  for (const { resourceType, action } of intents) requireScope(exchange.grant, resourceType, action)
  const mayCreate = await Promise.all(
    intents.map(async ({ action, id, entry }) => {
      // Patches and deletions create nothing, so their answers need not tell whose an id would be.
      if (action !== 'update') return action === 'create'
      return mayCreateUnder(id, exchange).catch((error: unknown) => {
        throw error instanceof FhirError ? error.at(entry) : error
      })
    }),
  )
  requireValid(intents.flatMap(intent => issuesOf(intent, exchange)))
  const { context, queryable } = exchange
  // Inside an open transaction the whole of it must be repeated, by whoever opened it.
  if (queryable !== context.database) return writeOn(queryable, intents, mayCreate, exchange)
  return retried(() => attempt(intents, mayCreate, exchange))
}

/**
 * What `work` gives back, done in the open transaction of `exchange` or in one of its own, which is
 * repeated when another writer came between: `work` must begin anew each time.
 * @throws VersionConflict when the repetitions are used up; nothing was written then
 */
export const transacted = <T>(
  exchange: Exchange,
  work: (inside: Exchange) => Promise<T>,
): Promise<T> => {
  const { database } = exchange.context
  if (exchange.queryable !== database) return work(exchange)
  return retried(() => database.transaction(queryable => work({ ...exchange, queryable })))
}

/** A plain create of a type without access rules needs no lock and no transaction: one statement. */
const attempt = (
  intents: readonly WriteIntent[],
  mayCreate: readonly boolean[],
  exchange: Exchange,
): Promise<readonly WriteResult[]> => {
  const { database, baseUrl } = exchange.context
  const isPlain = intents.every(
    ({ action, resourceType, resource }) =>
      action === 'create' && !hasRules(resourceType) && survivingOf(resource, baseUrl).length === 0,
  )
  if (isPlain && !mayMakeStubs(exchange)) return writeOn(database, intents, mayCreate, exchange)
  return database.transaction(transaction => writeOn(transaction, intents, mayCreate, exchange))
}

/** Two writers that create the same id meet at the primary key: the later one looks again. */
export const retried = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let attempts = 1; ; attempts++) {
    try {
      return await work()
    } catch (error) {
      if (!isRepeatable(error) || attempts >= limits.writeRetriesMax) throw error
    }
  }
}

/** Other conflicts stay what they are, however often the write is tried. */
const isRepeatable = (error: unknown): boolean =>
  error instanceof VersionConflict && error.code === 'write-conflict'

/** How a history shows each kind of write. */
const methods = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const

const writeOn = async (
  queryable: Queryable,
  asked: readonly WriteIntent[],
  mayCreate: readonly boolean[],
  exchange: Exchange,
): Promise<readonly WriteResult[]> => {
  const inside = { ...exchange, queryable }
  const intents = await resolveIdentifiers(asked, inside)
  const keys = intents.map(addressedKey)
  const addressed = keys.filter(key => key !== undefined)
  const current = new Map<bigint, CurrentVersion>()
  if (addressed.length > 0)
    for (const version of await lockCurrentVersions(queryable, addressed))
      current.set(version.key, version)
  const now = exchange.context.now()
  const prepared: Prepared[] = []
  const written: Written[] = []
  const merges: (PatientMerge | undefined)[] = []
  for (const [index, intent] of intents.entries()) {
    const key = keys[index]
    const found = key === undefined ? undefined : current.get(key)
    try {
      // A create meets nothing, as its id is new; only If-Match can forbid it.
      if (intent.action !== 'create' || intent.ifMatch !== undefined)
        await requireWritable(intent, found, mayCreate[index]!, inside)
      const resource =
        intent.action === 'patch' ? await patchResult(intent, found!, inside) : intent.resource
      const next = prepare(intent, resource, found, { now, exchange })
      prepared.push(next)
      written.push({ intent, resource, current: found, isChanged: next.row !== null })
      if (next.row !== null) merges.push(mergeOf(intent, resource, found, exchange.context.baseUrl))
    } catch (error) {
      throw error instanceof FhirError ? error.at(intent.entry) : error
    }
  }
  await requireTargets(written, inside)
  const changes = prepared.flatMap(({ row }, index) =>
    row === null ? [] : [{ ...row, method: methods[intents[index]!.action] }],
  )
  await storeRows(permitWrite(exchange.grant, changes), inside)
  await replaceAccessRules(
    queryable,
    prepared.flatMap(({ rules }) => (rules === null ? [] : [rules])),
  )
  await replaceMerges(
    queryable,
    merges.filter(merge => merge !== undefined),
  )
  return prepared.slice(0, asked.length).map(({ result }) => result)
}

/** The key of what may be there already; of a create nothing is. */
const addressedKey = ({ action, resourceType, id }: WriteIntent): bigint | undefined =>
  action === 'create' ? undefined : keyOf(resourceType, id)

/** In one statement; outside of a transaction perhaps shared with the creates of other requests. */
const storeRows = (
  rows: Permitted<readonly ResourceRow[]>,
  { queryable, context }: Exchange,
): Promise<void> =>
  queryable === context.database
    ? context.writeGroups.create(rows)
    : writeResources(queryable, rows)

/**
 * Whether this write may happen to what it meets. A hidden resource and an absent one are refused
 * alike, and alike there is nothing to delete; of a visible one of another hospital it may be said
 * that it is not the caller's.
 */
const requireWritable = async (
  { action, resourceType, id, ifMatch, ifAbsent, matched, isNew }: WriteIntent,
  current: CurrentVersion | undefined,
  mayCreate: boolean,
  exchange: Exchange,
): Promise<void> => {
  const { grant, queryable } = exchange
  if (matched !== undefined && matched !== current?.version)
    throw new VersionConflict('write-conflict')
  if (isNew && current?.deleted === false) throw new VersionConflict('criteria-id-taken')
  const isOwn = current?.owner === grant.principal.organization.number
  if (current === undefined || !isOwn) {
    if (current !== undefined && (await readVisible(queryable, grant, resourceType, id)))
      throw new Forbidden('write-foreign')
    if (action === 'delete' && ifMatch === undefined) return
    if (!(mayCreate && current === undefined))
      throw action === 'update'
        ? new NotFound('not-found-update', { own: `${grant.principal.organization.id}-` })
        : new NotFound()
  }
  if (action === 'patch' && current?.deleted) throw new Gone()
  if (ifMatch !== undefined && ifMatch !== (current?.version ?? 0))
    throw new PreconditionFailed('version-mismatch')
  if (ifAbsent && current?.deleted === false) throw new PreconditionFailed('already-there')
}

const readVisible = async (
  queryable: Queryable,
  grant: Exchange['grant'],
  resourceType: string,
  id: string,
): Promise<boolean> =>
  mayRead(grant, resourceType) &&
  (await readCurrent(queryable, permitRead(grant, { resourceType, id }))) !== undefined

const prepare = (
  intent: WriteIntent,
  resource: Resource | undefined,
  current: CurrentVersion | undefined,
  { now, exchange }: { readonly now: Date; readonly exchange: Exchange },
): Prepared => {
  const { action, resourceType, id } = intent
  if (action === 'delete') {
    if (current?.owner !== exchange.grant.principal.organization.number) return absent
    requireIfMatch(intent, current, exchange)
    return tombstone({ resourceType, id }, current!, now, exchange)
  }
  const next = { ...resource!, id }
  if (current !== undefined) {
    const unchanged = isUnchanged(next, current)
    if (unchanged !== undefined) return unchanged
    if (isIgnoredAsStale(intent, next, current, exchange))
      return kept('stale-ignored', next, current)
  }
  requireIfMatch(intent, current, exchange)
  return prepareVersion(next, current, now, exchange)
}

/**
 * Where the writer's hospital has agreed to it, what is there is changed only by those who say which
 * version they saw. Criteria are looked for at that moment, and count as saying so.
 * @throws PreconditionRequired
 */
const requireIfMatch = (
  { ifMatch, matched }: WriteIntent,
  current: CurrentVersion | undefined,
  { grant }: Exchange,
): void => {
  if (grant.principal.writeRules?.requiresIfMatch !== true) return
  if (current === undefined || current.deleted || ifMatch !== undefined || matched !== undefined)
    return
  throw new PreconditionRequired('if-match-required')
}
