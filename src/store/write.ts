import type { Queryable, Statement } from '../db/database.ts'
import type { DateValue, QuantityValue, StringValue } from '../search/index-sink.ts'
import type { Permitted } from '../search/permitted.ts'
import { arrayLiteral, bytesArrayLiteral, textArrayLiteral } from './array-literal.ts'
import type { CurrentVersion, ResourceRow } from './rows.ts'

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

const columns = `key, version, type, id, owner, deleted, method, last_updated, patient, other_patients, audience`

/** What a later version does: the current one becomes a superseded one, its search values go. */
const replacingText = `, superseded as (
  insert into resource_version (${columns}, content)
  select ${columns.replaceAll(/\w+/g, 'r.$&')}, r.content from resource r join row i using (key) where i.version > 1
), replaced as (
  update resource r set version = i.version, owner = i.owner, deleted = i.deleted, method = i.method,
    last_updated = i.last_updated, patient = i.patient, other_patients = i.other_patients::bigint[], audience = i.audience,
    date_low = i.date_low, date_high = i.date_high, tokens = i.tokens::bigint[], content = i.content, present = i.present
  from row i where r.key = i.key and i.version > 1
), strings_gone as (
  delete from search_string s using row i where s.key = i.key and i.version > 1
), dates_gone as (
  delete from search_date s using row i where s.key = i.key and i.version > 1
), quantities_gone as (
  delete from search_quantity s using row i where s.key = i.key and i.version > 1
)`

/** Who besides the owner a row is for: those it is addressed to, and those whose request it answers. */
const audienceText = `case when addressed is null and answers is null then null else (
    select array_agg(distinct t.owner) from resource t
    where t.owner <> i.owner and (t.key = any(i.addressed::bigint[])
      or t.key = any(i.answers::bigint[]) and i.owner = any(t.audience))) end`

/** What a write touches besides `resource`. Only that is in the statement: the rest costs its set-up. */
interface WriteShape {
  readonly hasParties: boolean
  readonly hasDates: boolean
  readonly hasStrings: boolean
  readonly hasQuantities: boolean
  readonly hasReplaced: boolean
}

/** Everything a write does to the tables of a resource, as one statement. `$1`-`$17` are the rows, column by column. */
const writeText = ({
  hasParties,
  hasDates,
  hasStrings,
  hasQuantities,
  hasReplaced,
}: WriteShape): string => {
  const firstString = hasDates ? 22 : 18
  const firstQuantity = firstString + (hasStrings ? 3 : 0)
  return `
with row as (
  select i.*, ${hasParties ? audienceText : 'null::integer[]'} as audience from unnest($1::bigint[], $2::smallint[], $3::text[], $4::integer[], $5::integer[], $6::boolean[],
    $7::text[], $8::timestamptz[], $9::bigint[], $10::text[], $11::text[], $12::text[], $13::timestamptz[],
    $14::timestamptz[], $15::text[], $16::bytea[], $17::bigint[])
  as i(key, type, id, version, owner, deleted, method, last_updated, patient, other_patients, addressed, answers,
    date_low, date_high, tokens, content, present)
)${hasReplaced ? replacingText : ''}${
    hasDates
      ? `, dates as (
  insert into search_date (key, parameter, low, high)
  select * from unnest($18::bigint[], $19::bigint[], $20::timestamptz[], $21::timestamptz[])
)`
      : ''
  }${
    hasStrings
      ? `, strings as (
  insert into search_string (key, parameter, value)
  select * from unnest($${firstString}::bigint[], $${firstString + 1}::bigint[], $${firstString + 2}::text[])
)`
      : ''
  }${hasQuantities ? quantitiesText(firstQuantity) : ''}
insert into resource (${columns}, date_low, date_high, tokens, content, present)
select key, version, type, id, owner, deleted, method, last_updated, patient, other_patients::bigint[], audience,
  date_low, date_high, tokens::bigint[], content, present
from row where version = 1`
}

const quantitiesText = (first: number): string => {
  const types = ['bigint', 'bigint', 'double precision', 'double precision', 'bigint', 'bigint']
  const all = [...types, 'bigint', 'double precision', 'double precision', 'text']
  return `, quantities as (
  insert into search_quantity (key, parameter, low, high, code, unit, canonical, canonical_low, canonical_high, codes)
  select key, parameter, low, high, code, unit, canonical, canonical_low, canonical_high, codes::bigint[]
  from unnest(${all.map((type, at) => `$${first + at}::${type}[]`).join(', ')})
    as q(key, parameter, low, high, code, unit, canonical, canonical_low, canonical_high, codes)
)`
}

const texts = new Map<string, string>()
const textOf = (name: string, shape: WriteShape): string => {
  const known = texts.get(name) ?? writeText(shape)
  texts.set(name, known)
  return known
}

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
  const shape: WriteShape = {
    hasParties: rows.some(({ addressed, answers }) => addressed !== null || answers !== null),
    hasDates: dates.length > 0,
    hasStrings: strings.length > 0,
    hasQuantities: quantities.length > 0,
    hasReplaced: rows.some(row => row.version > 1),
  }
  const name = `write${shape.hasParties ? '-parties' : ''}${shape.hasStrings ? '-strings' : ''}${shape.hasDates ? '-dates' : ''}${shape.hasQuantities ? '-quantities' : ''}${shape.hasReplaced ? '-replacing' : ''}`
  const values = resourceColumns(rows)
  if (shape.hasDates) values.push(keys(rows, 'dates'), ...dateColumns(dates))
  if (shape.hasStrings) values.push(keys(rows, 'strings'), ...stringColumns(strings))
  if (shape.hasQuantities) values.push(keys(rows, 'quantities'), ...quantityColumns(quantities))
  return { name, text: textOf(name, shape), values, plan: 'generic' }
}

/** The key of a row for each of its search values. */
const keys = (rows: readonly ResourceRow[], of: 'dates' | 'strings' | 'quantities') =>
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
  textArrayLiteral(rows.map(row => arrayLiteral(row.otherPatients))),
  textArrayLiteral(rows.map(row => arrayLiteral(row.addressed))),
  textArrayLiteral(rows.map(row => arrayLiteral(row.answers))),
  arrayLiteral(rows.map(row => row.dateLow)),
  arrayLiteral(rows.map(row => row.dateHigh)),
  textArrayLiteral(rows.map(row => arrayLiteral(row.tokens))),
  bytesArrayLiteral(rows.map(row => row.content)),
  arrayLiteral(rows.map(row => row.present)),
]

const dateColumns = (dates: readonly DateValue[]): readonly (string | null)[] => [
  arrayLiteral(dates.map(entry => entry.parameter)),
  textArrayLiteral(dates.map(entry => entry.low)),
  textArrayLiteral(dates.map(entry => entry.high)),
]

const stringColumns = (strings: readonly StringValue[]): readonly (string | null)[] => [
  arrayLiteral(strings.map(entry => entry.parameter)),
  textArrayLiteral(strings.map(entry => entry.value)),
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
  textArrayLiteral(quantities.map(entry => arrayLiteral(entry.codes))),
]
