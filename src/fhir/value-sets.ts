import type {
  CodeSystem,
  CodeSystemConcept,
  ValueSet,
  ValueSetComposeInclude,
} from '@medplum/fhirtypes'

/** More codes than this are a terminology, not a closed list to hold in memory. */
const codesMax = 1000

/** By code system: every code of one value set. */
export type CodesBySystem = Record<string, string[]>

/** What value sets are expanded from, by canonical. */
export interface Terminology {
  readonly valueSets: ReadonlyMap<string, ValueSet>
  readonly codeSystems: ReadonlyMap<string, CodeSystem>
}

/**
 * Every code of a value set, or nothing when the list is not closed: it filters, excludes, is too
 * long, or names a code system that is not here in full.
 * @see https://hl7.org/fhir/R4/valueset.html#expansion
 */
export const expandValueSet = (canonical: string, terminology: Terminology) => {
  const codes = new Map<string, Set<string>>()
  if (!addValueSet(canonical, terminology, codes, new Set())) return undefined
  const total = [...codes.values()].reduce((sum, { size }) => sum + size, 0)
  if (total === 0 || total > codesMax) return undefined
  return Object.fromEntries([...codes].map(([system, set]) => [system, [...set]])) as CodesBySystem
}

type Codes = Map<string, Set<string>>

const addValueSet = (
  canonical: string,
  terminology: Terminology,
  codes: Codes,
  visiting: ReadonlySet<string>,
): boolean => {
  const url = canonical.replace(/\|.*$/, '')
  const compose = terminology.valueSets.get(url)?.compose
  if (compose === undefined || compose.exclude !== undefined || visiting.has(url)) return false
  return (compose.include ?? []).every(include =>
    include.valueSet !== undefined
      ? include.system === undefined &&
        include.valueSet.length === 1 &&
        addValueSet(include.valueSet[0]!, terminology, codes, new Set([...visiting, url]))
      : addInclude(include, terminology, codes),
  )
}

const addInclude = (include: ValueSetComposeInclude, terminology: Terminology, codes: Codes) => {
  const { system, concept, filter } = include
  if (system === undefined || filter !== undefined) return false
  const known = codes.get(system) ?? new Set<string>()
  codes.set(system, known)
  if (concept !== undefined) {
    for (const { code } of concept) known.add(code!)
    return true
  }
  const codeSystem = terminology.codeSystems.get(system)
  if (codeSystem?.content !== 'complete') return false
  addConcepts(codeSystem.concept ?? [], known)
  return true
}

const addConcepts = (concepts: readonly CodeSystemConcept[], into: Set<string>): void => {
  for (const { code, concept } of concepts) {
    into.add(code!)
    addConcepts(concept ?? [], into)
  }
}
