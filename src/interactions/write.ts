import { mayChange, permitWrite, requireScope } from '../access/grant.ts'
import { hasRules } from '../access/rules.ts'
import { FhirError } from '../fhir/errors.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Queryable } from '../store/queryable.ts'
import { keyOf } from '../search/hash.ts'
import type { Permitted } from '../search/permitted.ts'
import { replaceAccessRules } from '../store/access-rules.ts'
import { keepOriginals } from '../store/originals.ts'
import { replaceMerges, type PatientMerge } from '../store/patient-merge.ts'
import type { CurrentVersion, ResourceRow } from '../store/rows.ts'
import { lockCurrentVersions, writeResources } from '../store/write.ts'
import { followConsultations } from './consultation/follow.ts'
import { mayCreateUnder } from './id-rules.ts'
import { mayMakeStubs, resolveIdentifiers } from './identifier-references.ts'
import type { Exchange } from './interaction.ts'
import { patchResult } from './patch-result.ts'
import { mergeOf, survivingOf } from './patient-merge.ts'
import { isUnchanged, keepingLabels, replacedBy } from './replaced.ts'
import { requireTargets, type Written } from './reference-targets.ts'
import { retried } from './retries.ts'
import { isIgnoredAsStale } from './source-version.ts'
import {
  absent,
  kept,
  methods,
  prepareVersion,
  tombstone,
  type Moment,
  type Prepared,
} from './version.ts'
import { originalsOf } from './originals.ts'
import { takenIntents } from './validation-mode.ts'
import { requireIfMatch, requireWritable } from './write-conditions.ts'
import { replaceSearchParameters } from './search-parameters.ts'
import type { WriteIntent } from './write-intent.ts'
import { resultsOf } from './write-results.ts'

export type WriteResult = Prepared['result']

/**
 * Performs `intents` together: all or none. Results come in the order of the intents. Scopes, ids
 * and bodies are checked before anything is read; one transaction holds the locks, the versions, the
 * search values and the access rules.
 * @throws Forbidden, ValidationFailed, NotFound, PreconditionFailed, VersionConflict
 */
export const write = async (
  asked: readonly WriteIntent[],
  exchange: Exchange,
): Promise<readonly WriteResult[]> => {
  for (const { resourceType, action } of asked) requireScope(exchange.grant, resourceType, action)
  // Patches and deletions create nothing, so their answers need not tell whose an id would be.
  const mayCreate: boolean[] = []
  for (const intent of asked)
    mayCreate.push(
      intent.action === 'update' ? await mayCreateBy(intent, exchange) : intent.action === 'create',
    )
  const intents = takenIntents(asked, exchange)
  const { context, queryable } = exchange
  // Inside an open transaction the whole of it must be repeated, by whoever opened it.
  if (queryable !== context.database) return writeOn(queryable, intents, mayCreate, exchange)
  return retried(exchange, () => attempt(intents, mayCreate, exchange))
}

const mayCreateBy = async ({ id, entry }: WriteIntent, exchange: Exchange): Promise<boolean> => {
  try {
    return await mayCreateUnder(id, exchange)
  } catch (error) {
    throw error instanceof FhirError ? error.at(entry) : error
  }
}

/** A plain create of a type without access rules needs no lock and no transaction: one statement. */
const attempt = (
  intents: readonly WriteIntent[],
  mayCreate: readonly boolean[],
  exchange: Exchange,
): Promise<readonly WriteResult[]> => {
  const { database, baseUrl } = exchange.context
  const isPlain = intents.every(
    ({ action, resourceType, resource, original }) =>
      action === 'create' &&
      original === undefined &&
      !hasRules(resourceType) &&
      resourceType !== 'SearchParameter' &&
      survivingOf(resource, baseUrl).length === 0,
  )
  if (isPlain && !mayMakeStubs(exchange)) return writeOn(database, intents, mayCreate, exchange)
  return database.transaction(transaction => writeOn(transaction, intents, mayCreate, exchange))
}

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
  const moment = { now: exchange.context.now(), exchange }
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
      const next = prepare(intent, resource, found, moment)
      prepared.push(next)
      written.push({ intent, resource, current: found, isChanged: next.row !== null })
      if (next.row !== null) merges.push(mergeOf(intent, resource, found, exchange.context.baseUrl))
    } catch (error) {
      throw error instanceof FhirError ? error.at(intent.entry) : error
    }
  }
  await requireTargets(written, inside)
  const changes = prepared.flatMap(({ row }) => row ?? [])
  await storeRows(permitWrite(exchange.grant, changes), inside)
  await replaceSearchParameters(written, inside)
  await replaceAccessRules(
    queryable,
    prepared.flatMap(({ rules }) => rules ?? []),
  )
  await replaceMerges(
    queryable,
    merges.filter(merge => merge !== undefined),
  )
  await keepOriginals(queryable, originalsOf(intents, prepared, exchange))
  await followConsultations(written, inside, write)
  return resultsOf(prepared, asked)
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

const prepare = (
  intent: WriteIntent,
  resource: Resource | undefined,
  current: CurrentVersion | undefined,
  moment: Moment,
): Prepared => {
  const { now, exchange } = moment
  const { action, resourceType, id } = intent
  if (action === 'delete') {
    if (current === undefined || !mayChange(exchange.grant, current)) return absent
    requireIfMatch(intent, current, exchange)
    return tombstone({ resourceType, id }, current, now, exchange)
  }
  const replaced = replacedBy(current)
  const labelled = keepingLabels(resource!, replaced, intent.mayDropLabels)
  if (current !== undefined) {
    const next = { ...labelled, id }
    const unchanged = replaced && isUnchanged(next, current, replaced)
    if (unchanged !== undefined) return unchanged
    if (isIgnoredAsStale(intent, next, current, exchange))
      return kept('stale-ignored', next, current)
  }
  requireIfMatch(intent, current, exchange)
  return prepareVersion({ resource: labelled, id, method: methods[action] }, current, moment)
}
