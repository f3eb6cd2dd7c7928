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

/** Purposes of use, each checked; TREAT when none is named. @throws WrongArguments */
export const readPurposes = (codes: readonly string[]): readonly string[] => {
  const wrong = codes.find(code => !isPurpose(code) || isBreakGlass(code))
  if (wrong === undefined) return codes.length === 0 ? ['TREAT'] : codes
  throw new WrongArguments(
    isBreakGlass(wrong)
      ? '--purpose BTG cannot be given to a client: breaking the glass needs a grant per patient'
      : `--purpose "${wrong}" is no purpose of use of v3-ActReason, such as TREAT or HRESCH`,
  )
}

const words = (text: string): string[] => text.split(' ').filter(word => word !== '')
