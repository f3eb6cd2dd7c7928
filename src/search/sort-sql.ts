import assert from 'node:assert/strict'
import type { Sql, Values } from './statement-text.ts'
import type { SortKey } from './tree.ts'

/** Where a page ended: the sort values and the key of its last row, as text. */
export type Position = readonly (string | null)[]

/** One ordering expression, never null, and the type its value has in a position. */
interface Ordering {
  readonly expression: Sql
  readonly type: 'timestamptz' | 'text' | 'bigint' | 'double precision'
  readonly isDescending: boolean
}

/**
 * The order of a search: its sort keys, then `key`, in the direction of the last sort key, so that
 * no two rows are alike. Resources without the value come last in both directions. By date, what
 * counts is where the range starts; of several values the first when ascending, the last when
 * descending; quantities in what they can be compared in. Resources whose range has no start are last when descending, first when ascending.
 * @see https://hl7.org/fhir/R4/search.html#sort
 */
export class Sort {
  readonly #orderings: readonly Ordering[]

  constructor(keys: readonly SortKey[], alias: string, values: Values) {
    const orderings = keys.map(key => orderingOf(key, alias, values))
    const isDescending = orderings.at(-1)?.isDescending ?? true
    this.#orderings = [...orderings, { expression: `${alias}.key`, type: 'bigint', isDescending }]
  }

  /** The columns a page must carry to tell a position: `s0`, `s1`, ... */
  get columns(): Sql {
    return this.#sorted.map(({ expression }, at) => `${expression} as s${at}`).join(', ')
  }

  /** The position of a row. */
  get positionColumn(): Sql {
    return `array[${this.#sorted.map((_, at) => `s${at}::text`).join(', ')}, key::text]`
  }

  get orderBy(): Sql {
    return this.#orderings.map(ordering => ordering.expression + direction(ordering)).join(', ')
  }

  get #sorted(): readonly Ordering[] {
    return this.#orderings.slice(0, -1)
  }

  /** What comes strictly after a position, in this order. */
  after(position: Position, values: Values): Sql {
    assert.equal(position.length, this.#orderings.length, 'the position belongs to another order')
    const bounds = this.#orderings.map(({ type }, at) => {
      const value = position[at] ?? ''
      if (type === 'bigint') return values.bigint(BigInt(value))
      if (type === 'double precision') return values.number(Number(value))
      return type === 'text' ? values.text(value) : values.time(value)
    })
    const isUniform = this.#orderings.every(
      ({ isDescending }) => isDescending === this.#orderings[0]!.isDescending,
    )
    if (isUniform) {
      const row = this.#orderings.map(({ expression }) => expression).join(', ')
      return `(${row}) ${this.#orderings[0]!.isDescending ? '<' : '>'} (${bounds.join(', ')})`
    }
    const alternatives = this.#orderings.map((ordering, at) => {
      const equal = this.#orderings
        .slice(0, at)
        .map((earlier, i) => `${earlier.expression} = ${bounds[i]}`)
      const beyond = `${ordering.expression} ${ordering.isDescending ? '<' : '>'} ${bounds[at]}`
      return `(${[...equal, beyond].join(' and ')})`
    })
    return `(${alternatives.join(' or ')})`
  }
}

const direction = ({ isDescending }: Ordering): Sql => (isDescending ? ' desc' : '')

const orderingOf = (
  { by, parameter, isDescending }: SortKey,
  alias: string,
  values: Values,
): Ordering => {
  switch (by) {
    case 'id':
      return { expression: `${alias}.id`, type: 'text', isDescending }
    case 'last-updated':
      return { expression: `${alias}.last_updated`, type: 'timestamptz', isDescending }
    case 'clinical-date':
      // As it is, descending order is that of the index resource_patient.
      return {
        expression: isDescending
          ? `${alias}.date_low`
          : `(case when ${alias}.date_high = '-infinity' then 'infinity' else ${alias}.date_low end)`,
        type: 'timestamptz',
        isDescending,
      }
    case 'date': {
      const picked = isDescending ? 'max(d.low)' : 'min(d.low)'
      const last = isDescending ? `'-infinity'` : `'infinity'`
      const from = `from search_date d where d.key = ${alias}.key and d.parameter = ${values.bigint(parameter)}`
      const expression = `coalesce((select ${picked} ${from}), ${last})`
      return { expression, type: 'timestamptz', isDescending }
    }
    case 'quantity': {
      const picked = isDescending ? 'max(q.canonical_low)' : 'min(q.canonical_low)'
      const last = isDescending ? `'-infinity'` : `'infinity'`
      const from = `from search_quantity q where q.key = ${alias}.key and q.parameter = ${values.bigint(parameter)}`
      const expression = `coalesce((select ${picked} ${from}), ${last})`
      return { expression, type: 'double precision', isDescending }
    }
    case 'string': {
      const picked = isDescending ? 'max(s.value)' : 'min(s.value)'
      const last = isDescending ? `''` : `U&'\\+10FFFF'`
      const from = `from search_string s where s.key = ${alias}.key and s.parameter = ${values.bigint(parameter)}`
      const expression = `coalesce((select ${picked} ${from}), ${last}) collate "C"`
      return { expression, type: 'text', isDescending }
    }
  }
}
