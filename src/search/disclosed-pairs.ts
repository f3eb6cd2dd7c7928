import type { Sql } from './statement-text.ts'

/** What of a row its patients' provisions are asked about. */
export const judged = [
  ...['patient', 'other_patients', 'owner', 'type', 'key', 'facts', 'confidentiality', 'screened'],
  ...['date_low', 'date_high'],
]

/** In place of a type: trees of provisions have to be asked for each record. */
export const judgedSingly = 32_767
/** The same: something of an owner's records is kept back. */
export const keptBack = 32_766
/** Confidentiality V: no permit without a label covers it. */
export const veryRestricted = 5

/** Owner and type as one value, which an array can be searched for. */
export const packed = (owner: Sql, type: Sql): Sql => `(${owner}::bigint << 16 | ${type})`

/** Whether what is disclosed of the statement's patient names this owner and type. */
export const isDisclosedHere = (owner: Sql, type: Sql): Sql =>
  `${packed(owner, type)} = any((select pairs from disclosed_here)::bigint[])`
