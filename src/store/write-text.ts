import type { Statement } from '../db/database.ts'
import { sharedTextColumnTypes, sharedTextsText } from './shared-texts.ts'

/** What a write touches besides `resource`. Only that is in the statement: the rest costs its set-up. */
export interface WriteShape {
  readonly hasParties: boolean
  readonly hasDates: boolean
  readonly hasStrings: boolean
  readonly hasQuantities: boolean
  readonly hasTexts: boolean
  readonly hasShared: boolean
  readonly hasReplaced: boolean
}

type Columns = Readonly<Record<string, string>>

/**
 * The columns a write is given, and what PostgreSQL takes them for. `_from` and `_to` are a stretch of
 * the numbers of all rows; arrays that are rare stand within arrays as texts.
 */
const rowColumns: Columns = {
  ...{ key: 'bigint', type: 'smallint', id: 'text', version: 'integer', owner: 'integer' },
  ...{ deleted: 'boolean', method: 'text', last_updated: 'timestamptz', patient: 'bigint' },
  ...{ other_patients: 'text', linked_patients: 'text', addressed: 'text', answers: 'text' },
  ...{ date_low: 'timestamptz', date_high: 'timestamptz', category: 'bigint', present: 'bigint' },
  ...{ tokens_from: 'integer', tokens_to: 'integer', facts_to: 'integer' },
  ...{ confidentiality: 'smallint', screened: 'boolean', generation: 'integer' },
  ...{ content_length: 'integer', content_from: 'integer' },
}
const dateColumns: Columns = {
  ...{ key: 'bigint', parameter: 'bigint', low: 'timestamptz', high: 'timestamptz' },
}
const stringColumns: Columns = { key: 'bigint', parameter: 'bigint', value: 'text' }
const quantityColumns: Columns = {
  ...{ key: 'bigint', parameter: 'bigint', low: 'double precision', high: 'double precision' },
  ...{ code: 'bigint', unit: 'bigint', canonical: 'bigint' },
  ...{ canonical_low: 'double precision', canonical_high: 'double precision' },
  ...{ codes_from: 'integer', codes_to: 'integer' },
}
/** The columns of `search_quantity` that are sent as they are. */
const quantityNames = Object.keys(quantityColumns).slice(0, -2).join(', ')

const textColumns: Columns = { key: 'bigint', type: 'smallint', text: 'text' }

const namesOf = (columns: Columns): string => Object.keys(columns).join(', ')

/** The given columns as rows; their parameters begin with `$first`. */
const unnested = (columns: Columns, first: number): string =>
  `unnest(${Object.values(columns)
    .map((type, at) => `$${first + at}::${type}[]`)
    .join(', ')}) as i(${namesOf(columns)})`

/** A stretch of the numbers; null where it begins nowhere. */
const stretch = (from: string, to: string): string => `($2::bigint[])[${from}:${to}]`

/** Who besides the owner a row is for: those it is addressed to, and those whose request it answers. */
const audienceText = `case when addressed is null and answers is null then null else (
    select array_agg(distinct t.owner) from resource t
    where t.owner <> i.owner and (t.key = any(i.addressed::bigint[])
      or t.key = any(i.answers::bigint[]) and i.owner = any(t.audience))) end`

/** Null, which the column refuses, where something else has to be indexed by now. */
const indexedText =
  'case when i.generation = (select generation from index_generation) then i.generation end'

const columns = `key, version, type, id, owner, deleted, method, last_updated, patient, other_patients, linked_patients, audience`

/** What consents ask of a row. A tombstone keeps it, and so is seen by those alone who saw the record. */
const judged = 'date_low, date_high, facts, confidentiality, screened'

