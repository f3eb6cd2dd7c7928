/**
 * JSON text laid out for reading, two spaces a level. Every literal keeps its letters: numbers and
 * strings are copied, not parsed. The text must be JSON without white space between its tokens, as
 * `stringifyJson` writes it.
 */
export const prettyJson = (text: string): string => {
  const parts: string[] = []
  let depth = 0
  let at = 0
  while (at < text.length) {
    const letter = text[at]!
    if (letter === '"') {
      const end = stringEnd(text, at)
      parts.push(text.slice(at, end))
      at = end
      continue
    }
    at++
    if ((letter === '{' || letter === '[') && text[at] !== '}' && text[at] !== ']')
      parts.push(letter, newLine(++depth))
    else if ((letter === '}' || letter === ']') && !isOpening(text[at - 2]))
      parts.push(newLine(--depth), letter)
    else if (letter === ',') parts.push(letter, newLine(depth))
    else if (letter === ':') parts.push(': ')
    else parts.push(letter)
  }
  return parts.join('')
}

const isOpening = (letter: string | undefined): boolean => letter === '{' || letter === '['

const newLine = (depth: number): string => `\n${'  '.repeat(depth)}`

/** Past the closing quote of the string that begins at `start`. */
const stringEnd = (text: string, start: number): number => {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
