import { readFileSync } from 'node:fs'

/** A value set of `fhir-profiles/` whose codes make a record sensitive. */
export interface SensitiveSet {
  readonly url: string
  /** Codes of v3-ActCode: what a record with one of its codes is labelled. */
  readonly tags: readonly string[]
}

/** What the build makes of these value sets; a code's sets are the bits of a number. */
export interface CompactSensitiveCodes {
  /** Another one whenever a set has changed. */
  readonly digest: string
  readonly sets: readonly SensitiveSet[]
  /** Categories of ICD-10: with all below them. */
  readonly icd10: readonly (readonly [code: string, sets: number])[]
  /** By code system, without what lies below. */
  readonly codes: readonly (readonly [
    system: string,
    codes: readonly (readonly [code: string, sets: number])[],
  ])[]
}

/** Which codes make a record sensitive, for one look per code. */
export interface SensitiveCodes {
  readonly digest: string
  readonly sets: readonly SensitiveSet[]
  readonly icd10: ReadonlyMap<string, number>
  readonly codes: ReadonlyMap<string, ReadonlyMap<string, number>>
}

let loaded: SensitiveCodes | undefined

/** The sensitive codes this program knows, read once per process. */
export const sensitiveCodes = (): SensitiveCodes => (loaded ??= read())

const read = (): SensitiveCodes => {
  const file = new URL('./generated/sensitive-codes.json', import.meta.url)
  const compact = JSON.parse(readFileSync(file, 'utf8')) as CompactSensitiveCodes
  const { digest, sets, icd10, codes } = compact
  return {
    ...{ digest, sets, icd10: new Map(icd10) },
    codes: new Map(codes.map(([system, list]) => [system, new Map(list)])),
  }
}
