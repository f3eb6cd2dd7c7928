type Json = unknown
type Members = Readonly<Record<string, Json>>

const isMembers = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isOptional = (value: Json): boolean => isMembers(value) && '$optional$' in value

/** Texts are our own, in our own words and two languages: their codes are compared instead. */
const ignored: ReadonlySet<string> = new Set([
  'text',
  'diagnostics',
  'location',
  'timestamp',
  'identifier',
  'id',
  'meta',
  'offset',
  // What was asked, not what is answered.
  'compose',
  'name',
])

/**
 * Where an answer differs from an expected one of the terminology ecosystem's tests, as paths; order of
 * lists aside. Members and list entries marked `$optional$` may be missing; what is expected may stand
 * among more only where the test says so by `$optional-properties$`.
 */
export const differences = (expected: Json, found: Json, path = ''): readonly string[] => {
  if (typeof expected === 'string') return stringDifferences(expected, found, path)
  if (Array.isArray(expected)) return listDifferences(expected, found, path)
  if (isMembers(expected)) return memberDifferences(expected, found, path)
  return Object.is(expected, found) ? [] : [`${path}: ${JSON.stringify(found)}`]
}

const stringDifferences = (expected: string, found: Json, path: string): readonly string[] => {
  const choices = /^\$choice:(.*)\$$/.exec(expected)?.[1]?.split('|')
  if (choices !== undefined ? choices.includes(String(found)) : expected.startsWith('$')) return []
  return expected === found ? [] : [`${path}: ${JSON.stringify(found)}, not ${expected}`]
}

const memberDifferences = (expected: Members, found: Json, path: string): readonly string[] => {
  if (!isMembers(found)) return [`${path}: ${JSON.stringify(found)}`]
  const optional = (expected['$optional-properties$'] ?? []) as readonly string[]
  const isDescribed = 'resourceType' in expected
  const names = new Set([...Object.keys(expected), ...(isDescribed ? [] : Object.keys(found))])
  return [...names]
    .filter(name => !name.startsWith('$') && (!ignored.has(name) || keptName(name, path)))
    .flatMap(name => {
      if (!(name in found)) {
        const isMissing = !optional.includes(name) && !isAllOptional(expected[name])
        return isMissing ? [`${path}.${name} is missing`] : []
      }
      if (!(name in expected))
        return optional.includes(name)
          ? []
          : [`${path}.${name} is more: ${JSON.stringify(found[name])}`]
      return differences(expected[name], found[name], `${path}.${name}`)
    })
}

/** The name of a parameter says which it is. */
const keptName = (name: string, path: string): boolean =>
  name === 'name' && /(parameter|part)\[/.test(path)

const isAllOptional = (value: Json): boolean => Array.isArray(value) && value.every(isOptional)

const listDifferences = (
  expected: readonly Json[],
  found: Json,
  path: string,
): readonly string[] => {
  if (!Array.isArray(found)) return [`${path}: no list`]
  const left: Json[] = [...(found as readonly Json[])]
  const missing: string[] = []
  for (const [index, one] of expected.entries()) {
    const place = `${path}[${index}]`
    const at = left.findIndex(candidate => differences(one, candidate, place).length === 0)
    if (at >= 0) left.splice(at, 1)
    else if (!isOptional(one)) missing.push(nearestOf(one, left, place))
  }
  return [...missing, ...left.map(one => `${path} has more: ${JSON.stringify(one).slice(0, 200)}`)]
}

const nearestOf = (expected: Json, candidates: readonly Json[], place: string): string => {
  const [nearest] = candidates
    .map(candidate => differences(expected, candidate, place))
    .sort((one, other) => one.length - other.length)
  return `${place} ${JSON.stringify(expected).slice(0, 60)}: ${nearest?.slice(0, 3).join('; ') ?? 'missing'}`
}
