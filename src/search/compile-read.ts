import type { Statement } from '../db/database.ts'
import type { Address } from '../fhir/resource.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { keyOf } from './hash.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values, type Sql } from './statement-text.ts'
import { Guard } from './visible.ts'

/** One version of a resource. `deleted`: a tombstone, whose content is what was there before. */
export interface VersionRow {
  readonly key: bigint
  /** Number in fhir/resource-types.ts. */
  readonly type: number
  readonly id: string
  readonly version: number
  readonly owner: number
  readonly deleted: boolean
  readonly last_updated: string
  readonly patient: bigint | null
  readonly other_patients: bigint[] | null
  readonly content: Buffer
}

/** One row of a history, with the number of versions the whole history has. */
export interface HistoryRow extends VersionRow {
  readonly total: number
}

/** Which versions of a resource are asked for. */
export interface HistoryQuestion extends Address {
  /** Only this version. */
  readonly versionId?: number
  /** Versions given at most. */
  readonly count: number
  /** Only versions before this one: where the last page ended. */
  readonly before?: number
}

const names = [
  ...['key', 'type', 'id', 'version', 'owner', 'deleted', 'last_updated'],
  ...['patient', 'other_patients', 'content'],
]
const columns = (alias: string): Sql => names.map(name => `${alias}.${name}`).join(', ')

/** The start of a statement about one resource: its key, its type, and who may see it. */
const forOne = ({ asked, visibility }: Permitted<Address>) => {
  const values = new Values()
  const key = values.bigint(keyOf(asked.resourceType, asked.id))
  const patient = () => `(select patient from resource where key = ${key})`
  return {
    values,
    key,
    type: values.smallint(resourceTypeNumber(asked.resourceType)!),
    guard: new Guard(visibility, values, patient),
    types: [asked.resourceType],
  }
}

const withCtes = (entries: readonly Sql[], body: Sql): Sql =>
  entries.length === 0 ? body : `with ${entries.join(',\n')}\n${body}`

/**
 * The current version of one resource, or a tombstone, or no row when it is absent or hidden. Gives
 * `VersionRow`s. Uses the primary key of `resource`.
 * @see https://hl7.org/fhir/R4/http.html#read
 */
export const compileRead = (query: Permitted<Address>): Statement => {
  const { values, key, type, guard, types } = forOne(query)
  const visible = guard.visible('r', types, 'of-patient')
  const body = `select ${columns('r')} from resource r where r.key = ${key} and r.type = ${type} and ${visible}`
  return statement('read', withCtes(guard.ctes(), body), values, { isShort: true })
}

/** The same of the caller's own rows alone: no rule is looked up. */
export const compileOwnRead = (query: Permitted<Address>): Statement => {
  const { values, key, type, guard } = forOne(query)
  const body = `select ${columns('r')} from resource r where r.key = ${key} and r.type = ${type} and ${guard.own('r')}`
  return statement('read-own', body, values, { isShort: true })
}

/**
 * The versions of one resource, newest first, as `HistoryRow`s. A version is given when the current
 * version and that version itself are visible: what was withdrawn is withdrawn from history, too.
 * The total counts all that the caller could page through.
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export const compileHistory = (query: Permitted<HistoryQuestion>): Statement => {
  const { values, key, type, guard, types } = forOne(query)
  const { versionId, before, count } = query.asked
  const only = versionId === undefined ? '' : ` where e.version = ${values.integer(versionId)}`
  const earlier = before === undefined ? '' : ` where e.version < ${values.integer(before)}`
  const entries = [
    `current as materialized (
  select ${columns('r')} from resource r
  where r.key = ${key} and r.type = ${type} and ${guard.visible('r', types, 'of-patient')}
)`,
    // A superseded version may name another patient than the current one.
    `version_row as materialized (
  select ${columns('e')} from (
    select ${columns('c')} from current c
    union all
    select ${columns('v')} from resource_version v
    where v.key = ${key} and exists (select from current) and ${guard.visible('v', types)}
  ) e${only}
)`,
  ]
  const body = `select ${columns('e')}, (select count(*) from version_row)::integer as total
from version_row e${earlier} order by e.version desc limit ${values.integer(count)}`
  return statement('history', withCtes([...guard.ctes(), ...entries], body), values)
}
