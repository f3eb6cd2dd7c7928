import type { Sql } from './statement-text.ts'

/** What of a row its patients' provisions are asked about. */
export const judged = [
  ...['patient', 'other_patients', 'owner', 'type', 'key', 'facts', 'confidentiality', 'screened'],
  ...['date_low', 'date_high'],
]

/** What of a row a tree of provisions is asked about. */
export const ofRecord = [
  ...['key', 'type', 'facts', 'confidentiality', 'screened', 'date_low', 'date_high'],
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

/** What is disclosed of the statement's patient, as a `with` entry. */
export const disclosedHere = (caller: Sql, types: Sql, patient: Sql): Sql =>
  `disclosed_here as materialized (
  select disclosed_of(${caller}, ${types}, ${patient}) as pairs
)`

/** The trees of provisions of the statement's patient, as a `with` entry that costs nothing unless it is read. */
export const treesHere = (caller: Sql, patient: Sql): Sql => `trees_here as materialized (
  select owner, nodes, certain from provision_trees(${caller}, ${patient})
)`

/** Whether these trees permit a row of the statement's patient that names nobody else. */
export const isPermittedHere = (alias: string): Sql => {
  const row = ofRecord.map(name => `${alias}.${name}`).join(', ')
  return `coalesce((select consent_decision(t.nodes, t.certain, ${row}) from trees_here t where t.owner = ${alias}.owner), 0) > 0`
}
