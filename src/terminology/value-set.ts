import type {
  ValueSet,
  ValueSetComposeInclude,
  ValueSetComposeIncludeConcept,
} from '@medplum/fhirtypes'
import { canonicalOf, type Concept, type Concepts } from './concepts.ts'
import { filterTest, type Test } from './filters.ts'
import { finding, systemUnknown, TerminologyProblem } from './problems.ts'
import { layered, namedAs, sourceOf } from './source.ts'
import { conceptsNamed, valueSetNamed, type Terms } from './terms.ts'

/** One code of a value set. */
export interface Member {
  readonly system: string
  readonly version: string | undefined
  readonly code: string
  /** Undefined where the code system is not here or, being a fragment, has it not. */
  readonly concept: Concept | undefined
  readonly concepts: Concepts | undefined
  /** As the value set lists it. */
  readonly written: ValueSetComposeIncludeConcept | undefined
}

/** A value set that can be asked. Both throw TerminologyProblem for what they cannot know. */
export interface Members {
  /** Whether nothing is listed twice. */
  readonly isDistinct: boolean
  readonly list: () => readonly Member[]
  /** Members with this code, of one system or of any. */
  readonly find: (system: string | undefined, code: string) => readonly Member[]
}

/** How deep value sets may import one another. */
const importDepthMax = 20

/**
 * The members of a value set.
 * @throws TerminologyProblem for what it names that is not here, or imports without end
 * @see https://hl7.org/fhir/R4/valueset.html#compositions
 */
export const membersOf = async (
  valueSet: ValueSet,
  terms: Terms,
  path: readonly string[] = [],
): Promise<Members> => {
  const name = namedAs(valueSet)
  if (path.length > importDepthMax || (valueSet.url !== undefined && path.includes(name)))
    throw new TerminologyProblem(
      finding('vs-invalid', {
        type: 'processing',
        code: 'terminology-value-set-circular',
        parameters: { valueSet: name },
      }),
    )
  const own = withContained(valueSet, terms)
  const deeper = [...path, name]
  const { include = [], exclude = [], inactive } = valueSet.compose ?? {}
  const included = await partsOf(include, 'include', own, deeper)
  const excluded = await partsOf(exclude, 'exclude', own, deeper)
  const activeOnly = terms.activeOnly || inactive === false
  const isIn = ({ system, code, concept }: Member): boolean =>
    !(activeOnly && concept?.isInactive === true) &&
    !excluded.some(part => part.find(system, code).length > 0)
  return {
    isDistinct: true,
    list: () => allOf(included).filter(isIn),
    find: (system, code) =>
      distinct(included.flatMap(part => part.find(system, code))).filter(isIn),
  }
}

/** `#id` names a value set contained in this one. */
const withContained = (valueSet: ValueSet, terms: Terms): Terms => {
  const contained = (valueSet.contained ?? [])
    .filter((resource): resource is ValueSet => resource.resourceType === 'ValueSet')
    .map((resource): ValueSet => ({ ...resource, url: `#${resource.id}` }))
  return contained.length === 0
    ? terms
    : { ...terms, source: layered(sourceOf(contained), terms.source) }
}

const allOf = (parts: readonly Members[]): readonly Member[] => {
  const [only] = parts
  return parts.length === 1 && only!.isDistinct
    ? only!.list()
    : distinct(parts.flatMap(part => part.list()))
}

const distinct = (members: readonly Member[]): readonly Member[] => {
  const met = new Set<Concept | string>()
  return members.filter(({ concept, system, version, code }) => {
    // A concept is of one version of one system, and told apart without making a text.
    const address = concept?.code === code ? concept : `${system}\n${version ?? ''}\n${code}`
    if (met.has(address)) return false
    met.add(address)
    return true
  })
}

const partsOf = async (
  includes: readonly ValueSetComposeInclude[],
  role: 'include' | 'exclude',
  terms: Terms,
  path: readonly string[],
): Promise<readonly Members[]> => {
  const parts = []
  for (const [index, include] of includes.entries())
    parts.push(await partOf(include, `ValueSet.compose.${role}[${index}]`, terms, path))
  return parts
}

