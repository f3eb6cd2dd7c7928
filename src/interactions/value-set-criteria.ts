import { InvalidRequest, TooCostly } from '../fhir/errors.ts'
import { limits } from '../fhir/limits.ts'
import type { Coding } from '../fhir/terminology.ts'
import type { ExpandValueSet } from '../search/value-sets.ts'
import type { ServedResource } from '../store/rows.ts'
import { TerminologyProblem } from '../terminology/problems.ts'
import { resolve, type TerminologySource } from '../terminology/source.ts'
import { supplementsNamed, type Terms } from '../terminology/terms.ts'
import { membersOf } from '../terminology/value-set.ts'
import type { Exchange } from './interaction.ts'
import { exchangeTerminology } from './operations/terminology-source.ts'

/** A search names at most so many value sets. */
const valueSetsMax = 20

/** What a search says, and the stored terminology that it was read with. */
interface Read<T> {
  readonly query: T
  readonly disclosed: readonly ServedResource[]
}

/**
 * Reads a search whose `:in` and `:not-in` may name value sets: what is stored and the caller may see
 * counts, then what R4 and `fhir-profiles` bring. One that is hidden is as one that is not here. Only a
 * search that names one asks the database.
 * @throws InvalidRequest as `parse`, and for more value sets than `valueSetsMax`
 * @throws TooCostly for a value set of more than `limits.orValuesMax` codes
 * @see https://hl7.org/fhir/R4/search.html#token
 */
export const readWithValueSets = async <T>(
  parse: (expand: ExpandValueSet) => T,
  exchange: Exchange,
): Promise<Read<T>> => {
  const named = new Set<string>()
  const first = attempt(() => parse(canonical => (named.add(canonical), [])))
  if (named.size === 0) {
    if ('error' in first) throw first.error
    return { query: first.value, disclosed: [] }
  }
  if (named.size > valueSetsMax)
    throw new InvalidRequest('search-value-sets-too-many', {
      ...{ found: named.size, limit: valueSetsMax },
    })
  const { source, disclosed } = exchangeTerminology(exchange, [])
  const expansions = new Map<string, ReturnType<ExpandValueSet>>()
  for (const canonical of named) expansions.set(canonical, await codingsOf(canonical, source))
  return { query: parse(canonical => expansions.get(canonical) ?? 'unknown'), disclosed }
}

type Attempt<T> = { readonly value: T } | { readonly error: unknown }

const attempt = <T>(run: () => T): Attempt<T> => {
  try {
    return { value: run() }
  } catch (error) {
    return { error }
  }
}

/** Code systems that are here in part cannot say what is not of the value set. */
const codingsOf = async (
  canonical: string,
  source: TerminologySource,
): Promise<ReturnType<ExpandValueSet>> => {
  const valueSet = await resolve(source, 'ValueSet', canonical)
  if (valueSet === undefined) return 'unknown'
  const terms: Terms = {
    ...{ source, supplements: supplementsNamed(valueSet), activeOnly: false },
    ...{ versions: new Map(), forcedVersions: new Map() },
    used: { codeSystems: new Map(), valueSets: new Set(), supplements: new Set() },
  }
  try {
    const members = (await membersOf(valueSet, terms)).list()
    if ([...terms.used.codeSystems.values()].some(({ content }) => content === 'fragment'))
      return 'not-listed'
    if (members.length > limits.orValuesMax)
      throw new TooCostly('search-value-set-too-large', {
        ...{ found: members.length, limit: limits.orValuesMax },
      })
    return members.map(({ system, code }): Coding => [system, code])
  } catch (problem) {
    if (problem instanceof TerminologyProblem) return 'not-listed'
    throw problem
  }
}
