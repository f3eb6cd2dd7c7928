import type { CodeSystem, ValueSet } from '@medplum/fhirtypes'
import { canonicalOf, conceptsOf, type Concepts } from './concepts.ts'
import { finding, TerminologyProblem } from './problems.ts'
import { resolve, type TerminologySource } from './source.ts'

/** Which versions and additions are to be used, and what has been. */
export interface Terms {
  readonly source: TerminologySource
  /** Canonicals of supplements that must be used. */
  readonly supplements: readonly string[]
  /** By code system: the version to use where none is named, or always. */
  readonly versions: ReadonlyMap<string, string>
  readonly forcedVersions: ReadonlyMap<string, string>
  readonly activeOnly: boolean
  readonly used: {
    readonly codeSystems: Map<string, CodeSystem>
    readonly valueSets: Set<string>
    readonly supplements: Set<string>
  }
}

/** Concepts of code systems without supplements, once made. */
const made = new WeakMap<CodeSystem, Concepts>()

/** The concepts of a code system; undefined when it is not here. @throws TerminologyProblem */
export const conceptsNamed = async (
  system: string,
  version: string | undefined,
  terms: Terms,
): Promise<Concepts | undefined> => {
  const wanted = terms.forcedVersions.get(system) ?? version ?? terms.versions.get(system)
  const found = await resolve(terms.source, 'CodeSystem', system, wanted)
  if (found === undefined) return undefined
  const supplements = (await supplementsOf(terms)).filter(
    ({ supplements: base }) => base?.split('|')[0] === system,
  )
  if (supplements.length > 0) {
    for (const supplement of supplements) terms.used.supplements.add(canonicalOf(supplement))
    return conceptsOf(found, supplements)
  }
  let concepts = made.get(found)
  if (concepts === undefined) made.set(found, (concepts = conceptsOf(found)))
  return concepts
}

/** @throws TerminologyProblem when one is missing */
export const supplementsOf = async ({ source, supplements }: Terms): Promise<CodeSystem[]> => {
  const found = []
  for (const canonical of supplements) {
    const supplement = await resolve(source, 'CodeSystem', canonical)
    if (supplement?.content !== 'supplement')
      throw new TerminologyProblem(
        finding('not-found', {
          type: 'not-found',
          code: 'terminology-supplement-missing',
          parameters: { supplement: canonical },
        }),
      )
    found.push(supplement)
  }
  return found
}

const supplementExtension = 'http://hl7.org/fhir/StructureDefinition/valueset-supplement'

/** The supplements a value set asks for. */
export const supplementsNamed = (valueSet: ValueSet): readonly string[] =>
  (valueSet.extension ?? [])
    .filter(({ url }) => url === supplementExtension)
    .flatMap(({ valueCanonical }) => valueCanonical ?? [])

/** @throws TerminologyProblem */
export const valueSetNamed = async (canonical: string, terms: Terms): Promise<ValueSet> => {
  const found = await resolve(terms.source, 'ValueSet', canonical)
  if (found !== undefined) return found
  throw new TerminologyProblem(
    finding('not-found', {
      type: 'not-found',
      code: 'terminology-value-set-unknown',
      parameters: { valueSet: canonical },
    }),
  )
}
