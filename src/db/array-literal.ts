/** What PostgreSQL reads in an array literal without quotes. */
type Word = bigint | number | boolean | string | null

/**
 * A PostgreSQL array literal of numbers or words without a character it would have to quote; null
 * stays null. As one text it is sent far cheaper than as an array, whose items are escaped one by one.
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export const arrayLiteral = (values: readonly Word[] | null): string | null => {
  if (values === null) return null
  let text = '{'
  for (let index = 0; index < values.length; index++)
    text += index === 0 ? (values[index] ?? 'NULL') : `,${values[index] ?? 'NULL'}`
  return `${text}}`
}

/** A PostgreSQL array literal of any texts. */
export const textArrayLiteral = (values: readonly (string | null)[]): string =>
  `{${values.map(value => (value === null ? 'NULL' : quoted(value))).join(',')}}`

const quoted = (value: string): string =>
  `"${/["\\]/.test(value) ? value.replace(/["\\]/g, '\\$&') : value}"`

/** A PostgreSQL array literal of texts that are array literals themselves. */
export const arraysLiteral = (arrays: readonly (readonly Word[] | null)[]): string =>
  `{${arrays.map(values => (values === null ? 'NULL' : `"${arrayLiteral(values)}"`)).join(',')}}`
