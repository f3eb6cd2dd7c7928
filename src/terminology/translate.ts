import type { Coding, ConceptMap, ConceptMapGroup } from '@medplum/fhirtypes'
import { canonicalOf } from './concepts.ts'

/** What a concept map makes of a code. */
export interface Match {
  readonly equivalence: string
  /** Undefined for `unmatched`. */
  readonly concept: Coding | undefined
  readonly originMap: string
  /** The code that was mapped, where the map was read backwards. */
  readonly source?: Coding
}

export interface TranslationQuestion {
  readonly coding: Coding
  readonly targetSystem: string | undefined
  /** From target to source. */
  readonly reverse: boolean
}

/** Equivalences that say there is no such thing. */
const negative: ReadonlySet<string> = new Set(['unmatched', 'disjoint'])

/** Whether a match says that there is one. */
export const isPositive = ({ equivalence }: Match): boolean => !negative.has(equivalence)

/**
 * What concept maps make of a code, in the order of the maps.
 * @see https://hl7.org/fhir/R4/conceptmap-operation-translate.html
 */
export const translate = (
  maps: readonly ConceptMap[],
  question: TranslationQuestion,
): readonly Match[] =>
  maps.flatMap(map =>
    (map.group ?? []).flatMap(group =>
      question.reverse ? backwards(map, group, question) : forwards(map, group, question),
    ),
  )

const forwards = (
  map: ConceptMap,
  { source, target, targetVersion, element, unmapped }: ConceptMapGroup,
  { coding, targetSystem }: TranslationQuestion,
): readonly Match[] => {
  if (source !== coding.system) return []
  if (targetSystem !== undefined && target !== targetSystem) return []
  const originMap = canonicalOf(map)
  const inTarget = (code: string | undefined, display: string | undefined): Coding | undefined =>
    code === undefined
      ? undefined
      : {
          ...(target === undefined ? {} : { system: target }),
          ...(targetVersion === undefined ? {} : { version: targetVersion }),
          code,
          ...(display === undefined ? {} : { display }),
        }
  const found = element.filter(({ code }) => code === coding.code)
  if (found.length > 0)
    return found.flatMap(one =>
      (one.target ?? []).map(({ code, display, equivalence }) => ({
        equivalence,
        concept: inTarget(code, display),
        originMap,
      })),
    )
  if (unmapped?.mode === 'provided')
    return [{ equivalence: 'equal', concept: inTarget(coding.code, coding.display), originMap }]
  if (unmapped?.mode === 'fixed')
    return [
      { equivalence: 'inexact', concept: inTarget(unmapped.code, unmapped.display), originMap },
    ]
  return []
}

/** Of an inverted relation, the other direction. */
const inverse: Readonly<Record<string, string>> = {
  wider: 'narrower',
  narrower: 'wider',
  subsumes: 'specializes',
  specializes: 'subsumes',
}

const backwards = (
  map: ConceptMap,
  { source, target, element }: ConceptMapGroup,
  { coding, targetSystem }: TranslationQuestion,
): readonly Match[] => {
  if (target !== coding.system) return []
  if (targetSystem !== undefined && source !== targetSystem) return []
  return element.flatMap(one =>
    (one.target ?? [])
      .filter(({ code }) => code === coding.code)
      .map(({ equivalence }) => ({
        equivalence: inverse[equivalence] ?? equivalence,
        concept: {
          ...(source === undefined ? {} : { system: source }),
          ...(one.code === undefined ? {} : { code: one.code }),
          ...(one.display === undefined ? {} : { display: one.display }),
        },
        originMap: canonicalOf(map),
      })),
  )
}
