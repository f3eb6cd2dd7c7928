import { readFileSync } from 'node:fs'
import type { CompactConcept, CompactPart, CompactTerminology } from './compact-terminology.ts'

/** A code and the system it belongs to. */
export type Coding = readonly [system: string, code: string]

/**
 * The code systems and value sets of R4 and of `fhir-profiles`, as far as they are here in full.
 * Nothing is fetched: what is not here is unknown.
 */
export interface Terminology {
  /** The codings of a value set; why not, where it is not here or not all of it can be listed. */
  readonly expand: (canonical: string) => readonly Coding[] | 'unknown' | 'not-listed'
  /** A code with all it subsumes, or all that subsume it; undefined for an unknown system. */
  readonly below: (system: string, code: string) => readonly string[] | undefined
  readonly above: (system: string, code: string) => readonly string[] | undefined
  readonly valueSets: readonly string[]
  readonly codeSystems: readonly string[]
}

let loaded: Terminology | undefined

/** Read when it is first needed, once per process. */
export const loadTerminology = (): Terminology => (loaded ??= read())

const read = (): Terminology => {
  const file = new URL('./generated/terminology.json', import.meta.url)
  return terminologyOf(JSON.parse(readFileSync(file, 'utf8')) as CompactTerminology)
}

/** The terminology that a table holds. */
export const terminologyOf = (compact: CompactTerminology): Terminology => {
  const systems = new Map(
    Object.entries(compact.codeSystems).map(([url, concepts]) => [url, new System(concepts)]),
  )
  const expansions = new Map<string, readonly Coding[] | 'not-listed'>()
  return {
    expand: canonical => {
      const [url = '', version] = canonical.split('|')
      const valueSet = Object.hasOwn(compact.valueSets, url) ? compact.valueSets[url] : undefined
      if (valueSet === undefined || (version !== undefined && version !== valueSet.version))
        return 'unknown'
      let expansion = expansions.get(url)
      if (expansion === undefined) {
        const codes = new Expansion(compact, systems).codesOf(url, [])
        expansion = codes === undefined ? 'not-listed' : [...codes].map(codingOf)
        expansions.set(url, expansion)
      }
      return expansion
    },
    below: (system, code) => systems.get(system)?.below(code),
    above: (system, code) => systems.get(system)?.above(code),
    valueSets: Object.keys(compact.valueSets),
    codeSystems: [...systems.keys()],
  }
}

/** Between system and code in a set of codings; no canonical has it. */
const joint = '\n'
const codingOf = (text: string): Coding => {
  const at = text.indexOf(joint)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** One code system: its codes, and which subsume which. */
class System {
  readonly codes: readonly string[]
  readonly #parents = new Map<string, readonly string[]>()
  readonly #children = new Map<string, string[]>()

  constructor(concepts: readonly CompactConcept[]) {
    this.codes = concepts.map(([code]) => code)
    for (const [code, parents = []] of concepts) {
      const above = parents.map(at => this.codes[at]!)
      this.#parents.set(code, above)
      for (const parent of above)
        this.#children.set(parent, [...(this.#children.get(parent) ?? []), code])
    }
  }

  below = (code: string): readonly string[] => reached(code, this.#children)
  above = (code: string): readonly string[] => reached(code, this.#parents)
}

const reached = (
  start: string,
  steps: ReadonlyMap<string, readonly string[]>,
): readonly string[] => {
  const met = new Set([start])
  for (const code of met) for (const next of steps.get(code) ?? []) met.add(next)
  return [...met]
}

/** @see https://hl7.org/fhir/R4/valueset.html#expansion */
class Expansion {
  readonly #compact: CompactTerminology
  readonly #systems: ReadonlyMap<string, System>

  constructor(compact: CompactTerminology, systems: ReadonlyMap<string, System>) {
    this.#compact = compact
    this.#systems = systems
  }

  /** Undefined when a part of it cannot be listed. */
  codesOf(canonical: string, within: readonly string[]): ReadonlySet<string> | undefined {
    const url = canonical.split('|')[0]!
    const { valueSets } = this.#compact
    const valueSet = Object.hasOwn(valueSets, url) ? valueSets[url] : undefined
    if (valueSet === undefined || within.includes(url)) return undefined
    const path = [...within, url]
    const found = new Set<string>()
    for (const part of valueSet.include) {
      const codes = this.#partOf(part, path)
      if (codes === undefined) return undefined
      for (const code of codes) found.add(code)
    }
    for (const part of valueSet.exclude ?? []) {
      const codes = this.#partOf(part, path)
      if (codes === undefined) return undefined
      for (const code of codes) found.delete(code)
    }
    return found
  }

  /** What the system's part and every value set named beside it have in common. */
  #partOf(part: CompactPart, path: readonly string[]): ReadonlySet<string> | undefined {
    const { system, valueSets = [] } = part
    const sets = [
      ...(system === undefined ? [] : [this.#ofSystem({ ...part, system })]),
      ...valueSets.map(url => this.codesOf(url, path)),
    ]
    return sets.reduce((common, set) =>
      common === undefined || set === undefined
        ? undefined
        : new Set([...common].filter(code => set.has(code))),
    )
  }

  #ofSystem({
    system,
    codes,
    filters = [],
  }: CompactPart & { readonly system: string }): ReadonlySet<string> | undefined {
    const whole = this.#systems.get(system)
    if (codes === undefined && whole === undefined) return undefined
    let found = codes ?? whole!.codes
    for (const [property, op, value] of filters) {
      if (whole === undefined || property !== 'concept') return undefined
      const subsumed = new Set(whole.below(value))
      if (op === 'descendent-of') subsumed.delete(value)
      else if (op !== 'is-a' && op !== 'is-not-a') return undefined
      found = found.filter(code => subsumed.has(code) === (op !== 'is-not-a'))
    }
    return new Set(found.map(code => `${system}${joint}${code}`))
  }
}
