import type { CodeSystem, ConceptMap, ValueSet } from '@medplum/fhirtypes'
import { canonicalOf } from './concepts.ts'

export type TerminologyResource = CodeSystem | ValueSet | ConceptMap
export type TerminologyType = TerminologyResource['resourceType']

/** Where code systems, value sets and concept maps are found. */
export interface TerminologySource {
  /** All that have this url, the newest first; sources that need not be asked for `version` are not. */
  readonly find: <T extends TerminologyType>(
    type: T,
    url: string,
    version?: string,
  ) => Promise<readonly Extract<TerminologyResource, { resourceType: T }>[]>
  /** Every concept map that maps from this code system. */
  readonly mapsFrom: (system: string) => Promise<readonly ConceptMap[]>
}

/**
 * The resource a canonical names: that version, or the newest.
 * @see https://hl7.org/fhir/R4/references.html#canonical
 */
export const resolve = async <T extends TerminologyType>(
  source: TerminologySource,
  type: T,
  canonical: string,
  versionAsked?: string,
): Promise<Extract<TerminologyResource, { resourceType: T }> | undefined> => {
  const [url = '', version = versionAsked] = canonical.split('|')
  const found = await source.find(type, url, version)
  return version === undefined ? found[0] : found.find(one => one.version === version)
}

/**
 * Sources one after the other; what an earlier one has, hides the same url in the later ones, which
 * are then not asked.
 */
export const layered = (...sources: readonly TerminologySource[]): TerminologySource => ({
  find: async (type, url, version) => {
    const found = []
    for (const source of sources) {
      const own = await source.find(type, url, version)
      found.push(...own)
      if (own.some(one => version === undefined || one.version === version)) break
    }
    return found
  },
  mapsFrom: async system => {
    const found = []
    for (const source of sources) found.push(...(await source.mapsFrom(system)))
    return found
  },
})

/** Resources at hand. */
export const sourceOf = (resources: readonly TerminologyResource[]): TerminologySource => {
  const byAddress = new Map<string, TerminologyResource[]>()
  for (const resource of resources) {
    const address = `${resource.resourceType} ${resource.url}`
    byAddress.set(address, [...(byAddress.get(address) ?? []), resource])
  }
  for (const versions of byAddress.values()) versions.sort(newestFirst)
  const maps = resources.filter(
    (resource): resource is ConceptMap => resource.resourceType === 'ConceptMap',
  )
  return {
    find: async <T extends TerminologyType>(type: T, url: string) =>
      (byAddress.get(`${type} ${url}`) ?? []) as Extract<
        TerminologyResource,
        { resourceType: T }
      >[],
    mapsFrom: async system => maps.filter(map => mapsSystem(map, system)),
  }
}

/** Whether a group of the map starts from this code system. */
export const mapsSystem = ({ group = [] }: ConceptMap, system: string): boolean =>
  group.some(({ source, target }) => source === system || target === system)

/** By version, number by number; of two alike, the later date. */
export const newestFirst = (
  one: { readonly version?: string; readonly date?: string },
  other: { readonly version?: string; readonly date?: string },
): number =>
  (other.version ?? '').localeCompare(one.version ?? '', 'en', { numeric: true }) ||
  (other.date ?? '').localeCompare(one.date ?? '')

/** As messages name it. */
export const namedAs = (resource: { readonly url?: string; readonly version?: string }): string =>
  resource.url === undefined ? '(unidentified)' : canonicalOf(resource)
