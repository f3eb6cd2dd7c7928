import type { Statement } from '../db/database.ts'
import {
  conjuncts,
  criteriaSql,
  driverOf,
  identifyingAtMost,
  onePatient,
  rareAtMost,
  typeSql,
  type StatementContext,
} from './criterion-sql.ts'
import { reachedSql } from './include-sql.ts'
import { patientsNamed, withMerged, type MergedPatients } from './merged-patients.ts'
import type { Permitted } from './permitted.ts'
import { Sort, type Position } from './sort-sql.ts'
import { statement, Values, type Sql } from './statement-text.ts'
import type { Criterion, SearchQuery, SortKey } from './tree.ts'
import { Guard, isSharedType } from './visible.ts'

export type { Position } from './sort-sql.ts'

/** One row of a search's answer. A `total` row has only what was counted, a `merged` row nothing; the others have all the rest. */
export interface SearchRow {
  readonly mode: 'match' | 'include' | 'total' | 'merged'
  readonly key: bigint
  /** Number in fhir/resource-types.ts. */
  readonly type: number
  readonly id: string
  readonly version: number
  readonly owner: number
  readonly last_updated: string
  readonly patient: bigint | null
  readonly other_patients: bigint[] | null
  readonly content: Buffer
  /** Its position as JSON, to go on after it; null for what is included. */
  readonly sort: string | null
  readonly total: number | null
  /** Of a count: patients of other hospitals' rows in it, at most `patientsCountedMax`; null when there is none. */
  readonly counted_patients: bigint[] | null
}

/** A count tells of records too, so the audit trail gets the patients of the foreign ones in it. */
const patientsCountedMax = 1000

/**
 * A search as one statement, so that matches, total and inclusions are of one moment. Gives
 * `query.count + 1` matches at most: the last one only says that there is a next page, and nothing is
 * included for it. Every alias stands under the access predicate, so that no page, total, chain or
 * inclusion tells of what the caller may not see. `total` is absent when the search wants none.
 *
 * A search about one patient walks the index `resource_patient`; others start from their rarest
 * criterion. A `merged` row says that a Patient it names has replaced others: ask again with these.
 */
export const compileSearch = (
  { asked, visibility }: Permitted<SearchQuery>,
  position?: Position,
  merged?: MergedPatients,
): Statement => {
  const values = new Values()
  const query = merged === undefined ? asked : withMerged(asked, merged)
  const criteria = conjuncts(query.criteria)
  const patient = onePatient(criteria)
  const guard = new Guard(
    visibility,
    values,
    patient === undefined ? undefined : () => values.bigint(patient),
  )
  const context = { values, guard }
  const sort = new Sort(sortKeysOf(query, onePatient(conjuncts(asked.criteria))), 'r', values)
  const rows = matchingRows(query, criteria, { ...context, isOfPatient: patient !== undefined })
  const text =
    query.count === 0
      ? totalOnly(countedSql(rows, query, guard))
      : wholeAnswer({ query, rows, sort, position, context })
  const mark = merged === undefined ? mergedMark(query, values) : ''
  const ctes = guard.ctes()
  return statement('search', withCtes(ctes, text) + mark, values, traitsOf(criteria, patient))
}

/**
 * A look-up by identifier is fenced, so its plan does not depend on values. Alone in a loop, keeping
 * the plan saved most of its time; over HTTP no gain could be told from the noise. A search about one
 * patient is well served by either. Others depend on how frequent their values are.
 */
const traitsOf = (
  criteria: readonly Criterion[],
  patient: bigint | undefined,
): Pick<Statement, 'plan' | 'isShort'> => {
  const isPlain = criteria.every(({ kind }) => kind === 'match')
  if (patient !== undefined) return isPlain ? { isShort: true } : {}
  const isRare = driverOf(criteria).rarity <= identifyingAtMost
  if (isRare && isPlain) return { plan: 'generic', isShort: true }
  return { plan: isRare ? 'generic' : 'by-values' }
}

/** Text that begins with its own CTEs, or none, behind those of the access predicate. */
const withCtes = (ctes: readonly Sql[], { entries, body }: Text): Sql => {
  const all = [...ctes, ...entries]
  return all.length === 0 ? body : `with ${all.join(',\n')}\n${body}`
}

interface Text {
  readonly entries: readonly Sql[]
  readonly body: Sql
}

const sortKeysOf = (query: SearchQuery, patient: bigint | undefined): readonly SortKey[] =>
  query.sort.length > 0
    ? query.sort
    : [
        {
          by: patient === undefined ? 'last-updated' : 'clinical-date',
          parameter: 0n,
          isDescending: true,
        },
      ]

