import type { PlacedCoding } from './coded.ts'
import { displaysOf, speaks, type Display } from './displays.ts'
import { finding, type Finding } from './problems.ts'
import type { Member } from './value-set.ts'

/** How a display is to be judged. */
export interface DisplayTerms {
  /** Language tags, best first; without any, a text in every language is right. */
  readonly languages: readonly string[]
  /** A wrong display is a warning. */
  readonly lenientDisplay: boolean
}

const folded = (text: string): string => text.toLowerCase()
const spaced = (text: string): string => folded(text).replace(/\s+/g, ' ').trim()

/** Whether a coding calls its concept by a name that it has. */
export const displayFindings = (
  { coding, at }: PlacedCoding,
  member: Member,
  { languages, lenientDisplay }: DisplayTerms,
): readonly Finding[] => {
  const { display, code = '' } = coding
  const displays = displaysOf(member)
  if (display === undefined || displays.length === 0) return []
  const isRight = ({ text }: Display): boolean => folded(text) === folded(display)
  const current = displays.filter(({ isWithdrawn }) => !isWithdrawn)
  const spoken = current.filter(
    ({ language }) => languages.length === 0 || languages.some(asked => speaks(language, asked)),
  )
  const expected = (spoken.length > 0 ? spoken : current).map(({ text }) => `'${text}'`)
  const say = (
    severity: Finding['severity'],
    text:
      | 'terminology-display-wrong'
      | 'terminology-display-spaces'
      | 'terminology-display-other-language',
  ) =>
    finding('invalid-display', {
      severity,
      type: 'invalid',
      code: text,
      parameters: { code, expected: expected.join(', '), languages: languages.join(', ') || '–' },
      expression: at('display'),
    })
  const wrong = lenientDisplay ? 'warning' : 'error'
  if (spoken.some(isRight)) return []
  if (displays.some(one => one.isWithdrawn && isRight(one)))
    return [withdrawn(member, expected.join(', '), at('display'))]
  if (spoken.length === 0)
    return [
      current.some(isRight)
        ? say('information', 'terminology-display-other-language')
        : say(wrong, 'terminology-display-wrong'),
    ]
  const isSpaced = spoken.some(({ text }) => spaced(text) === spaced(display))
  return [say(wrong, isSpaced ? 'terminology-display-spaces' : 'terminology-display-wrong')]
}

const withdrawn = ({ concept, code }: Member, expected: string, expression: string): Finding =>
  finding('display-comment', {
    severity: 'warning',
    type: 'invalid',
    code: 'terminology-display-withdrawn',
    parameters: { code, expected, status: concept?.standing ?? 'active' },
    expression,
  })
