import type { Statement } from '../db/database.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { pageAnswer, totalAnswer } from './answer-sql.ts'
import { countedSinglyMax, countedSql } from './count-sql.ts'
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
import { patientsNamed, withMerged, type MergedPatients } from './merged-patients.ts'
import type { Permitted } from './permitted.ts'
import { Sort, type Position } from './sort-sql.ts'
import { statement, Values, type Sql } from './statement-text.ts'
import type { Criterion, SearchQuery, SortKey } from './tree.ts'
import { Guard } from './visible.ts'

export type { Position } from './sort-sql.ts'

/** What the answer to a search told that has to be asked again. */
export interface Again {
  /** The Patients that those it names have replaced. */
  readonly merged?: MergedPatients
  /** It has more matches than are counted one by one. */
  readonly isLong?: boolean
}

/**
 * A search as one statement, so that matches, total and inclusions are of one moment; it gives one
 * `SearchAnswer`. Every alias stands under the access predicate, so that no page, total, chain or
 * inclusion tells of what the caller may not see. `total` is absent when the search wants none.
 *
 * A search about one patient walks the index `resource_patient`; others start from their rarest
 * criterion. When the answer says `merged`, a Patient it names has replaced others: ask again with these.
 * When its total is null, there are many matches: ask again for groups of them to be counted.
 */
export const compileSearch = (
  { asked, visibility }: Permitted<SearchQuery>,
  position?: Position,
  { merged, isLong = false }: Again = {},
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
  const sort = new Sort(
    sortKeysOf(query, query === asked ? patient : onePatient(conjuncts(asked.criteria))),
    'r',
    values,
  )
  const rows = matchingRows(query, criteria, { values, guard, isOfPatient: patient !== undefined })
  // A patient's matches are few: a page reads on to the last one, which saves counting them apart.
  const isReadOn =
    patient !== undefined && position === undefined && query.total === 'accurate' && !isLong
  const readMax = isReadOn ? Math.max(query.count, countedSinglyMax) : undefined
  const paged = () =>
    isWalkedByType(query, criteria) ? walkedByType(query, rows, { sort, position, values }) : rows
  const counted = () => countedSql({ query, rows, isLong: isLong || query.count === 0 }, context)
  const answer =
    query.count === 0
      ? totalAnswer(counted())
      : pageAnswer({ query, rows: paged(), readMax, counted, sort, position, context })
  const columns = [...answer.columns, ...(merged === undefined ? mergedColumn(query, values) : [])]
  const entries = [...guard.ctes(), ...answer.entries]
  const text = `${entries.length === 0 ? '' : `with ${entries.join(',\n')}\n`}select ${columns.join(',\n  ')}
from ${answer.from.join(', ')}`
  return statement('search', text, values, traitsOf(criteria, patient))
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
  const isPlain = criteria.every(one => one.kind === 'match' && one.test.kind !== 'text')
  if (patient !== undefined) return isPlain ? { isShort: true } : {}
  const isRare = driverOf(criteria).rarity <= identifyingAtMost
  if (isRare && isPlain) return { plan: 'generic', isShort: true }
  return { plan: isRare ? 'generic' : 'by-values' }
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

/** What is served of a resource, and what conditions and orders may read. */
const columns = [
  ...[
    'key',
    'type',
    'id',
    'owner',
    'last_updated',
    'patient',
    'other_patients',
    'linked_patients',
    'content',
  ],
  ...['tokens', 'date_low', 'date_high', 'audience', 'present'],
  ...['facts', 'confidentiality', 'screened'],
]
  .map(name => `r.${name}`)
  .join(', ')

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
  const { rarity } = driverOf(criteria)
  const type = typeSql({ types: query.resourceTypes }, 'r', values)
  const [first = 'true', ...others] = criteriaSql(criteria, 'r', context)
  const isIdentified = rarity <= identifyingAtMost
  const reach = isOfPatient ? 'of-patient' : isIdentified ? 'few' : 'any'
  const visible = guard.visible('r', query.resourceTypes, reach)
  if (rarity <= 1 || rarity > rareAtMost)
    return `resource r where ${[type, 'not r.deleted', first, ...others, visible].join(' and ')}`
  // Identifiers are of one type already. Beside them the type would offer its own index, which
  // PostgreSQL walks in whole when it takes them for frequent.
  const met = isIdentified ? [first] : [type, first]
  const kept = isIdentified ? [type, ...others, visible] : [...others, visible]
  return `(select ${columns} from resource r where ${met.join(' and ')} and not r.deleted offset 0) r where ${kept.join(' and ')}`
}

/**
 * Searches of several types that nothing narrows, the latest changes first: each type is walked by the
 * index `resource_type` for one page, instead of all of them being sorted.
 */
const isWalkedByType = (
  { resourceTypes, sort }: SearchQuery,
  criteria: readonly Criterion[],
): boolean =>
  resourceTypes.length > 1 &&
  driverOf(criteria).rarity > rareAtMost &&
  (sort.length === 0 || (sort.length === 1 && sort[0]!.by === 'last-updated'))

const walkedByType = (
  { resourceTypes, count }: SearchQuery,
  rows: Sql,
  {
    sort,
    position,
    values,
  }: { readonly sort: Sort; readonly position: Position | undefined; readonly values: Values },
): Sql => {
  const after = position === undefined ? '' : ` and ${sort.after(position, values)}`
  const numbers = values.smallints(resourceTypes.map(type => resourceTypeNumber(type)!))
  return `unnest(${numbers}) t(type) cross join lateral (select ${columns} from ${rows}
  and r.type = t.type${after} order by ${sort.orderBy} limit ${values.integer(count)} + 1) r where true`
}

/** Whether a Patient the search names has replaced another one. */
const mergedColumn = (query: SearchQuery, values: Values): readonly Sql[] => {
  const named = patientsNamed(query.criteria)
  return named.length === 0
    ? []
    : [
        `exists (select from patient_merge m where m.surviving = any(${values.bigints(named)})) as merged`,
      ]
}
