import type { ValueSet } from '@medplum/fhirtypes'
import { standardsStatus } from './concepts.ts'
import type { Member } from './value-set.ts'

/** A text that stands for a concept; without language where none is stated. */
export interface Display {
  readonly text: string
  readonly language: string | undefined
  /** Withdrawn: once right, not any more. */
  readonly isWithdrawn: boolean
}

/** Every text of a member: the display first, then what else it is called. */
export const displaysOf = ({ concept, concepts, written }: Member): readonly Display[] => {
  const language = concepts?.system.language
  const plain = [written?.display, concept?.display]
    .filter(text => text !== undefined)
    .map(text => ({ text, language, isWithdrawn: false }))
  const designations = [...(written?.designation ?? []), ...(concept?.designations ?? [])]
  return [
    ...plain,
    ...designations.map(({ value, language: spoken, extension = [] }) => ({
      text: value!,
      language: spoken,
      isWithdrawn: extension.some(
        ({ url, valueCode }) => url === standardsStatus && valueCode === 'withdrawn',
      ),
    })),
  ]
}

/** Language tags of a `displayLanguage` or `Accept-Language`, best first. */
export const languagesOf = (header: string | undefined): readonly string[] =>
  (header ?? '')
    .slice(0, 200)
    .split(',')
    .map(part => {
      const [tag = '', quality = ''] = part.trim().split(/\s*;\s*q=/)
      return { tag: tag.toLowerCase(), quality: quality === '' ? 1 : Number(quality) }
    })
    .filter(({ tag, quality }) => tag !== '' && tag !== '*' && quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)

/** Whether a text in `spoken` serves someone who asks for `asked`: `de` is served by `de-CH`. */
export const speaks = (spoken: string | undefined, asked: string): boolean => {
  const tag = spoken?.toLowerCase()
  return tag === asked || tag?.startsWith(`${asked}-`) === true
}

/** The text to show: the best of the languages asked for, or the display as it is. */
export const displayIn = (member: Member, languages: readonly string[]): string | undefined => {
  const plain = member.written?.display ?? member.concept?.display
  if (languages.length === 0 && plain !== undefined) return plain
  const displays = displaysOf(member)
  for (const asked of languages) {
    const found = displays.find(
      ({ language, isWithdrawn }) => !isWithdrawn && speaks(language, asked),
    )
    if (found !== undefined) return found.text
  }
  return displays[0]?.text
}

const expansionParameter = 'http://hl7.org/fhir/StructureDefinition/valueset-expansion-parameter'

/** The language a value set is in, or wants its displays to be in. */
export const languagesOfValueSet = ({ language, compose }: ValueSet): readonly string[] => {
  const wanted = (compose?.extension ?? [])
    .filter(({ url }) => url === expansionParameter)
    .map(({ extension = [] }) => new Map(extension.map(part => [part.url, part])))
    .find(parts => parts.get('name')?.valueCode === 'displayLanguage')
  return languagesOf(wanted?.get('value')?.valueCode ?? language)
}
