import { hash } from 'node:crypto'
import { textArrayLiteral } from '../db/array-literal.ts'
import type { Statement } from '../db/database.ts'

/** SQL text. Values never stand in it, only the placeholders that `Values` gives for them. */
export type Sql = string

const arrayText = (values: readonly (bigint | number | string)[]): string => `{${values.join(',')}}`

/** The values of one statement, each behind a numbered placeholder with its type. */
export class Values {
  readonly list: unknown[] = []

  bigint(value: bigint): Sql {
    return `$${this.list.push(String(value))}::bigint`
  }
  bigints(values: readonly bigint[]): Sql {
    return `$${this.list.push(arrayText(values))}::bigint[]`
  }
  integer(value: number): Sql {
    return `$${this.list.push(value)}::integer`
  }
  integers(values: readonly number[]): Sql {
    return `$${this.list.push(arrayText(values))}::integer[]`
  }
  smallint(value: number): Sql {
    return `$${this.list.push(value)}::smallint`
  }
  smallints(values: readonly number[]): Sql {
    return `$${this.list.push(arrayText(values))}::smallint[]`
  }
  text(value: string): Sql {
    return `$${this.list.push(value)}::text`
  }
  texts(values: readonly string[]): Sql {
    return `$${this.list.push(textArrayLiteral(values))}::text[]`
  }
  number(value: number): Sql {
    return `$${this.list.push(String(value))}::double precision`
  }
  numbers(values: readonly number[]): Sql {
    return `$${this.list.push(arrayText(values))}::double precision[]`
  }
  time(value: string): Sql {
    return `$${this.list.push(value)}::timestamptz`
  }
  times(values: readonly string[]): Sql {
    return `$${this.list.push(arrayText(values))}::timestamptz[]`
  }
}

const namesRememberedMax = 2000
const names = new Map<string, string>()

/** A statement whose name follows from its text, so that each shape is prepared once. */
export const statement = (
  purpose: string,
  text: Sql,
  values: Values,
  traits: Pick<Statement, 'plan' | 'isShort'> = {},
): Statement => {
  let name = names.get(text)
  if (name === undefined) {
    name = `${purpose}-${hash('sha256', text, 'hex').slice(0, 24)}`
    if (names.size >= namesRememberedMax) names.clear()
    names.set(text, name)
  }
  return { name, text, values: values.list, ...traits }
}
