/** What is read of a CodeableConcept to tell what it means. */
export interface Coded {
  readonly coding?: readonly { readonly system?: unknown; readonly code?: unknown }[]
  readonly text?: unknown
}

/**
 * The number of the group each concept is in. Concepts that share a coding are one group, and so are
 * those that are joined by others: `a|b` makes one of `a` and `b`. Without a coding the text counts.
 */
export const groupsByCode = (concepts: readonly (Coded | undefined)[]): readonly number[] => {
  const parents: number[] = []
  const rootOf = (at: number): number => {
    let root = at
    while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!
    return root
  }
  const known = new Map<string, number>()
  const groups = concepts.map(concept => {
    const numbers = namesOf(concept).map(name => {
      let number = known.get(name)
      if (number === undefined) {
        number = parents.push(parents.length) - 1
        known.set(name, number)
      }
      return number
    })
    for (const number of numbers) parents[rootOf(number)] = rootOf(numbers[0]!)
    return numbers[0]!
  })
  return groups.map(rootOf)
}

const namesOf = (concept: Coded | undefined): readonly string[] => {
  const coded = (concept?.coding ?? []).filter(({ code }) => typeof code === 'string')
  return coded.length > 0
    ? coded.map(({ system, code }) => JSON.stringify([system ?? null, code]))
    : [`text ${typeof concept?.text === 'string' ? concept.text : ''}`]
}
