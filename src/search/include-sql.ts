import { limits } from '../fhir/limits.ts'
import { resourceTypeNumber } from '../fhir/resource-types.ts'
import type { StatementContext } from './criterion-sql.ts'
import { withReplaced } from './replaced-patients-sql.ts'
import type { Sql, Values } from './statement-text.ts'
import type { IncludeReference, SearchQuery } from './tree.ts'

/** One more than may be included, so that the reader can tell that there are too many. */
const reachedMax = limits.includedResourcesMax + 1

/**
 * The body of the CTE `reached`: keys of what `_include` and `_revinclude` add to the rows of the
 * CTE `shown`, each once, each visible on its own, none of them shown already. Undefined when the
 * search includes nothing. With `:iterate` what is included is followed, too, until nothing new is
 * met or there are too many.
 */
export const reachedSql = (query: SearchQuery, context: StatementContext): Sql | undefined => {
  const { include, revinclude } = query
  if (include.length + revinclude.length === 0) return undefined
  const max = context.values.integer(reachedMax)
  const first = stepSql(query, 'shown', context)
  const iterated = {
    include: include.filter(({ isIterated }) => isIterated),
    revinclude: revinclude.filter(({ isIterated }) => isIterated),
  }
  if (iterated.include.length + iterated.revinclude.length === 0)
    return `select key from (${first.join(' union ')}) x where key not in (select key from shown) limit ${max}`
  // The one row that is followed stands in parentheses as a table of its own.
  const further = stepSql(iterated, '(select s.key, s.type, s.patient, s.tokens)', context)
  return `with recursive walk(key) as (
  select key from (${first.join(' union ')}) x
  union
  select x.key from walk w join resource s on s.key = w.key cross join lateral (${further.join(' union all ')}) x
) select key from walk where key not in (select key from shown) limit ${max}`
}

/** One step from the rows of `source`, both ways; each branch gives visible keys. */
const stepSql = (
  { include, revinclude }: Pick<SearchQuery, 'include' | 'revinclude'>,
  source: Sql,
  context: StatementContext,
): readonly Sql[] => [
  ...(include.length === 0 ? [] : [includeSql(include, source, context)]),
  ...revincludeSql(revinclude, source, context),
]

const numbers = (types: readonly string[], values: Values): Sql =>
  values.smallints(types.map(type => resourceTypeNumber(type)!))

const unique = <T>(list: readonly T[]): readonly T[] => [...new Set(list)]

/** From the references of the rows to their targets, by primary key. */
const includeSql = (
  includes: readonly IncludeReference[],
  source: Sql,
  context: StatementContext,
): Sql => {
  const { values, guard } = context
  const types = unique(includes.flatMap(({ targets }) => targets))
  const candidates = candidatesOf(includes, source, values)
  return `(select i.key from (select distinct key, types from (${candidates.join(' union all ')}) u) c
    join resource i on i.key = c.key
    where i.type = any(c.types) and not i.deleted
      and ${guard.visible('i', types)} limit ${values.integer(reachedMax)})`
}

/**
 * A token holds a reference as `key # parameter`. Undone on all tokens of a row, it gives the keys of
 * the targets, and for the other tokens keys that no resource has. A Patient may be in the column.
 */
const candidatesOf = (
  includes: readonly IncludeReference[],
  source: Sql,
  values: Values,
): readonly Sql[] => {
  const inColumn = includes.filter(isToPatientColumn)
  const columnTypes = unique(inColumn.map(({ resourceType }) => resourceType))
  const others = includes
    .map(include =>
      isToPatientColumn(include)
        ? { ...include, targets: include.targets.filter(type => type !== 'Patient') }
        : include,
    )
    .filter(({ targets }) => targets.length > 0)
  return [
    ...(columnTypes.length > 0
      ? [
          `select s.patient as key, ${numbers(['Patient'], values)} as types from ${source} s where s.patient is not null and s.type = any(${numbers(columnTypes, values)})`,
        ]
      : []),
    ...byTargets(others).map(
      ({ parameters, targets }) =>
        `select e.token # p.parameter as key, ${numbers(targets, values)} as types from ${source} s cross join unnest(s.tokens) e(token) cross join unnest(${values.bigints(parameters)}) p(parameter)`,
    ),
  ]
}

const isToPatientColumn = ({ isPatientColumn, targets }: IncludeReference): boolean =>
  isPatientColumn && targets.includes('Patient')

/** Parameters whose targets are restricted alike; what is not restricted is one group. */
const byTargets = (includes: readonly IncludeReference[]) => {
  const groups = new Map<string, { parameters: bigint[]; targets: readonly string[] }>()
  for (const { isTyped, parameter, targets } of includes) {
    const name = isTyped ? targets.join() : ''
    const group = groups.get(name)
    const parameters = [...(group?.parameters ?? []), parameter]
    groups.set(name, { parameters, targets: unique([...(group?.targets ?? []), ...targets]) })
  }
  return [...groups.values()]
}

/** The rows that are of one of these types; with a Patient those it has replaced. */
const replacedFrom = (source: Sql, types: readonly string[], values: Values): Sql => {
  const keys = `select s.key from ${source} s where s.type = any(${numbers(types, values)})`
  return types.includes('Patient') ? withReplaced(keys, 'f') : `(${keys}) f`
}

/** From the rows to the resources that refer to them or to what they have replaced, by index. */
const revincludeSql = (
  includes: readonly IncludeReference[],
  source: Sql,
  { values, guard }: StatementContext,
): readonly Sql[] => {
  const inColumn = includes.filter(isToPatientColumn)
  const columnTypes = unique(inColumn.map(({ resourceType }) => resourceType))
  const branch = (types: readonly string[], refers: Sql): Sql =>
    `(select v.key from resource v
    where v.type = any(${numbers(types, values)}) and not v.deleted and ${refers}
      and ${guard.visible('v', types)} limit ${values.integer(reachedMax)})`
  const others = includes.filter(
    include => !isToPatientColumn(include) || include.targets.length > 1,
  )
  return [
    ...(columnTypes.length > 0
      ? [
          branch(
            columnTypes,
            `v.patient = any(array(select f.key from ${replacedFrom(source, ['Patient'], values)}))`,
          ),
        ]
      : []),
    ...byTargets(others).map(({ parameters, targets }) =>
      branch(
        unique(
          others
            .filter(({ parameter }) => parameters.includes(parameter))
            .map(({ resourceType }) => resourceType),
        ),
        `v.tokens && array(select f.key # p.parameter from ${replacedFrom(source, targets, values)} cross join unnest(${values.bigints(parameters)}) p(parameter))`,
      ),
    ),
  ]
}
