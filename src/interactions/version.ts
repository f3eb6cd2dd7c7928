import { accessRulesOf, hasRules, noRules } from '../access/rules.ts'
import { stringifyJson } from '../fhir/json.ts'
import type { Address, Resource } from '../fhir/resource.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { withAssignedLabels } from '../search/assigned-labels.ts'
import { normal } from '../search/confidentiality.ts'
import { factsOf, type Facts } from '../search/facts.ts'
import { keyOfNew } from '../search/hash.ts'
import { indexValues } from '../search/index-values.ts'
import { noTexts, resourceTexts, withTexts } from '../search/resource-texts.ts'
import { compress, decompress } from '../store/content.ts'
import { instantOf } from '../store/read.ts'
import type {
  AccessRules,
  CurrentVersion,
  ResourceRow,
  ResourceVersion,
  VersionMethod,
} from '../store/rows.ts'
import type { Exchange, Result } from './interaction.ts'
import { partiesOf } from './parties.ts'
import { rulesContext } from './rules-context.ts'

/** A write ready for the database; `row` is null when nothing changes. */
export interface Prepared {
  readonly row: ResourceRow | null
  readonly rules: AccessRules | null
  readonly result: Extract<
    Result,
    { kind: 'created' | 'updated' | 'unchanged' | 'stale-ignored' | 'deleted' | 'absent' }
  >
}

/** A deletion that meets nothing of the caller's: nothing changes. */
export const absent: Prepared = { row: null, rules: null, result: { kind: 'absent' } }

/** How a history shows each kind of write. */
export const methods = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const

/** When a write happens, and for whom. */
export interface Moment {
  readonly now: Date
  readonly exchange: Exchange
}

/** The resource as it will be served: id and meta first, version and time set by the server. */
export const stamped = (
  resource: Resource,
  id: string,
  versionId: number,
  lastUpdated: string,
): Resource => {
  const { resourceType, meta } = resource
  const own = { versionId: String(versionId), lastUpdated }
  const tree: Resource = {
    resourceType,
    id,
    meta: meta === undefined ? own : { ...meta, ...own },
  }
  // A rest pattern in place of this loop costs as much as the writing itself.
  for (const name in resource)
    if (name !== 'resourceType' && name !== 'id' && name !== 'meta') tree[name] = resource[name]
  return tree
}

/** What a version says, and by which method it came. */
export interface Next {
  readonly resource: Resource
  readonly id: string
  readonly method: VersionMethod
}

/**
 * When a version came about, never before the one it follows: histories are in the order of time, and
 * clocks are put back.
 */
const timeOf = (now: Date, current: CurrentVersion | undefined): string => {
  const time = now.toISOString()
  if (current === undefined) return time
  const before = instantOf(current.lastUpdated)
  return before > time ? before : time
}

/** The next version of a resource (the first when there is no current one), whatever id it has. */
export const prepareVersion = (
  { resource, id, method }: Next,
  current: CurrentVersion | undefined,
  { now, exchange }: Moment,
): Prepared => {
  const { resourceType } = resource
  const version = (current?.version ?? 0) + 1
  const lastUpdated = timeOf(now, current)
  const facts = factsOf(resource, exchange.context.baseUrl)
  const labelled = withAssignedLabels(resource, facts.sensitive)
  const next = stamped(labelled, id, version, lastUpdated)
  const json = Buffer.from(stringifyJson(next))
  const key = current?.key ?? keyOfNew(resourceType, id)
  const place = { key, version, lastUpdated, facts }
  const row = rowOf({ resource: next, id, method }, place, json, exchange)
  return {
    row,
    rules: hasRules(resourceType) ? accessRulesOf(next, rulesContext(exchange, now)).rules : null,
    result: {
      // Bringing back what was deleted is a creation, too.
      kind: current === undefined || current.deleted ? 'created' : 'updated',
      version: served(row, { resourceType, id }, json),
    },
  }
}

/** Written out member by member: to spread other objects into it takes longer than to make them. */
const rowOf = (
  { resource, id, method }: Next,
  place: Pick<ResourceRow, 'key' | 'version' | 'lastUpdated'> & { readonly facts: Facts },
  json: Buffer,
  { context, grant }: Exchange,
): ResourceRow => {
  const { key, version, lastUpdated, facts } = place
  const values = indexValues(resource, context.definitions, context, facts)
  const texts = resourceTexts(resource, values.labels, context.definitions)
  const parties = partiesOf(resource, context.baseUrl)
  return {
    key,
    type: resourceTypeNumber(resource.resourceType)!,
    id,
    version,
    owner: grant.principal.organization.number,
    deleted: false,
    method,
    lastUpdated,
    patient: values.patient,
    otherPatients: values.otherPatients,
    linkedPatients: values.linkedPatients,
    addressed: parties.addressed,
    answers: parties.answers,
    dateLow: values.dateLow,
    dateHigh: values.dateHigh,
    category: values.category,
    tokens: withTexts(values.tokens, texts),
    present: values.present,
    facts: values.facts,
    confidentiality: values.confidentiality,
    screened: values.screened,
    strings: values.strings,
    dates: values.dates,
    quantities: values.quantities,
    texts,
    generation: values.generation,
    content: compress(json),
  }
}

/** The mark that a resource was deleted: keeps who could see it, forgets what search knew of it. */
export const tombstone = (
  address: Address,
  current: CurrentVersion,
  now: Date,
  { grant, context }: Exchange,
): Prepared => {
  const { resourceType, id } = address
  const row: ResourceRow = {
    key: current.key,
    type: resourceTypeNumber(resourceType)!,
    id,
    version: current.deleted ? current.version : current.version + 1,
    owner: grant.principal.organization.number,
    deleted: true,
    method: methods.delete,
    lastUpdated: timeOf(now, current),
    patient: current.patient,
    otherPatients: current.otherPatients,
    linkedPatients: null,
    addressed: null,
    answers: null,
    dateLow: '-infinity',
    dateHigh: '-infinity',
    category: 0n,
    tokens: [],
    present: 0n,
    strings: [],
    dates: [],
    quantities: [],
    texts: noTexts,
    facts: [],
    confidentiality: normal,
    screened: false,
    generation: context.definitions.indexGeneration,
    content: compress(Buffer.from('null')),
  }
  return {
    row: current.deleted ? null : row,
    rules: hasRules(resourceType) ? noRules(current.key) : null,
    result: { kind: 'deleted', version: served(row, address, Buffer.alloc(0)) },
  }
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