const columns = (alias: string): Sql =>
  ['key', 'type', 'id', 'version', 'owner', 'last_updated', 'patient', 'other_patients', 'content']
    .map(column => `${alias}.${column}`)
    .join(', ')

/** What conditions and orders may read, besides what is served. */
const inner = 'r.tokens, r.date_low, r.date_high, r.audience, r.present'

/**
 * `from ... where ...` of all visible matches, under the alias `r`. A rare criterion is fenced by
 * `offset 0`: otherwise PostgreSQL, not knowing how rare, may walk a whole type in the wanted order
 * until it has met a page of matches.
 */
const matchingRows = (
  query: SearchQuery,
  criteria: readonly Criterion[],
  context: StatementContext & { readonly isOfPatient: boolean },
): Sql => {
  const { values, guard, isOfPatient } = context
  const { rarity, criterion: driver } = driverOf(criteria)
  const isFenced = rarity > 1 && rarity <= rareAtMost
  const stored = [typeSql({ types: query.resourceTypes }, 'r', values), 'not r.deleted']
  const [first, ...others] = criteriaSql(criteria, 'r', context)
  const reach = isOfPatient ? 'of-patient' : rarity <= identifyingAtMost ? 'few' : 'any'
  const visible = guard.visible('r', query.resourceTypes, reach)
  const met = first === undefined ? stored : [...stored, first]
  return isFenced && driver !== undefined
    ? `(select ${columns('r')}, ${inner} from resource r where ${met.join(' and ')} offset 0) r where ${[...others, visible].join(' and ')}`
    : `resource r where ${[...met, ...others, visible].join(' and ')}`
}

const nulls = (count: number): Sql => Array.from({ length: count }, () => 'null').join(', ')

/** The exact number of matches, and whose patients other hospitals' rows among them are. */
const countedSql = (rows: Sql, { resourceTypes }: SearchQuery, guard: Guard): Sql => {
  const patients = resourceTypes.every(isSharedType)
    ? 'null::bigint[]'
    : `(array_agg(distinct r.patient) filter (where not ${guard.own('r')} and r.patient is not null))[:${patientsCountedMax}]`
  return `select count(*)::integer as total, ${patients} as patients from ${rows}`
}

/** One row more when a Patient the search names has replaced another one. */
const mergedMark = (query: SearchQuery, values: Values): Sql => {
  const named = patientsNamed(query.criteria)
  return named.length === 0
    ? ''
    : `\nunion all
select 'merged', ${nulls(query.count === 0 ? 2 : 12)}
where exists (select from patient_merge m where m.surviving = any(${values.bigints(named)}))`
}

const totalOnly = (counted: Sql): Text => ({
  entries: [],
  body: `select 'total' as mode, c.total, c.patients as counted_patients from (${counted}) c`,
})

const wholeAnswer = ({
  query,
  rows,
  sort,
  position,
  context,
}: {
  readonly query: SearchQuery
  readonly rows: Sql
  readonly sort: Sort
  readonly position: Position | undefined
  readonly context: StatementContext
}): Text => {
  const { values } = context
  const after = position === undefined ? '' : ` and ${sort.after(position, values)}`
  const reached = reachedSql(query, context)
  const size = values.integer(query.count)
  const tokens = reached === undefined ? '' : ', r.tokens'
  const entries = [
    `page as materialized (
  select ${columns('r')}, ${sort.columns}${tokens} from ${rows}${after}
  order by ${sort.orderBy} limit ${size} + 1
)`,
  ]
  const answers = [
    `(select 'match' as mode, ${columns('p')}, array_to_json(${sort.positionColumn})::text as sort, null::integer as total, null::bigint[] as counted_patients from page p order by ${sort.pageOrderBy})`,
  ]
  if (reached !== undefined) {
    entries.push(
      `shown as materialized (select key, type, patient, tokens from page order by ${sort.pageOrderBy} limit ${size})`,
      `reached as materialized (${reached})`,
    )
    answers.push(
      `select 'include', ${columns('i')}, null, null, null from reached join resource i on i.key = reached.key`,
    )
  }
  if (query.total === 'accurate') {
    entries.push(`counted as materialized (${countedSql(rows, query, context.guard)})`)
    const isWhole = `(select count(*) from page) <= ${size}`
    answers.push(
      position === undefined
        ? `select 'total', ${nulls(10)}, case when ${isWhole} then (select count(*)::integer from page) else (select total from counted) end,
  case when not ${isWhole} then (select patients from counted) end`
        : `select 'total', ${nulls(10)}, total, patients from counted`,
    )
  }
  // The first branch keeps its order: an Append reads its branches one after the other.
  return { entries, body: answers.join('\nunion all\n') }
}
