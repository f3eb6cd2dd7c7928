import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { criterionSql, typeSql, type StatementContext } from './criterion-sql.ts'
import type { Narrowing } from './permitted.ts'
import { isSharedType, isSharedWithoutPatient } from './shared-types.ts'
import type { Sql } from './statement-text.ts'

/**
 * What the bounds of a token ask of the rows of `alias`, which are of one of `types`: conditions that
 * all must hold. Compiled as any search is, so that a bound means the same on every path.
 */
export const narrowingSql = (
  alias: string,
  types: readonly string[],
  { patient, criteria }: Narrowing,
  context: StatementContext,
): readonly Sql[] => {
  const bounds: Sql[] = []
  if (patient !== undefined && !types.every(isSharedType))
    bounds.push(ofPatient(alias, types, patient, context))
  for (const type of types) {
    const criterion = criteria.get(type)
    if (criterion === undefined) continue
    const met = `coalesce(${criterionSql(criterion, alias, context, false)}, false)`
    bounds.push(types.length === 1 ? met : `(${isOther(alias, type, context)} or ${met})`)
  }
  return bounds
}

/**
 * The same for superseded versions. Nothing is kept of them that a criterion could be asked of, so
 * none of a bounded type is given.
 */
export const versionNarrowingSql = (
  alias: string,
  types: readonly string[],
  { criteria, ...narrowing }: Narrowing,
  context: StatementContext,
): readonly Sql[] => [
  ...narrowingSql(alias, types, { ...narrowing, criteria: new Map() }, context),
  ...types.filter(type => criteria.has(type)).map(type => isOther(alias, type, context)),
]

/** The row is of another type than this one. */
const isOther = (alias: string, type: string, { values }: StatementContext): Sql =>
  `${alias}.type <> ${values.smallint(resourceTypeNumber(type)!)}`

/** The row names this patient and no other, or is of the directory, in which no patient is named. */
const ofPatient = (
  alias: string,
  types: readonly string[],
  patient: bigint,
  { values }: StatementContext,
): Sql => {
  const shared = types.filter(isSharedType)
  const stock = types.filter(isSharedWithoutPatient)
  const alternatives = [
    `${alias}.patient = ${values.bigint(patient)} and ${alias}.other_patients is null`,
    ...(shared.length === 0 ? [] : [typeSql({ types: shared }, alias, values)]),
    ...(stock.length === 0
      ? []
      : [
          `${typeSql({ types: stock }, alias, values)} and ${alias}.patient is null and ${alias}.other_patients is null`,
        ]),
  ]
  return `coalesce(${alternatives.join(' or ')}, false)`
}
