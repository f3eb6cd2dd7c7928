import type { Queryable, Statement } from '../db/database.ts'
import type { DateValue, QuantityValue, StringValue } from '../search/index-sink.ts'
import type { Permitted } from '../search/permitted.ts'
import { arrayLiteral, arraysLiteral, textArrayLiteral } from '../db/array-literal.ts'
import {
  bigintArray,
  booleanArray,
  doubleArray,
  integerArray,
  joinedArrays,
  smallintArray,
  timestampArray,
} from './binary-array.ts'
import type { CurrentVersion, ResourceRow } from './rows.ts'
import { sharedTextColumns, sharedTextsOf } from './shared-texts.ts'
import { writeTextOf } from './write-text.ts'

/**
 * The current versions of `keys`, locked in key order so that two writers cannot wait for each
 * other. Absent keys are left out. Uses the primary key of `resource`.
 */
export const lockCurrentVersions = (
  transaction: Queryable,
  keys: readonly bigint[],
): Promise<CurrentVersion[]> =>
  transaction.query<CurrentVersion>({
    name: 'lock-current-versions',
    text: `select key, owner, version, deleted, last_updated as "lastUpdated", patient,
        other_patients as "otherPatients", content
      from resource where key = any($1::bigint[]) order by key for update`,
    values: [arrayLiteral(keys)],
  })

/**
 * Stores `rows` in one statement: version 1 is inserted, a later version replaces the current one,
 * which moves to `resource_version`. The caller holds the locks of what it replaces.
 * @throws VersionConflict when a version 1 already exists
 */
export const writeResources = async (
  queryable: Queryable,
  rows: Permitted<readonly ResourceRow[]>,
): Promise<void> => {
  if (rows.asked.length > 0) await queryable.query(writeStatement(rows.asked))
}

/** The statement that stores `rows`, for those of several requests at once. */
export const writeStatement = (rows: readonly ResourceRow[]): Statement => {
  const dates = rows.flatMap(row => row.dates)
  const strings = rows.flatMap(row => row.strings)
  const quantities = rows.flatMap(row => row.quantities)
  const shared = sharedTextsOf(rows)
  const shape = {
    hasParties: rows.some(({ addressed, answers }) => addressed !== null || answers !== null),
    hasDates: dates.length > 0,
    hasStrings: strings.length > 0,
    hasQuantities: quantities.length > 0,
    hasTexts: rows.some(({ texts }) => texts.own.length > 0),
    hasShared: shared.length > 0,
    hasReplaced: rows.some(row => row.version > 1),
  }
  const contents = Buffer.concat(rows.map(row => row.content))
  const values: unknown[] = [contents, numbersOf(rows, quantities), ...resourceColumns(rows)]
  if (shape.hasDates) values.push(keys(rows, 'dates'), ...dateColumns(dates))
  if (shape.hasStrings) values.push(keys(rows, 'strings'), ...stringColumns(strings))
  if (shape.hasQuantities)
    values.push(keys(rows, 'quantities'), ...quantityColumns(rows, quantities))
  if (shape.hasTexts) values.push(...textColumns(rows))
  if (shape.hasShared) values.push(...sharedTextColumns(shared))
  return { ...writeTextOf(shape), values, plan: 'generic' }
}

/** The key of a row for each of its search values. */
const keys = (rows: readonly ResourceRow[], of: 'dates' | 'strings' | 'quantities') =>
  bigintArray(rows.flatMap(row => row[of].map(() => row.key)))

/** Tokens and facts row by row, then the codes of the quantities that have some. */
const numbersOf = (rows: readonly ResourceRow[], quantities: readonly QuantityValue[]): Buffer => {
  const arrays: (readonly bigint[])[] = []
  for (const { tokens, facts } of rows) arrays.push(tokens, facts)
  for (const { codes } of quantities) if (codes !== null) arrays.push(codes)
  return joinedArrays(arrays)
}

type Column = Buffer | string | null

