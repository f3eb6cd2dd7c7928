import { limits } from '../fhir/limits.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import type { StatementContext } from './criterion-sql.ts'
import type { Sql } from './statement-text.ts'
import type { IncludeReference, SearchQuery } from './tree.ts'

/** One more than may be included, so that the reader can tell that there are too many. */
const reachedMax = limits.includedResourcesMax + 1

/**
 * The body of the CTE `reached`: keys of what `_include` and `_revinclude` add to the rows of the
 * CTE `shown`, each once, each visible on its own, none of them shown already. Undefined when the
 * search includes nothing.
 */
export const reachedSql = (query: SearchQuery, context: StatementContext): Sql | undefined => {
  const branches = [
    ...(query.include.length === 0 ? [] : [includeSql(query.include, context)]),
    ...query.revinclude.map(include => revincludeSql(include, context)),
  ]
  return branches.length === 0
    ? undefined
    : `select key from (${branches.map(branch => `(${branch})`).join(' union ')}) x limit ${context.values.integer(reachedMax)}`
}

/** From the references of what is shown to their targets, by primary key. */
const includeSql = (includes: readonly IncludeReference[], context: StatementContext): Sql => {
  const { values, guard } = context
  const types = [...new Set(includes.flatMap(({ targets }) => targets))]
  const candidates = includes.flatMap(include => candidatesOf(include, context))
  return `select i.key from (select distinct key, types from (${candidates.join(' union all ')}) u) c
    join resource i on i.key = c.key
    where i.type = any(c.types) and not i.deleted and i.key not in (select key from shown)
      and ${guard.visible('i', types)} limit ${values.integer(reachedMax)}`
}

/**
 * A token holds a reference as `key # parameter`. Undone on all tokens of a row, it gives the keys of
 * the targets, and for the other tokens keys that no resource has.
 */
const candidatesOf = (
  { parameter, isPatientColumn, targets }: IncludeReference,
  { values }: StatementContext,
): Sql[] => {
  const numbers = (types: readonly string[]) =>
    values.smallints(types.map(type => resourceTypeNumber(type)!))
  const isInColumn = isPatientColumn && targets.includes('Patient')
  const others = isInColumn ? targets.filter(type => type !== 'Patient') : targets
  return [
    ...(isInColumn
      ? [
          `select s.patient as key, ${numbers(['Patient'])} as types from shown s where s.patient is not null`,
        ]
      : []),
    ...(others.length > 0
      ? [
          `select e.token # ${values.bigint(parameter)} as key, ${numbers(others)} as types from shown s cross join unnest(s.tokens) e(token)`,
        ]
      : []),
  ]
}

/** From what is shown to the resources that refer to it, by index. */
const revincludeSql = (include: IncludeReference, { values, guard }: StatementContext): Sql => {
  const { resourceType, parameter, isPatientColumn, targets } = include
  const refers =
    isPatientColumn && targets.includes('Patient')
      ? `v.patient = any(array(select key from shown))`
      : `v.tokens && array(select key # ${values.bigint(parameter)} from shown)`
  return `select v.key from resource v
    where v.type = ${values.smallint(resourceTypeNumber(resourceType)!)} and not v.deleted and ${refers}
      and v.key not in (select key from shown) and ${guard.visible('v', [resourceType])}
    limit ${values.integer(reachedMax)}`
}
