import type { Statement } from '../db/database.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import type { VersionRow } from './compile-read.ts'
import type { DateRange } from './date-range.ts'
import { keyOf } from './hash.ts'
import type { Permitted } from './permitted.ts'
import { statement, Values, type Sql } from './statement-text.ts'
import { Guard, isSharedType } from './visible.ts'

/** Which versions are asked for: of one resource, of a type, or of several types. */
export interface HistoryQuestion {
  readonly resourceTypes: readonly string[]
  /** With one resource type: the versions of this resource only. */
  readonly id?: string
  /** Only versions that came about at or after this time. */
  readonly since?: string
  /** Only versions that were current at some moment of this time. */
  readonly at?: DateRange
  readonly isAscending: boolean
  /** No superseded versions and no tombstones. */
  readonly isCurrentOnly?: true
  /** Versions of a page at most; 0 asks for the total alone. */
  readonly count: number
  readonly total: 'accurate' | 'none'
}

/** Where a page ended: time, key and version of its last row. */
export type HistoryPosition = readonly [lastUpdated: string, key: string, version: string]

/** A total tells of records too, so the audit trail gets the patients of the foreign ones in it. */
const patientsCountedMax = 1000

/** One row of the answer. A `total` row has `total`, `counted_patients` and `found` and nothing else. */
export interface HistoryRow extends VersionRow {
  readonly mode: 'version' | 'total'
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Whether the version before it was a tombstone. */
  readonly brought_back: boolean
  /** Of all pages together; null when it is not wanted. */
  readonly total: number | null
  /** Patients of other hospitals' versions in the total, at most `patientsCountedMax`; null when there is none. */
  readonly counted_patients: bigint[] | null
  /** Whether the resource asked about is there for the caller, whatever the times leave of it. */
  readonly found: boolean
}

const names = [
  ...['key', 'type', 'id', 'version', 'owner', 'deleted', 'method', 'last_updated'],
  ...['patient', 'other_patients', 'linked_patients', 'content'],
]
const columns = (alias: string): Sql => names.map(name => `${alias}.${name}`).join(', ')

/**
 * One page of a history as `HistoryRow`s: `count + 1` versions at most, the last of which only says
 * that there is another page, and one `total` row. A version is given when the current version and
 * that version itself are visible: what was withdrawn is withdrawn from history, too. A tombstone
 * keeps who could see the last live version, so it is seen by no one else.
 *
 * Walks `resource_type` and `resource_version_type` type by type, each in the wanted order and no
 * further than a page; of one resource the primary keys.
 * @see https://hl7.org/fhir/R4/http.html#history
 */
export const compileHistory = (
  { asked, visibility }: Permitted<HistoryQuestion>,
  position?: HistoryPosition,
): Statement => {
  const values = new Values()
  const key =
    asked.id === undefined ? undefined : values.bigint(keyOf(asked.resourceTypes[0]!, asked.id))
  const guard = new Guard(visibility, values)
  const history = new History(asked, { values, guard, key })
  // Bound only where it stands in the text: PostgreSQL refuses other values.
  const size = asked.count === 0 ? '' : values.integer(asked.count)
  const page =
    asked.count === 0
      ? []
      : [
          `page as materialized (
  select e.* from ${history.types} t(type) cross join lateral (
    ${history.branches(size, position)}
  ) e order by ${history.order('e')} limit ${size} + 1
)`,
        ]
  const shown =
    asked.count === 0
      ? ''
      : `(select 'version' as mode, ${columns('p')}, ${guard.whole('p', asked.resourceTypes)} as whole, ${history.broughtBack('p')} as brought_back, null::integer as total, null::bigint[] as counted_patients, true as found from page p order by ${history.order('p')})
union all
`
  const total = `select 'total' as mode, ${names.map(name => `null::${types[name]} as ${name}`).join(', ')}, null, null, ${history.total}, ${history.found} as found`
  const ctes = [...guard.ctes(), ...page, ...history.counted]
  const body = shown + total
  return statement(
    'history-page',
    ctes.length === 0 ? body : `with ${ctes.join(',\n')}\n${body}`,
    values,
  )
}

/** Column types, so that the total row fits the others. */
const types: Readonly<Record<string, Sql>> = {
  key: 'bigint',
  type: 'smallint',
  id: 'text',
  version: 'integer',
  owner: 'integer',
  deleted: 'boolean',
  method: 'text',
  last_updated: 'timestamptz',
  ...{ patient: 'bigint', linked_patients: 'bigint[]' },
  other_patients: 'bigint[]',
  content: 'bytea',
}

/** The pieces of one history statement. */
class History {
  readonly #asked: HistoryQuestion
  readonly #values: Values
  /** The resources whose history is asked for. */
  readonly #subject: Sql
  readonly #current: Sql
  readonly #superseded: Sql
  readonly #key: Sql | undefined
  readonly #guard: Guard
  /** The numbers of the types, as a set-returning expression. */
  readonly types: Sql