const resourceColumns = (rows: readonly ResourceRow[]): Column[] => [
  bigintArray(rows.map(row => row.key)),
  smallintArray(rows.map(row => row.type)),
  textArrayLiteral(rows.map(row => row.id)),
  integerArray(rows.map(row => row.version)),
  integerArray(rows.map(row => row.owner)),
  booleanArray(rows.map(row => row.deleted)),
  arrayLiteral(rows.map(row => row.method)),
  timestampArray(rows.map(row => row.lastUpdated)),
  bigintArray(rows.map(row => row.patient)),
  arraysLiteral(rows.map(row => row.otherPatients)),
  arraysLiteral(rows.map(row => row.linkedPatients)),
  arraysLiteral(rows.map(row => row.addressed)),
  arraysLiteral(rows.map(row => row.answers)),
  timestampArray(rows.map(row => row.dateLow)),
  timestampArray(rows.map(row => row.dateHigh)),
  bigintArray(rows.map(row => row.category)),
  bigintArray(rows.map(row => row.present)),
  ...numberStretches(rows),
  smallintArray(rows.map(row => row.confidentiality)),
  booleanArray(rows.map(row => row.screened)),
  integerArray(rows.map(row => row.generation)),
  integerArray(rows.map(row => row.content.length)),
  integerArray(contentStarts(rows)),
]

/** Where the tokens and facts of each row stand among the numbers, counted from one. */
const numberStretches = (rows: readonly ResourceRow[]): readonly Buffer[] => {
  const tokensFrom: number[] = []
  const tokensTo: number[] = []
  const factsTo: number[] = []
  let last = 0
  for (const { tokens, facts } of rows) {
    tokensFrom.push(last + 1)
    tokensTo.push((last += tokens.length))
    factsTo.push((last += facts.length))
  }
  return [tokensFrom, tokensTo, factsTo].map(integerArray)
}

/** Where the content of each row begins among the contents, counted from one. */
const contentStarts = (rows: readonly ResourceRow[]): readonly number[] => {
  let next = 1
  return rows.map(row => {
    const start = next
    next += row.content.length
    return start
  })
}

const dateColumns = (dates: readonly DateValue[]): readonly Column[] => [
  bigintArray(dates.map(entry => entry.parameter)),
  timestampArray(dates.map(entry => entry.low)),
  timestampArray(dates.map(entry => entry.high)),
]

const stringColumns = (strings: readonly StringValue[]): readonly Column[] => [
  bigintArray(strings.map(entry => entry.parameter)),
  textArrayLiteral(strings.map(entry => entry.value)),
]

const textColumns = (rows: readonly ResourceRow[]): readonly Column[] => [
  bigintArray(rows.flatMap(({ key, texts }) => texts.own.map(() => key))),
  smallintArray(rows.flatMap(({ type, texts }) => texts.own.map(() => type))),
  textArrayLiteral(rows.flatMap(({ texts }) => texts.own)),
]

const quantityColumns = (
  rows: readonly ResourceRow[],
  quantities: readonly QuantityValue[],
): readonly Column[] => [
  bigintArray(quantities.map(entry => entry.parameter)),
  doubleArray(quantities.map(entry => entry.low)),
  doubleArray(quantities.map(entry => entry.high)),
  bigintArray(quantities.map(entry => entry.code)),
  bigintArray(quantities.map(entry => entry.unit)),
  bigintArray(quantities.map(entry => entry.canonical)),
  doubleArray(quantities.map(entry => entry.canonicalLow)),
  doubleArray(quantities.map(entry => entry.canonicalHigh)),
  ...codeStretches(rows, quantities),
]

/** Where the codes of each quantity stand among the numbers, behind the tokens and facts of all rows. */
const codeStretches = (
  rows: readonly ResourceRow[],
  quantities: readonly QuantityValue[],
): readonly Buffer[] => {
  const from: (number | null)[] = []
  const to: (number | null)[] = []
  let last = 0
  for (const { tokens, facts } of rows) last += tokens.length + facts.length
  for (const { codes } of quantities) {
    from.push(codes === null ? null : last + 1)
    to.push(codes === null ? null : (last += codes.length))
  }
  return [integerArray(from), integerArray(to)]
}
