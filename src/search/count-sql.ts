import { limits } from '../fhir/limits.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { conjuncts, criteriaSql, onePatient, type StatementContext } from './criterion-sql.ts'
import { isCategory } from './parameters.ts'
import type { Sql } from './statement-text.ts'
import type { Criterion, SearchQuery } from './tree.ts'
import { isSharedType } from './visible.ts'

/** Rows that a patient's consents open by owner and type alone: those of the index `resource_alike`. */
const isAlike = (alias: string): Sql =>
  `${alias}.other_patients is null and ${alias}.audience is null and ${alias}.confidentiality < 5`

/** Those of the index `resource_unlike`. */
const isUnlike = (alias: string): Sql =>
  `(${alias}.other_patients is not null or ${alias}.audience is not null or ${alias}.confidentiality >= 5)`

/** A count tells of records too, so the audit trail gets the patients of the foreign ones in it. */
const patientsCountedMax = 1000
/** Matches counted one by one before another way is taken: so many are faster to count than to group. */
export const countedSinglyMax = 500

/** What is counted. */
export interface Counting {
  readonly query: SearchQuery
  /** `from` and `where` of all visible matches, under the alias `r`. */
  readonly rows: Sql
  /** Groups are counted where they can be. */
  readonly isLong: boolean
}

/**
 * The number of matches, exact or as far as an estimate is counted, and whose patients other hospitals'
 * rows among them are: one row with `total` and `patients`. `total` is null where there are more than
 * `countedSinglyMax` and groups of them could be counted.
 */
export const countedSql = (counting: Counting, context: StatementContext): Sql => {
  const { query, rows, isLong } = counting
  const { guard, values } = context
  const isByGroup = isCountedByGroup(query, guard)
  if (isByGroup && isLong) return countedByGroup(query, rows, context)
  const patients = query.resourceTypes.every(isSharedType)
    ? 'null::bigint[]'
    : `(array_agg(distinct r.patient) filter (where not ${guard.own('r')} and r.patient is not null))[:${patientsCountedMax}]`
  const bounded = (most: number): Sql =>
    `(select r.owner, r.patient from ${rows} limit ${values.integer(most + 1)}) r`
  if (isByGroup)
    return `select case when count(*) <= ${countedSinglyMax} then count(*)::integer end as total, ${patients} as patients from ${bounded(countedSinglyMax)}`
  const counted = query.total === 'estimate' ? bounded(limits.estimatedTotalMax) : rows
  return `select count(*)::integer as total, ${patients} as patients from ${counted}`
}

/** About one patient and one type, exact, by nothing but categories. */
const isCountedByGroup = (
  { resourceTypes, criteria, total }: SearchQuery,
  guard: StatementContext['guard'],
): boolean => {
  const [resourceType, ...others] = resourceTypes
  if (total !== 'accurate' || resourceType === undefined || others.length > 0) return false
  const asked = conjuncts(criteria)
  const patient = onePatient(asked)
  if (patient === undefined || !guard.isAlike(resourceType, patient)) return false
  return asked.every(one => onePatient([one]) === patient || isOfCategory(one))
}

/**
 * The number of matches of a search about one patient that asks for nothing but categories: one row with
 * `total` and `patients`. Rows alike in owner and category are all met or not, so one of them is looked
 * at and the index `resource_alike` counts the others; the rest are counted one by one: records of
 * several patients, with an audience, of the highest confidentiality, of owners whose records the
 * patient opens one by one, and from before categories were noted.
 */
const countedByGroup = (
  { resourceTypes, criteria }: SearchQuery,
  rows: Sql,
  context: StatementContext,
): Sql => {
  const { values, guard } = context
  const resourceType = resourceTypes[0]!
  const asked = conjuncts(criteria)
  const patient = onePatient(asked)!
  const categories = asked.filter(one => onePatient([one]) !== patient)
  const opened = guard.opened('g.owner', resourceType)
  const type = values.smallint(resourceTypeNumber(resourceType)!)
  const key = values.bigint(patient)
  const met = criteriaSql(categories, 'r', context)
  const ofType = `r.patient = ${key} and r.type = ${type} and not r.deleted`
  const alike = `resource r where ${ofType} and ${isAlike('r')}`
  const group = `${alike} and r.owner = g.owner and r.category = g.category`
  const isMet = met.length === 0 ? 'true' : `(select ${met.join(' and ')} from ${group} limit 1)`
  const next = (after: Sql): Sql =>
    `select r.owner, r.category from ${alike}${after} order by r.owner, r.category limit 1`
  const counted = (where: Sql): Sql => `(select count(*) from ${where})`
  return `with recursive g(owner, category) as (
    (${next('')})
    union all
    select n.owner, n.category from g cross join lateral (${next(' and (r.owner, r.category) > (g.owner, g.category)')}) n
  ), counts as (
    select g.owner, case when not ${opened} or g.category = 0
      then ${counted(`${rows} and ${isAlike('r')} and r.owner = g.owner and r.category = g.category`)}
      when ${isMet} then ${counted(group)} else 0 end as many
    from g
    union all
    select r.owner, count(*) from ${rows} and ${isUnlike('r')} group by r.owner
  ) select coalesce(sum(c.many), 0)::integer as total,
      case when bool_or(c.many > 0 and not ${guard.own('c')}) then array[${key}] end as patients
    from counts c`
}

/** It asks for nothing that rows of the same `category` differ in. */
const isOfCategory = (criterion: Criterion): boolean => {
  switch (criterion.kind) {
    case 'all':
    case 'any':
      return criterion.criteria.every(isOfCategory)
    case 'not':
      return isOfCategory(criterion.criterion)
    case 'match':
      return (
        criterion.test.kind === 'token' &&
        criterion.test.isRedactable !== true &&
        isCategory({ code: criterion.code, kind: 'token' })
      )
    default:
      return false
  }
}
