const shownMax = 3
const comparedCharactersMax = 64

/** The candidates that differ least from a misspelt name, best first, as one text. */
export const nearest = (name: string, candidates: Iterable<string>): string => {
  const written = name.slice(0, comparedCharactersMax)
  return [...candidates]
    .map(candidate => ({ candidate, distance: editDistance(written, candidate) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, shownMax)
    .map(({ candidate }) => candidate)
    .join(', ')
}

/** Levenshtein distance, upper and lower case alike. */
const editDistance = (one: string, other: string): number => {
  const a = one.toLowerCase()
  const b = other.toLowerCase()
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j++)
      row.push(
        Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)),
      )
  }
  return row[b.length]!
}

/** A name fit to be repeated: what is none may be a search value in the wrong place. */
export const shown = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name) ? name : '…'
