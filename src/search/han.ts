import { Converter } from 'opencc-js/t2cn'
import { pinyin } from 'pinyin-pro'

const han = /\p{Script=Han}/u

/** Characters of a name that is given its sounds: longer texts are no names. */
const nameCharactersMax = 20

const simplify = Converter({ from: 't', to: 'cn' })
const charactersRememberedMax = 100_000
const remembered = new Map<string, string>()

/**
 * The text with each traditional character as its simplified one. Character by character, so that
 * the beginning of a text becomes the beginning of what it becomes.
 */
export const simplified = (text: string): string => {
  if (!han.test(text)) return text
  let result = ''
  for (const character of text) result += simplifiedCharacter(character)
  return result
}

const simplifiedCharacter = (character: string): string => {
  const known = remembered.get(character)
  if (known !== undefined) return known
  const found = simplify(character) ?? character
  if (remembered.size >= charactersRememberedMax) remembered.clear()
  remembered.set(character, found)
  return found
}

/**
 * How a Han name sounds, as it is typed: `liuyang`, `liu yang`, `ly`; with `lv` beside `lu` for the
 * sound without a key. Empty for other texts. `surname` reads the beginning as family names are
 * read: 单 as shan, 解 as xie.
 */
export const pinyinForms = (text: string, reading: 'surname' | 'given'): readonly string[] => {
  if (text.length > nameCharactersMax || !han.test(text)) return []
  // Several parameters ask for the sounds of one name, one after the other.
  const name = `${reading} ${text}`
  let forms = soundsRemembered.get(name)
  if (forms === undefined) {
    forms = formsOf(text, reading)
    if (soundsRemembered.size >= soundsRememberedMax) soundsRemembered.clear()
    soundsRemembered.set(name, forms)
  }
  return forms
}

const soundsRememberedMax = 5000
const soundsRemembered = new Map<string, readonly string[]>()

const formsOf = (text: string, reading: 'surname' | 'given'): readonly string[] => {
  const syllables = pinyin(simplified(text), {
    ...{ toneType: 'none', type: 'array', nonZh: 'consecutive' },
    surname: reading === 'surname' ? 'head' : 'off',
  }).map(syllable => syllable.trim().toLowerCase())
  const spelled = syllables.some(syllable => syllable.includes('ü'))
    ? [replaced(syllables, 'u'), replaced(syllables, 'v')]
    : [syllables]
  const initials = syllables.map(syllable => syllable.slice(0, 1)).join('')
  const forms = spelled.flatMap(list => [list.join(''), list.join(' ')])
  // A form that another one begins with is found by that one.
  const all = [...new Set([...forms, initials])]
  return all.filter(form => !all.some(other => other !== form && other.startsWith(form)))
}

const replaced = (syllables: readonly string[], letter: 'u' | 'v'): string[] =>
  syllables.map(syllable => syllable.replaceAll('ü', letter))
