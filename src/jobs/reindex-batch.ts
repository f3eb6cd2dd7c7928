import { setImmediate as turn } from 'node:timers/promises'
import type { Definitions } from '../fhir/definitions.ts'
import { parseJson, stringifyJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/resource.ts'
import { resourceTypes } from '../fhir/resource-types.ts'
import { hasSameLabels, withAssignedLabels } from '../search/assigned-labels.ts'
import { factsOf } from '../search/facts.ts'
import type { IndexOptions } from '../search/index-sink.ts'
import { indexValues, type IndexValues } from '../search/index-values.ts'
import { indexedParametersOf } from '../search/parameters.ts'
import { resourceTexts } from '../search/resource-texts.ts'
import { compress, decompress } from '../store/content.ts'
import type { Queryable } from '../store/queryable.ts'
import { advanceJob, type ClaimedJob, type JobPlace } from '../store/reindex-progress.ts'
import {
  readRowsToIndex,
  storeReindexed,
  type ReindexedRow,
  type StoredRow,
} from '../store/reindex-rows.ts'
import {
  readVersionsToIndex,
  storeReindexedVersions,
  type ReindexedVersion,
  type VersionPlace,
} from '../store/reindex-versions.ts'

/** Resources looked at in one transaction. */
const batchMax = 200
/** Resources indexed before other requests have their turn. */
const turnMax = 20

/** By what resources are indexed. */
export interface Indexing extends IndexOptions {
  readonly definitions: Definitions
}

/**
 * The next batch of a job, and its place behind it.
 * @returns false when nothing is left
 */
export const runBatch = async (
  transaction: Queryable,
  job: ClaimedJob,
  indexing: Indexing,
): Promise<boolean> => {
  if (job.atVersion !== null && job.atKey !== null) {
    const place = { key: job.atKey, version: job.atVersion }
    return versionBatch(transaction, job, place, indexing)
  }
  const { types, generation, atType, atUpdated, atKey } = job
  const first = atType === null ? 0 : types.indexOf(atType)
  for (const type of types.slice(first)) {
    const isBegun = type === atType && atUpdated !== null && atKey !== null
    const place = isBegun ? { updated: atUpdated, key: atKey } : undefined
    const rows = await readRowsToIndex(transaction, { type, generation }, place, batchMax)
    if (rows.length === 0) continue
    await rowBatch(transaction, job, { type, rows }, indexing)
    return true
  }
  // Versions are gone through where everything is done anew.
  return job.whole && versionBatch(transaction, job, { key: keyMin, version: 0 }, indexing)
}

/** The least of PostgreSQL's bigint. */
const keyMin = -(2n ** 63n)

const rowBatch = async (
  transaction: Queryable,
  job: ClaimedJob,
  { type, rows }: { readonly type: number; readonly rows: readonly StoredRow[] },
  indexing: Indexing,
): Promise<void> => {
  const refused: string[] = []
  const reindexed: ReindexedRow[] = []
  for (const [at, row] of rows.entries()) {
    if (at % turnMax === turnMax - 1) await turn()
    const made = madeAnew(type, row, indexing)
    if (made === null) refused.push(`${resourceTypes[type]}/${row.id}`)
    else if (made !== undefined && (job.whole || isAffected(type, row, made.values, indexing)))
      reindexed.push({ row, type, ...made })
  }
  const written = await storeReindexed(transaction, reindexed)
  const last = rows.at(-1)!
  const next: JobPlace = { of: 'rows', type, updated: last.lastUpdated, key: last.key }
  await advanceJob(transaction, job.number, next, { seen: rows.length, written, refused })
}

const versionBatch = async (
  transaction: Queryable,
  job: ClaimedJob,
  place: VersionPlace,
  indexing: Indexing,
): Promise<boolean> => {
  const versions = await readVersionsToIndex(transaction, job.types, place, batchMax)
  const last = versions.at(-1)
  if (last === undefined) return false
  const refused: string[] = []
  const reindexed: ReindexedVersion[] = []
  for (const [at, version] of versions.entries()) {
    if (at % turnMax === turnMax - 1) await turn()
    const made = madeAnew(version.type, version, indexing)
    if (made === null)
      refused.push(`${resourceTypes[version.type]}/${version.id}/_history/${version.version}`)
    else if (made !== undefined)
      reindexed.push({ place: version, values: made.values, content: made.content })
  }
  const written = await storeReindexedVersions(transaction, reindexed)
  const next: JobPlace = { of: 'versions', key: last.key, version: last.version }
  await advanceJob(transaction, job.number, next, { seen: versions.length, written, refused })
  return true
}

/**
 * By the same code as a write, with the labels that the codes of the resource give it now. Undefined where
 * nothing is to be done, null where it is not possible.
 */
const madeAnew = (
  type: number,
  { content }: Pick<StoredRow, 'content'>,
  { definitions, ...options }: Indexing,
): Pick<ReindexedRow, 'values' | 'texts' | 'content'> | null | undefined => {
  if (content === null || resourceTypes[type] === undefined) return undefined
  try {
    const stored = parseJson(decompress(content)) as Resource
    const facts = factsOf(stored, options.baseUrl)
    const resource = withAssignedLabels(stored, facts.sensitive)
    const values = indexValues(resource, definitions, options, facts)
    // However long the text is: the resource is there already.
    const texts = resourceTexts(resource, values.labels, definitions, Infinity)
    const isSame = hasSameLabels(stored, resource)
    return {
      values,
      texts,
      content: isSame ? null : compress(Buffer.from(stringifyJson(resource))),
    }
  } catch {
    return null
  }
}

/** Whether parameters that are newer than a row have a value in it, or it has one that they have not. */
const isAffected = (
  type: number,
  { present, indexed }: StoredRow,
  values: IndexValues,
  { definitions }: Indexing,
): boolean => {
  const parameters = indexedParametersOf(definitions, resourceTypes[type]!)
  let bits = 0n
  for (const { activation, bits: own } of parameters.values())
    if (activation !== undefined && activation.generation > indexed) bits |= own
  return ((values.present | present) & bits) !== 0n
}
