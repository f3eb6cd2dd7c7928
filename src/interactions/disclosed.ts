import type { ServedResource } from '../store/rows.ts'
import type { Result } from './interaction.ts'

/** The resources a result tells of, for the audit trail: what it shows, and what was written for it. */
export const disclosedBy = (result: Result): readonly ServedResource[] => {
  if ('disclosed' in result) return result.disclosed ?? []
  if (!('version' in result)) return []
  return 'others' in result ? [result.version, ...(result.others ?? [])] : [result.version]
}
