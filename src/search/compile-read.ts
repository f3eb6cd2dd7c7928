import type { Statement } from '../db/database.ts'
import type { Address } from '../fhir/resource.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { keyOf } from './hash.ts'
import type { Permitted, Visibility } from './permitted.ts'
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
  /** Whether all of the content may be told, see `Guard.whole`. */
  readonly whole: boolean
}

/** Which version of a resource is asked for. */
export interface VersionQuestion extends Address {
  readonly versionId: number
}

const names = [
  ...['key', 'type', 'id', 'version', 'owner', 'deleted', 'last_updated'],
  ...['patient', 'other_patients', 'linked_patients', 'content'],
]
const columns = (alias: string): Sql => names.map(name => `${alias}.${name}`).join(', ')

/** The start of a statement about one resource: its key, its type, and who may see it. */
const forOne = ({ asked, visibility }: Permitted<Address>) => {
  const values = new Values()
  return {
    values,
    key: values.bigint(keyOf(asked.resourceType, asked.id)),
    type: values.smallint(resourceTypeNumber(asked.resourceType)!),
    guard: new Guard(visibility, values),
    types: [asked.resourceType],
  }
}

const reads = new WeakMap<Visibility, Map<string, Statement>>()

/**
 * The current version of one resource, or a tombstone, or no row when it is absent or hidden. Gives
 * `VersionRow`s. Uses the primary key of `resource`.
 * @see https://hl7.org/fhir/R4/http.html#read
 */
export const compileRead = (query: Permitted<Address>): Statement => {
  const { asked, visibility } = query
  let byType = reads.get(visibility)
  if (byType === undefined) reads.set(visibility, (byType = new Map()))
  const known = byType.get(asked.resourceType)
  if (known === undefined) {
    const compiled = newRead(query)
    byType.set(asked.resourceType, compiled)
    return compiled
  }
  // Of one caller's reads of a type only the key differs.
  const values = [...known.values]
  values[0] = String(keyOf(asked.resourceType, asked.id))
  return { name: known.name, text: known.text, values, isShort: true }
}

/** Its first value is the key. */
const newRead = (query: Permitted<Address>): Statement => {
  const { values, key, type, guard, types } = forOne(query)
  const found = guard.judged('r', types, `resource r where r.key = ${key} and r.type = ${type}`)
  const body = `select ${columns('r')}, ${guard.whole('r', types, 'judged')} as whole from ${found} where ${guard.visible('r', types, 'judged')}`
  return statement('read', body, values, { isShort: true })
}

/**
 * One version of a resource as `VersionRow`s, or no row. It is given when the current version and that
 * version itself are visible: what was withdrawn is withdrawn from history, too, and a superseded
 * version may name another patient. Uses the primary keys.
 * @see https://hl7.org/fhir/R4/http.html#vread
 */
export const compileVersion = (query: Permitted<VersionQuestion>): Statement => {
  const { values, key, type, guard, types } = forOne(query)
  const version = values.integer(query.asked.versionId)
  const text = `with current as materialized (
  select ${columns('r')} from resource r where r.key = ${key} and r.type = ${type} and ${guard.visible('r', types, 'few')}
)
select ${columns('c')}, ${guard.whole('c', types)} as whole from current c where c.version = ${version}
union all
select ${columns('v')}, ${guard.whole('v', types)} from resource_version v
where v.key = ${key} and v.version = ${version} and exists (select from current) and ${guard.visibleVersion('v', types, 'few')}`
  return statement('version', text, values, { isShort: true })
}
