import { accessRulesOf, hasRules, noRules } from '../access/rules.ts'
import { stringifyJson } from '../fhir/json.ts'
import type { Address, Resource } from '../fhir/resource.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { normal } from '../search/confidentiality.ts'
import { keyOfNew } from '../search/hash.ts'
import { indexValues } from '../search/index-values.ts'
import { compress, decompress } from '../store/content.ts'
import { instantOf } from '../store/read.ts'
import type { AccessRules, CurrentVersion, ResourceRow, ResourceVersion } from '../store/rows.ts'
import type { Exchange, Result } from './interaction.ts'
import { partiesOf } from './parties.ts'
import { rulesContext } from './rules-context.ts'

type PreparedRow = Omit<ResourceRow, 'method'>

/** A write ready for the database; `row` is null when nothing changes. */
export interface Prepared {
  /** All but the method, which the write knows. */
  readonly row: PreparedRow | null
  readonly rules: AccessRules | null
  readonly result: Extract<
    Result,
    { kind: 'created' | 'updated' | 'unchanged' | 'stale-ignored' | 'deleted' | 'absent' }
  >
}

/** A deletion that meets nothing of the caller's: nothing changes. */
export const absent: Prepared = { row: null, rules: null, result: { kind: 'absent' } }

/** The resource as it will be served: id and meta first, version and time set by the server. */
const stamped = (resource: Resource, versionId: number, lastUpdated: string): string => {
  const { resourceType, id, meta } = resource
  const tree: Record<string, unknown> = {
    resourceType,
    id,
    meta: { ...meta, versionId: String(versionId), lastUpdated },
  }
  // A rest pattern in place of this loop costs as much as the writing itself.
  for (const name in resource)
    if (name !== 'resourceType' && name !== 'id' && name !== 'meta') tree[name] = resource[name]
  return stringifyJson(tree)
}

/** The next version of a resource (the first when there is no current one). */
export const prepareVersion = (
  resource: Resource,
  current: CurrentVersion | undefined,
  now: Date,
  exchange: Exchange,
): Prepared => {
  const { context, grant } = exchange
  const id = resource.id!
  const { resourceType } = resource
  const version = (current?.version ?? 0) + 1
  const lastUpdated = now.toISOString()
  const json = Buffer.from(stamped(resource, version, lastUpdated))
  const { baseUrl, timeZone, definitions } = context
  const values = indexValues(resource, definitions, { baseUrl, timeZone })
  const row: PreparedRow = {
    key: current?.key ?? keyOfNew(resourceType, id),
    type: resourceTypeNumber(resourceType)!,
    id,
    version,
    owner: grant.principal.organization.number,
    deleted: false,
    lastUpdated,
    ...values,
    ...partiesOf(resource, baseUrl),
    content: compress(json),
  }
  return {
    row,
    rules: hasRules(resourceType)
      ? accessRulesOf(resource, rulesContext(exchange, now)).rules
      : null,
    result: {
      // Bringing back what was deleted is a creation, too.
      kind: current === undefined || current.deleted ? 'created' : 'updated',
      version: served(row, { resourceType, id }, json),
    },
  }
}

/** The mark that a resource was deleted: keeps who could see it, forgets what search knew of it. */
export const tombstone = (
  address: Address,
  current: CurrentVersion,
  now: Date,
  { grant }: Exchange,
): Prepared => {
  const { resourceType, id } = address
  const row: PreparedRow = {
    key: current.key,
    type: resourceTypeNumber(resourceType)!,
    id,
    version: current.deleted ? current.version : current.version + 1,
    owner: grant.principal.organization.number,
    deleted: true,
    lastUpdated: now.toISOString(),
    patient: current.patient,
    otherPatients: current.otherPatients,
    addressed: null,
    answers: null,
    dateLow: '-infinity',
    dateHigh: '-infinity',
    tokens: [],
    present: 0n,
    strings: [],
    dates: [],
    quantities: [],
    facts: [],
    confidentiality: normal,
    screened: false,
    content: compress(Buffer.from('null')),
  }
  return {
    row: current.deleted ? null : row,
    rules: hasRules(resourceType) ? noRules(current.key) : null,
    result: { kind: 'deleted', version: served(row, address, Buffer.alloc(0)) },
  }
}

/**
 * When the resource says exactly what its current version says, that version; repeating a write then
 * changes nothing. Undefined when they differ.
 */
export const isUnchanged = (resource: Resource, current: CurrentVersion): Prepared | undefined => {
  if (current.deleted) return undefined
  const stored = decompress(current.content)
  const lastUpdated = instantOf(current.lastUpdated)
  if (!Buffer.from(stamped(resource, current.version, lastUpdated)).equals(stored)) return undefined
  return kept('unchanged', resource, current, stored)
}

/** A write that leaves the current version as it is, and gives it back. */
export const kept = (
  kind: 'unchanged' | 'stale-ignored',
  { resourceType, id }: Resource,
  current: CurrentVersion,
  stored = decompress(current.content),
): Prepared => {
  const row = { ...current, lastUpdated: instantOf(current.lastUpdated) }
  return {
    row: null,
    rules: null,
    result: { kind, version: served(row, { resourceType, id: id! }, stored) },
  }
}

const served = (
  row: Pick<
    ResourceRow,
    'version' | 'lastUpdated' | 'deleted' | 'owner' | 'patient' | 'otherPatients'
  >,
  { resourceType, id }: Address,
  json: Buffer,
): ResourceVersion => ({
  resourceType,
  id,
  versionId: row.version,
  lastUpdated: row.lastUpdated,
  deleted: row.deleted,
  owner: row.owner,
  patients: [...(row.patient === null ? [] : [row.patient]), ...(row.otherPatients ?? [])],
  json,
})
