import type { Sql } from './statement-text.ts'

/** The patient a whole statement is about, as SQL; lets the rules be looked up for that one alone. */
export type StatementPatient = () => Sql

/**
 * How the rows of an alias come. `of-patient`: their `patient` is the patient the statement is about;
 * `few`: by id or identifier, so the rules are looked up for each; `judged`: they have been, see
 * `Guard.judged`; `any`: many, of any patient.
 */
export type Reach = 'of-patient' | 'few' | 'judged' | 'any'