  constructor(
    asked: HistoryQuestion,
    { values, guard, key }: { values: Values; guard: Guard; key: Sql | undefined },
  ) {
    this.#asked = asked
    this.#values = values
    this.#key = key
    this.#guard = guard
    const { resourceTypes } = asked
    const numbers = resourceTypes.map(name => resourceTypeNumber(name)!)
    this.types = `unnest(${values.smallints(numbers)})`
    const reach = key === undefined ? 'any' : 'few'
    const visible = guard.visible('r', resourceTypes, reach)
    const ofKey = (alias: string): Sql => (key === undefined ? '' : ` and ${alias}.key = ${key}`)
    // What is not asked for must not bind values either.
    const live = asked.isCurrentOnly ? ' and not r.deleted' : ''
    this.#subject = `resource r where r.type = t.type${ofKey('r')} and ${visible}`
    this.#current = `${this.#subject}${live}${this.#within('r', 'null')}`
    const next = `case when v.version + 1 = r.version then r.last_updated else (
      select n.last_updated from resource_version n where n.key = v.key and n.version = v.version + 1) end`
    this.#superseded = asked.isCurrentOnly
      ? ''
      : `resource_version v join resource r on r.key = v.key
    where v.type = t.type${ofKey('v')} and ${visible} and ${guard.visibleVersion('v', resourceTypes, reach)}${this.#within('v', next)}`
  }

  /** The order, whose last parts make it the same every time. */
  order(alias: string): Sql {
    const direction = this.#asked.isAscending ? '' : ' desc'
    return ['last_updated', 'key', 'version'].map(name => `${alias}.${name}${direction}`).join(', ')
  }

  /** Whether the version before was a tombstone, as far as the caller may know. */
  broughtBack(alias: string): Sql {
    return `exists (select from resource_version b where b.key = ${alias}.key and b.version = ${alias}.version - 1
    and b.deleted and ${this.#guard.visibleVersion('b', this.#asked.resourceTypes, 'few')})`
  }

  /** The versions of one type, the first of the current ones and the first of the superseded ones. */
  branches(size: Sql, position: HistoryPosition | undefined): Sql {
    const current = this.#branch('r', this.#current, { size, position })
    if (this.#asked.isCurrentOnly) return current
    return `${current}
    union all
    ${this.#branch('v', this.#superseded, { size, position })}`
  }

  /** The two columns of the total row that `counted` fills, when it is there. */
  get total(): Sql {
    return this.#asked.total === 'none'
      ? 'null::integer as total, null::bigint[] as counted_patients'
      : '(select total from counted) as total, (select patients from counted) as counted_patients'
  }

  /** A `with` entry of the exact number of versions, and whose patients other hospitals' are. */
  get counted(): readonly Sql[] {
    if (this.#asked.total === 'none') return []
    const row = (alias: 'r' | 'v', from: Sql): Sql =>
      `select ${this.#foreignPatient(alias)} as foreign_patient from ${from}`
    const superseded = this.#asked.isCurrentOnly
      ? ''
      : `
    union all
    ${row('v', this.#superseded)}`
    return [
      `counted as materialized (
  select count(*)::integer as total,
    (array_agg(distinct e.foreign_patient) filter (where e.foreign_patient is not null))[:${patientsCountedMax}] as patients
  from ${this.types} t(type) cross join lateral (
    ${row('r', this.#current)}${superseded}
  ) e
)`,
    ]
  }

  #foreignPatient(alias: 'r' | 'v'): Sql {
    return this.#asked.resourceTypes.every(isSharedType)
      ? 'null::bigint'
      : `case when not ${this.#guard.own(alias)} then ${alias}.patient end`
  }

  get found(): Sql {
    if (this.#key === undefined) return 'true'
    return `exists (select from ${this.types} t(type), lateral (select from ${this.#subject}) e)`
  }

  #branch(
    alias: 'r' | 'v',
    from: Sql,
    { size, position }: { readonly size: Sql; readonly position: HistoryPosition | undefined },
  ): Sql {
    const after = position === undefined ? '' : ` and ${this.#after(alias, position)}`
    return `(select ${columns(alias)} from ${from}${after} order by ${this.order(alias)} limit ${size} + 1)`
  }

  #after(alias: string, [lastUpdated, key, version]: HistoryPosition): Sql {
    const { time, bigint, integer } = {
      ...{ time: this.#values.time(lastUpdated), bigint: this.#values.bigint(BigInt(key)) },
      integer: this.#values.integer(Number(version)),
    }
    const sign = this.#asked.isAscending ? '>' : '<'
    return `(${alias}.last_updated, ${alias}.key, ${alias}.version) ${sign} (${time}, ${bigint}, ${integer})`
  }

  /** `next`: when the version stopped being current, as SQL; `null` when it has not. */
  #within(alias: string, next: Sql): Sql {
    const { since, at } = this.#asked
    const conditions = [
      ...(since === undefined ? [] : [`${alias}.last_updated >= ${this.#bound(since)}`]),
      ...(at === undefined ? [] : [`${alias}.last_updated < ${this.#bound(at.high)}`]),
      ...(at === undefined || next === 'null' ? [] : [`${next} > ${this.#bound(at.low)}`]),
    ]
    return conditions.map(condition => ` and ${condition}`).join('')
  }

  readonly #bounds = new Map<string, Sql>()

  #bound(time: string): Sql {
    const bound = this.#bounds.get(time) ?? this.#values.time(time)
    this.#bounds.set(time, bound)
    return bound
  }
}
