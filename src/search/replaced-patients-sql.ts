import type { Sql } from './statement-text.ts'

/**
 * A table `name` with one column `key`: the resources that `keys` selects, and the Patients that those
 * have replaced, at any remove. A merge counts only while both are of one tenant, as in
 * compile-merged.ts; whether what refers to them is seen is decided for each row by its own patient.
 */
export const withReplaced = (keys: Sql, name: string): Sql => `(with recursive f(key) as (
  ${keys}
  union
  select m.merged from f join patient_merge m on m.surviving = f.key join resource o on o.key = m.surviving and o.owner = m.owner
) select key from f) ${name}`

/** The same the other way: with the Patients that have replaced those that `keys` selects. */
export const withReplacing = (keys: Sql, name: string): Sql => `(with recursive f(key) as (
  ${keys}
  union
  select m.surviving from f join patient_merge m on m.merged = f.key join resource o on o.key = m.surviving and o.owner = m.owner
) select key from f) ${name}`
