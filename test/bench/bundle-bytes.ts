/**
 * Cuts the text of a Bundle into one piece per entry, such that the pieces joined with commas are
 * the text again: the first piece begins with what precedes the entries, the last one ends with what
 * follows them. A Bundle without entries is one piece.
 */
export const piecesOf = (bundle: string): string[] => {
  const marker = '"entry":['
  const found = bundle.indexOf(marker)
  if (found === -1) return [bundle]
  const pieces: string[] = []
  let from = 0
  let depth = 0
  for (let at = found + marker.length; at < bundle.length; at++) {
    const character = bundle[at]
    if (character === '"') at = endOfString(bundle, at)
    else if (character === '{' || character === '[') depth++
    else if (character === '}') depth--
    else if (character === ',' && depth === 0) {
      pieces.push(bundle.slice(from, at))
      from = at + 1
    } else if (character === ']' && --depth < 0) break
  }
  return [...pieces, bundle.slice(from)]
}

const endOfString = (text: string, start: number): number => {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
