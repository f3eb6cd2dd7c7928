import { isBreakGlass, isPurpose } from '../access/purposes.ts'
import { parseScope } from '../access/scopes.ts'
import { WrongArguments } from './command.ts'

/** The scopes of a ceiling, each checked. @throws WrongArguments */
export const readCeiling = (
  scopes: readonly string[],
  contexts: readonly string[],
): readonly string[] => {
  if (scopes.length === 0) throw new WrongArguments('--scope is missing')
  for (const text of scopes.flatMap(words)) {
    const scope = parseScope(text)
    if (scope === undefined || !contexts.includes(scope.context)) {
      const forms = contexts.map(context => `${context}/Observation.rs or ${context}/*.cruds`)
      throw new WrongArguments(
        `--scope "${text}" is no scope here; write it like ${forms.join(', ')}`,
      )
    }
  }
  return scopes.flatMap(words)
}

/**
 * Purposes of use, each checked; TREAT when none is named. The glass is broken by people only.
 * @throws WrongArguments
 */
export const readPurposes = (
  codes: readonly string[],
  kind: 'system' | 'people',
): readonly string[] => {
  const isWrong = (code: string): boolean =>
    !isPurpose(code) || (isBreakGlass(code) && kind === 'system')
  const wrong = codes.find(isWrong)
  if (wrong === undefined) return codes.length === 0 ? ['TREAT'] : codes
  throw new WrongArguments(
    isBreakGlass(wrong)
      ? '--purpose BTG cannot be given to a system: the glass is broken by a person with a second factor'
      : `--purpose "${wrong}" is no purpose of use of v3-ActReason, such as TREAT or HRESCH`,
  )
}

const words = (text: string): string[] => text.split(' ').filter(word => word !== '')
