import type {
  CodeSystem,
  CodeSystemConcept,
  CodeSystemConceptDesignation,
  CodeSystemConceptProperty,
  CodeSystemProperty,
  Extension,
} from '@medplum/fhirtypes'

/** Another text of a concept; `source` is the supplement that it comes from. */
export type Designation = CodeSystemConceptDesignation & { readonly source?: string }

/** One concept of a code system, with what its supplements add. */
export interface Concept {
  readonly code: string
  readonly display: string | undefined
  readonly definition: string | undefined
  readonly designations: readonly Designation[]
  readonly properties: readonly CodeSystemConceptProperty[]
  readonly extensions: readonly Extension[]
  readonly parents: Concept[]
  readonly children: Concept[]
  /** Not to be used any more: retired, withdrawn, or marked inactive. */
  readonly isInactive: boolean
  /** Groups others and is not chosen itself. */
  readonly isAbstract: boolean
  /** What its code system says of its standing, such as `retired` or `deprecated`. */
  readonly standing: string | undefined
}

/** A code system that can be asked by code. Built once per version of it and shared; never changed. */
export interface Concepts {
  readonly system: CodeSystem
  /** `url|version`, or the url of one without version. */
  readonly canonical: string
  readonly supplements: readonly string[]
  /** What the properties of its concepts mean. */
  readonly declared: readonly CodeSystemProperty[]
  /** In the order of the code system, parents before children. */
  readonly list: readonly Concept[]
  /** Exactly, or without regard to case where the code system has none. */
  readonly find: (code: string) => Concept | undefined
}

/** `url|version`. */
export const canonicalOf = ({
  url = '',
  version,
}: {
  readonly url?: string
  readonly version?: string
}): string => (version === undefined ? url : `${url}|${version}`)

/** The concepts of a code system with its supplements. */
export const conceptsOf = (
  system: CodeSystem,
  supplements: readonly CodeSystem[] = [],
): Concepts => {
  const additions = supplementsByCode(supplements)
  const list: Concept[] = []
  const byCode = new Map<string, Concept>()
  const statusProperty = statusPropertyOf(system)
  const isHierarchy = (system.hierarchyMeaning ?? 'is-a') === 'is-a'
  const add = (written: CodeSystemConcept, parent: Concept | undefined): void => {
    const concept = conceptOf(written, additions.get(written.code!) ?? [], statusProperty)
    list.push(concept)
    if (!byCode.has(concept.code)) byCode.set(concept.code, concept)
    if (parent !== undefined && isHierarchy) link(parent, concept)
    for (const child of written.concept ?? []) add(child, concept)
  }
  for (const concept of system.concept ?? []) add(concept, undefined)
  for (const concept of list) linkByProperties(concept, byCode)
  const folded =
    system.caseSensitive === false
      ? new Map(list.map(concept => [concept.code.toLowerCase(), concept]))
      : undefined
  return {
    system,
    canonical: canonicalOf(system),
    supplements: supplements.map(canonicalOf),
    declared: [system, ...supplements].flatMap(({ property = [] }) => property),
    list,
    find: code => byCode.get(code) ?? folded?.get(code.toLowerCase()),
  }
}

/** The property that tells the standing of a concept: one that is defined so, or is called so and not defined. */
const statusPropertyOf = ({ property = [] }: CodeSystem): string | undefined =>
  property.find(({ uri }) => uri === 'http://hl7.org/fhir/concept-properties#status')?.code ??
  (property.some(({ code }) => code === 'status') ? undefined : 'status')

interface Addition {
  readonly from: string
  readonly concept: CodeSystemConcept
}

const supplementsByCode = (supplements: readonly CodeSystem[]): Map<string, Addition[]> => {
  const additions = new Map<string, Addition[]>()
  const add = (from: string, concept: CodeSystemConcept): void => {
    const known = additions.get(concept.code!) ?? []
    additions.set(concept.code!, [...known, { from, concept }])
    for (const child of concept.concept ?? []) add(from, child)
  }
  for (const supplement of supplements)
    for (const concept of supplement.concept ?? []) add(canonicalOf(supplement), concept)
  return additions
}

const conceptOf = (
  written: CodeSystemConcept,
  additions: readonly Addition[],
  statusProperty: string | undefined,
): Concept => {
  const properties = [
    ...(written.property ?? []),
    ...additions.flatMap(({ concept }) => concept.property ?? []),
  ]
  const is = (code: string): boolean =>
    properties.some(property => property.code === code && property.valueBoolean === true)
  const extensions = [
    ...(written.extension ?? []),
    ...additions.flatMap(({ concept }) => concept.extension ?? []),
  ]
  const status = properties.find(({ code }) => code === statusProperty)
  const standing = status?.valueCode ?? status?.valueString
  return {
    code: written.code!,
    display: written.display,
    definition: written.definition,
    designations: [
      ...(written.designation ?? []),
      ...additions.flatMap(({ from, concept }) =>
        (concept.designation ?? []).map(designation => ({ ...designation, source: from })),
      ),
    ],
    properties,
    extensions,
    parents: [],
    children: [],
    isInactive: is('inactive') || inactiveStates.has(standing ?? ''),
    isAbstract: is('notSelectable'),
    standing: standing ?? extensions.find(({ url }) => url === standardsStatus)?.valueCode,
  }
}

const inactiveStates: ReadonlySet<string> = new Set(['retired', 'inactive', 'withdrawn'])

/** The extension that tells the standing of a concept or of one of its names. */
export const standardsStatus =
  'http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status'

const link = (parent: Concept, child: Concept): void => {
  if (child.parents.includes(parent)) return
  child.parents.push(parent)
  parent.children.push(child)
}

/** `parent`, `subsumedBy` and `child` say what the nesting cannot: several parents. */
const linkByProperties = (concept: Concept, byCode: ReadonlyMap<string, Concept>): void => {
  for (const { code, valueCode } of concept.properties) {
    const other = valueCode === undefined ? undefined : byCode.get(valueCode)
    if (other === undefined || other === concept) continue
    if (code === 'parent' || code === 'subsumedBy') link(other, concept)
    else if (code === 'child') link(concept, other)
  }
}

/** A concept and all below it. */
export const subsumedBy = (concept: Concept): ReadonlySet<Concept> => {
  const met = new Set([concept])
  for (const one of met) for (const child of one.children) met.add(child)
  return met
}

/** Whether `above` is `below` or subsumes it. */
export const subsumes = (above: Concept, below: Concept): boolean => {
  const met = new Set([below])
  for (const one of met) {
    if (one === above) return true
    for (const parent of one.parents) met.add(parent)
  }
  return false
}