/** What the system's part and every value set beside it have in common. */
// oxlint-disable-next-line max-params -- the include, where it stands, and what it is read under
const partOf = async (
  include: ValueSetComposeInclude,
  expression: string,
  terms: Terms,
  path: readonly string[],
): Promise<Members> => {
  const sets: Members[] = []
  if (include.system !== undefined) sets.push(await systemPart(include, expression, terms))
  for (const canonical of include.valueSet ?? []) {
    const imported = await valueSetNamed(canonical, terms)
    if (!canonical.startsWith('#')) terms.used.valueSets.add(canonicalOf(imported))
    sets.push(await membersOf(imported, terms, path))
  }
  const [first, ...others] = sets
  if (first === undefined) return { isDistinct: true, list: () => [], find: () => [] }
  const isInAll = ({ system, code }: Member): boolean =>
    others.every(set => set.find(system, code).length > 0)
  return {
    isDistinct: first.isDistinct,
    list: () => (others.length === 0 ? first.list() : first.list().filter(isInAll)),
    find: (system, code) => first.find(system, code).filter(isInAll),
  }
}

const systemPart = async (
  include: ValueSetComposeInclude,
  expression: string,
  terms: Terms,
): Promise<Members> => {
  const system = include.system!
  const concepts = await conceptsNamed(system, include.version, terms)
  if (concepts !== undefined) terms.used.codeSystems.set(concepts.canonical, concepts.system)
  const base = { system, version: concepts?.system.version ?? include.version, concepts }
  if (include.concept !== undefined) return enumerated(include.concept, base)
  if (concepts === undefined || concepts.system.content === 'not-present') return unknown(system)
  const tests = (include.filter ?? []).map((filter, index) =>
    filterTest(filter, concepts, `${expression}.filter[${index}]`),
  )
  return whole(concepts, tests, base)
}

type MemberOrigin = Pick<Member, 'system' | 'version' | 'concepts'>

const memberOf = (
  { system, version, concepts }: MemberOrigin,
  code: string,
  concept: Concept | undefined,
  written?: ValueSetComposeIncludeConcept,
): Member => ({ system, version, concepts, code, concept, written })

/** A listed code that a complete code system has not is none. */
const enumerated = (
  listed: readonly ValueSetComposeIncludeConcept[],
  origin: MemberOrigin,
): Members => {
  const { concepts } = origin
  const members = listed
    .map(written => memberOf(origin, written.code!, concepts?.find(written.code!), written))
    .filter(({ concept }) => concept !== undefined || concepts?.system.content !== 'complete')
  const folded = (code: string): string =>
    concepts?.system.caseSensitive === false ? code.toLowerCase() : code
  const byCode = new Map<string, Member[]>()
  for (const member of members) {
    const code = folded(member.code)
    byCode.set(code, [...(byCode.get(code) ?? []), member])
  }
  return {
    isDistinct: byCode.size === members.length,
    list: () => members,
    find: (system, code) =>
      system !== undefined && system !== origin.system ? [] : (byCode.get(folded(code)) ?? []),
  }
}

const whole = (concepts: Concepts, tests: readonly Test[], origin: MemberOrigin): Members => {
  const passes = (concept: Concept): boolean => tests.every(test => test(concept))
  return {
    // "Within a code system definition, all the codes SHALL be unique": csd-1.
    isDistinct: true,
    list: () =>
      concepts.list.filter(passes).map(concept => memberOf(origin, concept.code, concept)),
    find: (system, code) => {
      if (system !== undefined && system !== origin.system) return []
      const concept = concepts.find(code)
      if (concept !== undefined) return passes(concept) ? [memberOf(origin, code, concept)] : []
      // Of a fragment, nobody can say that a code is not in it.
      const isOpen = concepts.system.content === 'fragment' && system !== undefined
      return isOpen && tests.length === 0 ? [memberOf(origin, code, undefined)] : []
    },
  }
}

/** Nothing can be said about a code system that is not here; of others, that they are not it. */
const unknown = (system: string): Members => {
  const refuse = (): never => {
    throw new TerminologyProblem(systemUnknown(system), system)
  }
  return {
    isDistinct: true,
    list: refuse,
    find: asked => (asked === undefined || asked === system ? refuse() : []),
  }
}
