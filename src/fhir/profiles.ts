import { readFileSync } from 'node:fs'
import type { Definitions } from './definitions.ts'
import type { ProfileSource } from './profile-source.ts'
import { nodeNamed, profileTree, type ProfileNode } from './profile-tree.ts'
import { loadTerminology, type Terminology } from './terminology.ts'

/** A profile ready to check by. */
export interface Profile {
  readonly source: ProfileSource
  /** Type it constrains; undefined for what a profile says of one of its elements. */
  readonly type: string | undefined
  readonly tree: ProfileNode
}

/** The codes of a value set. */
export interface CodeSet {
  /** `system|code` */
  readonly codings: ReadonlySet<string>
  readonly codes: ReadonlySet<string>
}

/** The profiles, extensions and value sets that resources are checked by. */
export class Profiles {
  readonly definitions: Definitions
  readonly #sources = new Map<string, ProfileSource[]>()
  readonly #trees = new Map<ProfileSource, Profile | undefined>()
  readonly #codes = new Map<string, CodeSet | undefined>()
  readonly #terminologies: readonly Terminology[]

  constructor(
    definitions: Definitions,
    sources: readonly ProfileSource[],
    terminologies: readonly Terminology[],
  ) {
    this.definitions = definitions
    this.#terminologies = terminologies
    for (const source of sources)
      this.#sources.set(source.url, [...(this.#sources.get(source.url) ?? []), source])
  }

  /** Canonicals of every profile of a type. */
  canonicals(type: string): readonly string[] {
    return [...this.#sources].filter(([, [source]]) => source?.type === type).map(([url]) => url)
  }

  /** What a canonical names, by version where it states one; of several versions the last one. */
  source = (canonical: string): ProfileSource | undefined => {
    const [url = '', version] = canonical.split('|')
    const versions = this.#sources.get(url)
    if (version === undefined || versions === undefined) return versions?.at(-1)
    return versions.find(source => source.version === undefined || source.version === version)
  }

  /**
   * Undefined for one that is not known here, or cannot be put together. `url#Type.element` is what
   * the profile says of that element.
   */
  profile(canonical: string): Profile | undefined {
    const [address = '', element] = canonical.split('#')
    const source = this.source(address)
    if (source === undefined) return undefined
    if (!this.#trees.has(source)) {
      const tree = profileTree(source, this.definitions, this.source)
      const whole = tree === undefined ? undefined : { source, type: source.type, tree }
      this.#trees.set(source, whole)
    }
    const whole = this.#trees.get(source)
    if (whole === undefined || element === undefined) return whole
    const tree = nodeNamed(whole.tree, element)
    return tree === undefined ? undefined : { source, type: undefined, tree }
  }

  /** The type of what a canonical names, where that is a profile or value set that is known here. */
  typeNamed(canonical: string): 'StructureDefinition' | 'ValueSet' | undefined {
    if (this.source(canonical) !== undefined) return 'StructureDefinition'
    const isKnown = this.#terminologies.some(known => known.expand(canonical) !== 'unknown')
    return isKnown ? 'ValueSet' : undefined
  }

  /** Undefined for a value set that is not here, or not all of it can be listed. */
  codes(valueSet: string): CodeSet | undefined {
    if (!this.#codes.has(valueSet)) this.#codes.set(valueSet, this.#expanded(valueSet))
    return this.#codes.get(valueSet)
  }

  #expanded(valueSet: string): CodeSet | undefined {
    for (const terminology of this.#terminologies) {
      const codings = terminology.expand(valueSet)
      if (typeof codings === 'string') continue
      return {
        codings: new Set(codings.map(([system, code]) => `${system}|${code}`)),
        codes: new Set(codings.map(([, code]) => code)),
      }
    }
    return undefined
  }
}

const builtIn = (): readonly ProfileSource[] => {
  const file = new URL('./generated/profiles.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as ProfileSource[]
}

/** The profiles and extensions of R4 and of this exchange, and those given besides. */
export const createProfiles = (
  definitions: Definitions,
  sources: readonly ProfileSource[] = [],
  terminology?: Terminology,
): Profiles =>
  new Profiles(
    definitions,
    [...builtIn(), ...sources],
    [...(terminology === undefined ? [] : [terminology]), loadTerminology()],
  )
