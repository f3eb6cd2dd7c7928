import { resourceTypeNumber } from '../fhir/resource-types.ts'
import { isOnePatient, rarityOf } from './rarity.ts'
import { withReplaced, withReplacing } from './replaced-patients-sql.ts'
import type { Sql, Values } from './statement-text.ts'
import type { Chain, Criterion, Has, KeyTest, MissingTest, Test, TypeTest } from './tree.ts'
import { dateSql } from './types/date.ts'
import { hierarchySql } from './types/hierarchy.ts'
import { nearSql } from './types/near.ts'
import { quantitySql } from './types/quantity-test.ts'
import { referenceSql } from './types/reference.ts'
import { stringSql } from './types/string.ts'
import { textSql } from './types/text.ts'
import { hasTokenOf, tokenSql } from './types/token.ts'
import type { Guard } from './visible.ts'

/** What the parts of one statement share. */
export interface StatementContext {
  readonly values: Values
  readonly guard: Guard
}

/** How rows of an alias are found: by what, and whether one index look-up gives few of them. */
export interface Driver {
  readonly criterion: Criterion | undefined
  readonly rarity: number
}

/** Up to here a criterion is worth finding all its rows first, whatever order is wanted. */
export const rareAtMost = 5

/** Up to here a criterion names one thing: an id, or an identifier. */
export const identifyingAtMost = 2

/** The criteria that must all hold. */
export const conjuncts = (criterion: Criterion): readonly Criterion[] =>
  criterion.kind === 'all' ? criterion.criteria.flatMap(conjuncts) : [criterion]

/** The key of the one patient a search is about, by its own `patient` column. */
export const onePatient = (criteria: readonly Criterion[]): bigint | undefined => {
  for (const criterion of criteria)
    if (criterion.kind === 'match' && criterion.test.kind === 'reference')
      if (isOnePatient(criterion.test)) return criterion.test.patients[0]
  return undefined
}

/** The criterion that leaves the fewest rows; the others are tested on those. */
export const driverOf = (criteria: readonly Criterion[]): Driver => {
  let driver: Driver = { criterion: undefined, rarity: 9 }
  for (const criterion of criteria) {
    const rarity = rarityOf(criterion)
    if (rarity < driver.rarity) driver = { criterion, rarity }
  }
  return driver
}

/** The condition on `alias`. `drive`: it is the one by which rows are found, so let indexes serve it. */
export const criterionSql = (
  criterion: Criterion,
  alias: string,
  context: StatementContext,
  drive: boolean,
): Sql => {
  switch (criterion.kind) {
    case 'all':
    case 'any': {
      if (criterion.criteria.length === 0) return criterion.kind === 'all' ? 'true' : 'false'
      const parts = criterion.criteria.map(part => criterionSql(part, alias, context, drive))
      return `(${parts.join(criterion.kind === 'all' ? ' and ' : ' or ')})`
    }
    case 'not':
      return `not coalesce(${criterionSql(criterion.criterion, alias, context, false)}, false)`
    case 'chain':
      return chainSql(criterion, alias, context, drive)
    case 'has':
      return hasSql(criterion, alias, context, drive)
    case 'match':
      return testSql(criterion.test, alias, context, drive)
  }
}

const testSql = (test: Test, alias: string, context: StatementContext, drive: boolean): Sql => {
  const { values, guard } = context
  switch (test.kind) {
    case 'key':
      return keySql(test, alias, values)
    case 'type':
      return typeSql(test, alias, values)
    case 'token': {
      const met = tokenSql(test, alias, values, drive)
      return test.isRedactable === true ? `(${met} and ${context.guard.whole(alias, [])})` : met
    }
    case 'reference':
      return referenceSql(test, alias, { values, guard, drive })
    case 'hierarchy':
      return hierarchySql(test, alias, { ...context, drive })
    case 'near':
      return nearSql(test, alias, values, drive)
    case 'string':
      return stringSql(test, alias, values, drive)
    case 'text':
      return textSql(test, alias, { ...context, drive })
    case 'date':
      return dateSql(test, alias, values, drive)
    case 'quantity':
      return quantitySql(test, alias, values, drive)
    case 'missing':
      return missingSql(test, alias, context)
  }
}

const keySql = ({ keys }: KeyTest, alias: string, values: Values): Sql =>
  keys.length === 1
    ? `${alias}.key = ${values.bigint(keys[0]!)}`
    : `${alias}.key = any(${values.bigints(keys)})`

