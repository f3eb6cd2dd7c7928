/**
 * Splits at `separator`, except where a backslash stands before it. The parts keep their escapes.
 * @see https://hl7.org/fhir/R4/search.html#escaping
 */
export const splitValue = (value: string, separator: ',' | '|' | '$'): string[] => {
  if (!value.includes('\\')) return value.split(separator)
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '\\') at++
    else if (value[at] === separator) {
      parts.push(value.slice(start, at))
      start = at + 1
    }
  }
  return [...parts, value.slice(start)]
}

/** The text meant by a part. `\\` before any other character than `, | $ \\` stays as it is. */
export const unescaped = (part: string): string =>
  part.includes('\\') ? part.replace(/\\([,|$\\])/g, '$1') : part

/** Whether a part can be text at all: no U+0000, no backslash that escapes nothing at the end. */
export const isText = (part: string): boolean =>
  !part.includes('\0') && (/\\*$/.exec(part)?.[0].length ?? 0) % 2 === 0
