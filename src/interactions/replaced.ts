import { parseJson, stringifyJson } from '../fhir/json.ts'
import type { Resource } from '../fhir/resource.ts'
import { withKeptLabels, withLabelsAssignedTo } from '../search/assigned-labels.ts'
import { decompress } from '../store/content.ts'
import { instantOf } from '../store/read.ts'
import type { CurrentVersion } from '../store/rows.ts'
import { kept, stamped, type Prepared } from './version.ts'

/** A version that is about to be replaced, as it is stored. */
export interface Replaced {
  readonly json: Buffer
  /** Parsed where it has security labels: only these are asked of it. */
  readonly labelled: Resource | undefined
}

const security = Buffer.from('"security":')

/** Undefined when nothing is there that says anything. */
export const replacedBy = (current: CurrentVersion | undefined): Replaced | undefined => {
  if (current === undefined || current.deleted) return undefined
  const json = decompress(current.content)
  return { json, labelled: json.includes(security) ? (parseJson(json) as Resource) : undefined }
}

/** What a writer sends, with the labels that no update takes off what it replaces. */
export const keepingLabels = (
  resource: Resource,
  replaced: Replaced | undefined,
  mayDrop?: boolean,
): Resource =>
  replaced?.labelled === undefined && resource.meta?.['security'] === undefined
    ? resource
    : withKeptLabels(resource, replaced?.labelled, mayDrop)

/**
 * When the resource says exactly what its current version says, that version; repeating a write then
 * changes nothing. Undefined when they differ.
 */
export const isUnchanged = (
  resource: Resource,
  current: CurrentVersion,
  { json, labelled }: Replaced,
): Prepared | undefined => {
  const lastUpdated = instantOf(current.lastUpdated)
  const next = withLabelsAssignedTo(labelled, resource)
  const same = stamped(next, resource.id!, current.version, lastUpdated)
  if (!Buffer.from(stringifyJson(same)).equals(json)) return undefined
  return kept('unchanged', resource, current, json)
}

/** The same of what a writer sends. */
export const repeated = (resource: Resource, current: CurrentVersion): Prepared | undefined => {
  const replaced = replacedBy(current)
  return replaced && isUnchanged(keepingLabels(resource, replaced), current, replaced)
}
