import { readFileSync } from 'node:fs'
import type { Definitions } from './definitions.ts'
import type { ProfileSource } from './profile-source.ts'
import { profileTree, type ProfileNode } from './profile-tree.ts'
import { loadTerminology, type Terminology } from './terminology.ts'

/** A profile ready to check by. */
export interface Profile {
  readonly source: ProfileSource
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

  /** Canonicals of every profile of resources, not of extensions. */
  get canonicals(): readonly string[] {
    return [...this.#sources]
      .filter(([, [source]]) => source?.type !== 'Extension')
      .map(([url]) => url)
  }

  /** What a canonical names, by version where it states one; of several versions the last one. */
  source = (canonical: string): ProfileSource | undefined => {
    const [url = '', version] = canonical.split('|')
    const versions = this.#sources.get(url)
    if (version === undefined || versions === undefined) return versions?.at(-1)
    return versions.find(source => source.version === undefined || source.version === version)
  }

  /** Undefined for one that is not known here, or cannot be put together. */
  profile(canonical: string): Profile | undefined {
    const source = this.source(canonical)
    if (source === undefined) return undefined
    if (!this.#trees.has(source)) {
      const tree = profileTree(source, this.definitions, this.source)
      this.#trees.set(source, tree === undefined ? undefined : { source, tree })
    }
    return this.#trees.get(source)
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
