import { arrayLiteral, arraysLiteral, textArrayLiteral } from '../db/array-literal.ts'
import type { DateValue, QuantityValue, StringValue } from '../search/index-sink.ts'
import type { ResourceTexts } from '../search/resource-texts.ts'

/** Everything of one resource that stands in tables of its own. */
export interface SearchValues {
  readonly key: bigint
  /** Number of its type. */
  readonly type: number
  readonly dates: readonly DateValue[]
  readonly strings: readonly StringValue[]
  readonly quantities: readonly QuantityValue[]
  readonly texts: ResourceTexts
}

interface Table {
  readonly name: string
  /** Column, type it is sent as, what it is cast to. */
  readonly columns: readonly (readonly [name: string, sent: string, cast?: string])[]
  readonly valuesOf: (all: readonly SearchValues[]) => readonly (string | null)[]
}

/** Each value beside what it is of. */
const pairs = <T>(
  all: readonly SearchValues[],
  of: (values: SearchValues) => readonly T[],
): readonly (readonly [SearchValues, T])[] =>
  all.flatMap(values => of(values).map(one => [values, one] as const))

const tables: readonly Table[] = [
  {
    name: 'search_date',
    columns: [
      ['key', 'bigint'],
      ['parameter', 'bigint'],
      ['low', 'timestamptz'],
      ['high', 'timestamptz'],
    ],
    valuesOf: all => {
      const found = pairs(all, ({ dates }) => dates)
      return [
        arrayLiteral(found.map(([{ key }]) => key)),
        arrayLiteral(found.map(([, { parameter }]) => parameter)),
        textArrayLiteral(found.map(([, { low }]) => low)),
        textArrayLiteral(found.map(([, { high }]) => high)),
      ]
    },
  },
  {
    name: 'search_string',
    columns: [
      ['key', 'bigint'],
      ['parameter', 'bigint'],
      ['value', 'text'],
    ],
    valuesOf: all => {
      const found = pairs(all, ({ strings }) => strings)
      return [
        arrayLiteral(found.map(([{ key }]) => key)),
        arrayLiteral(found.map(([, { parameter }]) => parameter)),
        textArrayLiteral(found.map(([, { value }]) => value)),
      ]
    },
  },
  {
    name: 'search_quantity',
    columns: [
      ['key', 'bigint'],
      ['parameter', 'bigint'],
      ['low', 'double precision'],
      ['high', 'double precision'],
      ['code', 'bigint'],
      ['unit', 'bigint'],
      ['canonical', 'bigint'],
      ['canonical_low', 'double precision'],
      ['canonical_high', 'double precision'],
      ['codes', 'text', 'bigint[]'],
    ],
    valuesOf: all => {
      const found = pairs(all, ({ quantities }) => quantities)
      return [
        arrayLiteral(found.map(([{ key }]) => key)),
        arrayLiteral(found.map(([, { parameter }]) => parameter)),
        arrayLiteral(found.map(([, { low }]) => low)),
        arrayLiteral(found.map(([, { high }]) => high)),
        arrayLiteral(found.map(([, { code }]) => code)),
        arrayLiteral(found.map(([, { unit }]) => unit)),
        arrayLiteral(found.map(([, { canonical }]) => canonical)),
        arrayLiteral(found.map(([, { canonicalLow }]) => canonicalLow)),
        arrayLiteral(found.map(([, { canonicalHigh }]) => canonicalHigh)),
        arraysLiteral(found.map(([, { codes }]) => codes)),
      ]
    },
  },
  {
    name: 'resource_text',
    columns: [
      ['key', 'bigint'],
      ['type', 'smallint'],
      ['text', 'text', 'tsvector'],
    ],
    valuesOf: all => {
      const found = pairs(all, ({ texts }) => texts.own)
      return [
        arrayLiteral(found.map(([{ key }]) => key)),
        arrayLiteral(found.map(([{ type }]) => type)),
        textArrayLiteral(found.map(([, text]) => text)),
      ]
    },
  },
]

/** CTEs that take away the search values of the keys in `row`, and store others, given from `$first` on. */
export const searchValuesText = (first: number): string => {
  let next = first
  return tables
    .map(({ name, columns }) => {
      const sent = columns.map(([, type]) => `$${next++}::${type}[]`).join(', ')
      const names = columns.map(([column]) => column).join(', ')
      const cast = columns
        .map(([column, , type]) => `${column}${type ? `::${type}` : ''}`)
        .join(', ')
      return `${name}_gone as (delete from ${name} s using row i where s.key = i.key),
  ${name}_new as (insert into ${name} (${names}) select ${cast} from unnest(${sent}) as i(${names}))`
    })
    .join(',\n  ')
}

/** The parameters of those CTEs. */
export const searchValuesColumns = (all: readonly SearchValues[]): readonly (string | null)[] =>
  tables.flatMap(({ valuesOf }) => valuesOf(all))
