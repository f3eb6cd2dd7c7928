/**
 * A PostgreSQL array literal of numbers or words without a character it would have to quote, for
 * columns that are arrays themselves; null stays null.
 */
export const arrayLiteral = (
  values: readonly (bigint | number | string)[] | null,
): string | null => (values === null ? null : `{${values.join(',')}}`)