/** What a later version does: the current one becomes a superseded one, its search values go. */
const replacingText = `, superseded as (
  insert into resource_version (${columns}, ${judged}, content)
  select ${`${columns}, ${judged}`.replaceAll(/\w+/g, 'r.$&')}, r.content from resource r join row i using (key) where i.version > 1
), replaced as (
  update resource r set version = i.version, owner = i.owner, deleted = i.deleted, method = i.method,
    last_updated = i.last_updated, patient = i.patient, other_patients = i.other_patients::bigint[],
    linked_patients = i.linked_patients::bigint[], audience = i.audience,
    date_low = i.date_low, date_high = i.date_high, category = i.category, tokens = i.tokens, content = i.content, present = i.present,
    facts = case when i.deleted then r.facts else i.facts end,
    confidentiality = case when i.deleted then r.confidentiality else i.confidentiality end,
    screened = case when i.deleted then r.screened else i.screened end, indexed = i.indexed
  from row i where r.key = i.key and i.version > 1
), strings_gone as (
  delete from search_string s using row i where s.key = i.key and i.version > 1
), dates_gone as (
  delete from search_date s using row i where s.key = i.key and i.version > 1
), quantities_gone as (
  delete from search_quantity s using row i where s.key = i.key and i.version > 1
), texts_gone as (
  delete from resource_text s using row i where s.key = i.key and i.version > 1
)`

/**
 * Everything a write does to the tables of a resource, as one statement. `$1` is the contents one
 * behind the other, `$2` all tokens, facts and codes, `$3` and on the columns of the rows, then those
 * of the dates, strings and quantities there are.
 */
const writeText = (shape: WriteShape): string => {
  let first = 3
  const next = (columns: Columns): string => {
    const rows = unnested(columns, first)
    first += Object.keys(columns).length
    return rows
  }
  const row = `with row as (
  select i.*, substring($1::bytea from content_from for content_length) as content,
    ${stretch('tokens_from', 'tokens_to')} as tokens, ${stretch('tokens_to + 1', 'facts_to')} as facts,
    ${shape.hasParties ? audienceText : 'null::integer[]'} as audience, ${indexedText} as indexed
  from ${next(rowColumns)}
)`
  const dates = `, dates as (insert into search_date (${namesOf(dateColumns)}) select * from `
  const strings = `, strings as (insert into search_string (${namesOf(stringColumns)}) select * from `
  const quantities = `, quantities as (insert into search_quantity (${quantityNames}, codes)
  select ${quantityNames}, ${stretch('codes_from', 'codes_to')} from `
  const texts = `, texts as (insert into resource_text (${namesOf(textColumns)})
  select key, type, text::tsvector from `
  return `${row}${shape.hasReplaced ? replacingText : ''}${
    shape.hasDates ? `${dates}${next(dateColumns)})` : ''
  }${shape.hasStrings ? `${strings}${next(stringColumns)})` : ''}${
    shape.hasQuantities ? `${quantities}${next(quantityColumns)})` : ''
  }${shape.hasTexts ? `${texts}${next(textColumns)})` : ''}${
    shape.hasShared ? `, shared as (${sharedTextsText(next(sharedTextColumnTypes))})` : ''
  }
insert into resource (${columns}, ${judged}, category, tokens, content, present, indexed)
select key, version, type, id, owner, deleted, method, last_updated, patient, other_patients::bigint[],
  linked_patients::bigint[], audience,
  ${judged}, category, tokens, content, present, indexed
from row where version = 1`
}

const texts = new Map<string, string>()

/** The statement of a shape, under a name of its own. */
export const writeTextOf = (shape: WriteShape): Pick<Statement, 'name' | 'text'> => {
  const { hasParties, hasStrings, hasDates, hasQuantities, hasTexts, hasShared, hasReplaced } =
    shape
  const name = `write${hasParties ? '-parties' : ''}${hasStrings ? '-strings' : ''}${hasDates ? '-dates' : ''}${hasQuantities ? '-quantities' : ''}${hasTexts ? '-texts' : ''}${hasShared ? '-shared' : ''}${hasReplaced ? '-replacing' : ''}`
  const text = texts.get(name) ?? writeText(shape)
  texts.set(name, text)
  return { name, text }
}
