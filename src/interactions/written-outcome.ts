import { parseJson } from '../fhir/json.ts'
import { limits } from '../fhir/limits.ts'
import { issue, operationOutcome, type Issue } from '../fhir/outcome.ts'
import type { Resource } from '../fhir/resource.ts'
import type { Exchange, Result } from './interaction.ts'
import { issuesOf } from './write-issues.ts'

/** A result of a write: what it left behind, or what it met. */
export type Written = Extract<
  Result,
  { readonly kind: 'created' | 'updated' | 'unchanged' | 'stale-ignored' | 'matched' | 'deleted' }
>

export const isWritten = (result: Result): result is Written =>
  'version' in result && result.kind !== 'found' && result.kind !== 'unmodified'

/** What a write did, in words, and what is doubtful about it: for `Prefer: return=OperationOutcome`. */
export const writtenOutcome = (result: Written, exchange: Exchange) => {
  const done = issue('information', 'informational', result.kind)
  const told = [done, ...warningsOf(result, exchange)].slice(0, limits.issuesMax)
  return operationOutcome(told, exchange.language)
}

/** Looked for in what is stored, so that writes nobody asks about cost nothing. */
const warningsOf = (result: Written, exchange: Exchange): readonly Issue[] => {
  const { kind, version } = result
  if (kind !== 'created' && kind !== 'updated' && kind !== 'unchanged') return []
  const { resourceType, id } = version
  const resource = parseJson(version.json) as Resource
  const intent = { action: 'create', resourceType, id, resource } as const
  const told = issuesOf(intent, exchange, { wantsWarnings: true })
  const left = 'warnings' in result ? (result.warnings ?? []) : []
  // An error of what is stored all the same was only to be reported.
  return [...left, ...told.filter(({ severity }) => severity !== 'information').map(asWarning)]
}

const asWarning = (found: Issue): Issue => ({ ...found, severity: 'warning' })