/** The row is of one of these types. */
export const typeSql = ({ types }: Pick<TypeTest, 'types'>, alias: string, values: Values): Sql => {
  const numbers = types.map(type => resourceTypeNumber(type)!)
  return numbers.length === 1
    ? `${alias}.type = ${values.smallint(numbers[0]!)}`
    : `${alias}.type = any(${values.smallints(numbers)})`
}

const missingSql = (
  { isMissing, bits, isRedactable }: MissingTest,
  alias: string,
  { values, guard }: StatementContext,
): Sql => {
  const present = `${alias}.present & ${values.bigint(bits)}`
  if (isRedactable === true)
    return `${isMissing ? 'not ' : ''}(${present} <> 0 and ${guard.whole(alias, [])})`
  return `${present} ${isMissing ? '=' : '<>'} 0`
}

/**
 * Targets are found first, each visible on its own, and handed over as one array; with a Patient those
 * it has replaced.
 */
const chainSql = (chain: Chain, alias: string, context: StatementContext, drive: boolean): Sql => {
  const alternatives = chain.targets.map(({ resourceType, criterion }, at) => {
    const target = `c${at}${alias}`
    const isColumn = chain.isPatientColumn && resourceType === 'Patient'
    const entry = isColumn ? '' : ` # ${context.values.bigint(chain.parameter)}`
    const rows = rowsSql(resourceType, criterion, target, context)
    const found =
      resourceType === 'Patient'
        ? `array(select p.key${entry} from ${withReplaced(`select ${target}.key from ${rows}`, 'p')})`
        : `array(select ${target}.key${entry} from ${rows})`
    return isColumn ? `${alias}.patient = any(${found})` : hasTokenOf(found, alias, drive)
  })
  return alternatives.length === 1 ? alternatives[0]! : `(${alternatives.join(' or ')})`
}

/**
 * Who refers here is found first, when that is what finds the rows; else it is looked for from each
 * row. A token holds a reference as `key # parameter`: undone on all tokens of a row, it gives the
 * keys of the targets, and for the other tokens keys that no resource has. What refers to a Patient
 * refers to the one that has replaced it, too.
 */
const hasSql = (has: Has, alias: string, context: StatementContext, drive: boolean): Sql => {
  const referrer = `h${alias}`
  const parameter = has.isPatientColumn ? '' : context.values.bigint(has.parameter)
  const rows = rowsSql(has.resourceType, has.criterion, referrer, context)
  if (drive) {
    const found = has.isPatientColumn
      ? `select ${referrer}.patient from ${rows}`
      : `select e.token # ${parameter} from (select ${referrer}.tokens from ${rows}) t cross join unnest(t.tokens) e(token)`
    return `${alias}.key = any(array(${has.isOfPatient ? `select f.key from ${withReplacing(found, 'f')}` : found}))`
  }
  const entry = has.isPatientColumn ? '' : ` # ${parameter}`
  const keys = `array(select f.key${entry} from ${withReplaced(`select ${alias}.key`, 'f')})`
  const refers = has.isPatientColumn
    ? `${referrer}.patient = any(${keys})`
    : has.isOfPatient
      ? `${referrer}.tokens && ${keys}`
      : `${referrer}.tokens @> array[${alias}.key # ${parameter}]`
  return `(select true from ${rows} and ${refers} limit 1)`
}

const rowsSql = (
  resourceType: string,
  criterion: Criterion,
  alias: string,
  context: StatementContext,
): Sql => {
  const criteria = conjuncts(criterion)
  const reach = driverOf(criteria).rarity <= identifyingAtMost ? 'few' : 'any'
  const conditions = [
    `${alias}.type = ${context.values.smallint(resourceTypeNumber(resourceType)!)}`,
    `not ${alias}.deleted`,
    ...criteriaSql(criteria, alias, context),
    context.guard.visible(alias, [resourceType], reach),
  ]
  return `resource ${alias} where ${conditions.join(' and ')}`
}

/** The conditions of criteria that must all hold, the driving one first. */
export const criteriaSql = (
  criteria: readonly Criterion[],
  alias: string,
  context: StatementContext,
): readonly Sql[] => {
  const driver = driverOf(criteria)
  return criteria
    .map(criterion => ({ criterion, drive: criterion === driver.criterion }))
    .sort((a, b) => Number(b.drive) - Number(a.drive))
    .map(({ criterion, drive }) => criterionSql(criterion, alias, context, drive))
}
