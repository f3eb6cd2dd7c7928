import { loadTerminology, type Coding } from '../fhir/terminology.ts'

/**
 * The codings of a value set, or why there are none: it is not here, or not all of it can be listed.
 * A search has them before it becomes a statement, so that its answer is exact.
 */
export type ExpandValueSet = (canonical: string) => readonly Coding[] | 'unknown' | 'not-listed'

/** The value sets of R4 and of `fhir-profiles`, where nothing else is given. */
export const builtInValueSets: ExpandValueSet = canonical => loadTerminology().expand(canonical)
