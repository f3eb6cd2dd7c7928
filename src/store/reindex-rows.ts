import type { Queryable } from '../db/database.ts'
import type { IndexValues } from '../search/index-values.ts'
import { withTexts, type ResourceTexts } from '../search/resource-texts.ts'
import { arrayLiteral, arraysLiteral } from '../db/array-literal.ts'
import { searchValuesColumns, searchValuesText } from './search-values.ts'
import { storeSharedTexts } from './shared-texts.ts'

/**
 * The door by which the reindexing reads records without a grant: no request goes through it, and
 * nothing that it reads leaves the process but into the same row. `test/architecture.test.ts` holds that
 * only `jobs/` uses it.
 */

/** Where in a type a job has got to: the last resource it looked at. */
export interface RowPlace {
  readonly updated: string
  readonly key: bigint
}

/** A current resource, as far as indexing it anew needs it. */
export interface StoredRow {
  readonly key: bigint
  readonly id: string
  readonly version: number
  readonly lastUpdated: string
  readonly present: bigint
  readonly indexed: number
  /** Null where there is nothing to do: a tombstone, or indexed by this generation already. */
  readonly content: Buffer | null
}

/** A resource with what is to be stored of it. */
export interface ReindexedRow {
  readonly row: Pick<StoredRow, 'key' | 'version'>
  readonly values: IndexValues
  /** Number of its type. */
  readonly type: number
  readonly texts: ResourceTexts
  /** Its JSON where the labels in it are others now; null: as it is. */
  readonly content: Buffer | null
}

/** Bytes of content in one batch; a larger resource is a batch of its own. */
const batchBytesMax = 4 * 1024 * 1024

/**
 * The next resources of a type, the latest change first: what is changed meanwhile moves to the side
 * that has been passed, and is indexed by the write that changes it. Uses the index `resource_type`.
 */
export const readRowsToIndex = (
  transaction: Queryable,
  { type, generation }: { readonly type: number; readonly generation: number },
  place: RowPlace | undefined,
  countMax: number,
): Promise<StoredRow[]> =>
  transaction.query<StoredRow>({
    name: place === undefined ? 'reindex-first' : 'reindex-next',
    text: `select key, id, version, last_updated as "lastUpdated", present, indexed,
        case when not deleted and indexed < $2 then content end as content
      from (
        select *, sum(octet_length(content)) over (order by last_updated desc, key desc) - octet_length(content) as before
        from (
          select * from resource where type = $1
            ${place === undefined ? '' : 'and (last_updated, key) < ($5::timestamptz, $6::bigint)'}
          order by last_updated desc, key desc limit $3
        ) r
      ) b where before < $4
      order by last_updated desc, key desc`,
    values: [
      ...[type, generation, countMax, batchBytesMax],
      ...(place === undefined ? [] : [place.updated, place.key]),
    ],
  })

/**
 * Stores search values and access columns of resources anew. Those that were written meanwhile are left
 * alone: their writers knew more. Locks are taken in key order, as writers take them, and held until
 * the end of the transaction. Neither version nor time of update moves.
 * @returns how many were stored
 */
export const storeReindexed = async (
  transaction: Queryable,
  reindexed: readonly ReindexedRow[],
): Promise<number> => {
  if (reindexed.length === 0) return 0
  const current = await transaction.query<{ key: bigint; version: number }>({
    name: 'reindex-lock',
    text: `select key, version from resource where key = any($1::bigint[]) order by key for update`,
    values: [arrayLiteral(reindexed.map(({ row }) => row.key))],
  })
  const versions = new Map(current.map(({ key, version }) => [key, version]))
  const rows = reindexed.filter(({ row }) => versions.get(row.key) === row.version)
  if (rows.length === 0) return 0
  await storeSharedTexts(transaction, rows)
  await transaction.query({ name: 'reindex-store', text: storeText, values: valuesOf(rows) })
  for (const { row, content } of rows)
    if (content !== null)
      await transaction.query({
        name: 'reindex-content',
        text: 'update resource set content = $2 where key = $1::bigint',
        values: [row.key, content],
      })
  return rows.length
}

const valuesOf = (rows: readonly ReindexedRow[]): unknown[] => {
  const column = <T>(of: (values: IndexValues) => T) => rows.map(({ values }) => of(values))
  return [
    arrayLiteral(rows.map(({ row }) => row.key)),
    arrayLiteral(column(values => values.patient)),
    arraysLiteral(column(values => values.otherPatients)),
    arraysLiteral(column(values => values.linkedPatients)),
    arrayLiteral(column(values => values.dateLow)),
    arrayLiteral(column(values => values.dateHigh)),
    arrayLiteral(column(values => values.category)),
    arraysLiteral(rows.map(({ values, texts }) => withTexts(values.tokens, texts))),
    arrayLiteral(column(values => values.present)),
    arraysLiteral(column(values => values.facts)),
    arrayLiteral(column(values => values.confidentiality)),
    arrayLiteral(column(values => values.screened)),
    arrayLiteral(column(values => values.generation)),
    ...searchValuesColumns(
      rows.map(({ row: { key }, type, texts, values: { dates, strings, quantities } }) => ({
        ...{ key, type, texts, dates, strings, quantities },
      })),
    ),
  ]
}

/** `$1` and on: these columns; behind them those of the search values. */
const rowColumns = {
  ...{ key: 'bigint', patient: 'bigint', other_patients: 'text', linked_patients: 'text' },
  ...{
    date_low: 'timestamptz',
    date_high: 'timestamptz',
    category: 'bigint',
    tokens: 'text',
    present: 'bigint',
  },
  ...{ facts: 'text', confidentiality: 'smallint', screened: 'boolean', indexed: 'integer' },
}

const names = Object.keys(rowColumns)

const storeText = `with row as (
  select * from unnest(${Object.values(rowColumns)
    .map((type, at) => `$${at + 1}::${type}[]`)
    .join(', ')}) as i(${names.join(', ')})
),
  ${searchValuesText(names.length + 1)}
update resource r set patient = i.patient, other_patients = i.other_patients::bigint[],
  linked_patients = i.linked_patients::bigint[],
  date_low = i.date_low, date_high = i.date_high, category = i.category, tokens = i.tokens::bigint[], present = i.present,
  facts = i.facts::bigint[], confidentiality = i.confidentiality, screened = i.screened, indexed = i.indexed
from row i where r.key = i.key`
