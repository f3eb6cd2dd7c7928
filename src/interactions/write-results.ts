import type { Prepared } from './version.ts'
import type { WriteIntent } from './write-intent.ts'

/** The results of what was asked for; one of them knows of the Patients that were made along with it. */
export const resultsOf = (
  prepared: readonly Prepared[],
  asked: readonly WriteIntent[],
): readonly Prepared['result'][] => {
  const results = prepared.slice(0, asked.length).map(({ result }, at) => {
    const warnings = asked[at]!.warnings
    const isKept = ['created', 'updated', 'unchanged'].includes(result.kind)
    return warnings === undefined || !isKept ? result : { ...result, warnings }
  })
  const made = prepared.slice(asked.length)
  if (made.length === 0) return results
  const others = made.flatMap(({ result }) => ('version' in result ? [result.version] : []))
  const at = results.findIndex(({ kind }) => kind === 'created' || kind === 'updated')
  return results.map((result, index) =>
    index === at && (result.kind === 'created' || result.kind === 'updated')
      ? { ...result, others }
      : result,
  )
}
