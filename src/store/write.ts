import type { Queryable, Statement } from '../db/database.ts'
import type { DateValue, QuantityValue, StringValue } from '../search/index-sink.ts'
import type { Permitted } from '../search/permitted.ts'
import { arrayLiteral, arraysLiteral, textArrayLiteral } from '../db/array-literal.ts'
import type { CurrentVersion, ResourceRow } from './rows.ts'
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
  const shape = {
    hasParties: rows.some(({ addressed, answers }) => addressed !== null || answers !== null),
    hasDates: dates.length > 0,
    hasStrings: strings.length > 0,
    hasQuantities: quantities.length > 0,
    hasTexts: rows.some(({ texts }) => texts.length > 0),
    hasReplaced: rows.some(row => row.version > 1),
  }
  const contents = Buffer.concat(rows.map(row => row.content))
  const values: unknown[] = [contents, ...resourceColumns(rows)]
  if (shape.hasDates) values.push(keys(rows, 'dates'), ...dateColumns(dates))
  if (shape.hasStrings) values.push(keys(rows, 'strings'), ...stringColumns(strings))
  if (shape.hasQuantities) values.push(keys(rows, 'quantities'), ...quantityColumns(quantities))
  if (shape.hasTexts) values.push(keys(rows, 'texts'), ...textColumns(rows))
  return { ...writeTextOf(shape), values, plan: 'generic' }
}

/** The key of a row for each of its search values. */
const keys = (rows: readonly ResourceRow[], of: 'dates' | 'strings' | 'quantities' | 'texts') =>
  arrayLiteral(rows.flatMap(row => row[of].map(() => row.key)))

const resourceColumns = (rows: readonly ResourceRow[]): (string | null)[] => [
  arrayLiteral(rows.map(row => row.key)),
  arrayLiteral(rows.map(row => row.type)),
  textArrayLiteral(rows.map(row => row.id)),
  arrayLiteral(rows.map(row => row.version)),
  arrayLiteral(rows.map(row => row.owner)),
  arrayLiteral(rows.map(row => row.deleted)),
  arrayLiteral(rows.map(row => row.method)),
  arrayLiteral(rows.map(row => row.lastUpdated)),
  arrayLiteral(rows.map(row => row.patient)),
  arraysLiteral(rows.map(row => row.otherPatients)),
  arraysLiteral(rows.map(row => row.addressed)),
  arraysLiteral(rows.map(row => row.answers)),
  arrayLiteral(rows.map(row => row.dateLow)),
  arrayLiteral(rows.map(row => row.dateHigh)),
  arraysLiteral(rows.map(row => row.tokens)),
  arrayLiteral(rows.map(row => row.present)),
  arraysLiteral(rows.map(row => row.facts)),
  arrayLiteral(rows.map(row => row.confidentiality)),
  arrayLiteral(rows.map(row => row.screened)),
  arrayLiteral(rows.map(row => row.content.length)),
  arrayLiteral(contentStarts(rows)),
]

/** Where the content of each row begins among the contents, counted from one. */
const contentStarts = (rows: readonly ResourceRow[]): readonly number[] => {
  let next = 1
  return rows.map(row => {
    const start = next
    next += row.content.length
    return start
  })
}

const dateColumns = (dates: readonly DateValue[]): readonly (string | null)[] => [
  arrayLiteral(dates.map(entry => entry.parameter)),
  textArrayLiteral(dates.map(entry => entry.low)),
  textArrayLiteral(dates.map(entry => entry.high)),
]

const stringColumns = (strings: readonly StringValue[]): readonly (string | null)[] => [
  arrayLiteral(strings.map(entry => entry.parameter)),
  textArrayLiteral(strings.map(entry => entry.value)),
]

const textColumns = (rows: readonly ResourceRow[]): readonly (string | null)[] => [
  arrayLiteral(rows.flatMap(row => row.texts.map(() => row.type))),
  textArrayLiteral(rows.flatMap(row => row.texts)),
]

const quantityColumns = (quantities: readonly QuantityValue[]): readonly (string | null)[] => [
  arrayLiteral(quantities.map(entry => entry.parameter)),
  arrayLiteral(quantities.map(entry => entry.low)),
  arrayLiteral(quantities.map(entry => entry.high)),
  arrayLiteral(quantities.map(entry => entry.code)),
  arrayLiteral(quantities.map(entry => entry.unit)),
  arrayLiteral(quantities.map(entry => entry.canonical)),
  arrayLiteral(quantities.map(entry => entry.canonicalLow)),
  arrayLiteral(quantities.map(entry => entry.canonicalHigh)),
  arraysLiteral(quantities.map(entry => entry.codes)),
]
