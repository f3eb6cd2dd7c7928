/** Longer names are compared by their beginning only. */
const comparedLettersMax = 64

/** The `count` names most like `name`, best first: what a caller probably meant. */
export const nearest = (name: string, names: Iterable<string>, count = 3): readonly string[] => {
  const wanted = name.slice(0, comparedLettersMax).toLowerCase()
  return [...names]
    .map(candidate => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** Levenshtein distance, one row at a time. */
const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++)
      row.push(
        Math.min(
          previous[j]! + 1,
          row[j - 1]! + 1,
          previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    previous = row
  }
  return previous[b.length]!
}
