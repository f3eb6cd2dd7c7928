import { issue, operationOutcome, type Language } from '../fhir/outcome.ts'
import type { Result } from './interaction.ts'

/** A result of a write: what it left behind, or what it met. */
export type Written = Extract<
  Result,
  { readonly kind: 'created' | 'updated' | 'unchanged' | 'stale-ignored' | 'matched' | 'deleted' }
>

export const isWritten = (result: Result): result is Written =>
  'version' in result && result.kind !== 'found' && result.kind !== 'unmodified'

/** What a write did, in words: for `Prefer: return=OperationOutcome`. */
export const writtenOutcome = ({ kind }: Written, language: Language) =>
  operationOutcome([issue('information', 'informational', kind)], language)
