import type {
  CodeSystem,
  Extension,
  ValueSet,
  ValueSetExpansionContains,
  ValueSetExpansionParameter,
} from '@medplum/fhirtypes'
import { displayIn } from './displays.ts'
import { propertiesOf, declaredProperties, shownExtensions } from './member-properties.ts'
import { canonicalOf, type Concept, type Designation } from './concepts.ts'
import type { Terms } from './terms.ts'
import { membersOf, type Member } from './value-set.ts'

/** How a value set is to be expanded. @see https://hl7.org/fhir/R4/valueset-operation-expand.html */
export interface ExpansionTerms {
  /** Text every word of which a code or display begins a word with. */
  readonly filter: string | undefined
  readonly offset: number
  readonly count: number | undefined
  readonly excludeNested: boolean
  readonly includeDesignations: boolean
  readonly properties: readonly string[]
  readonly languages: readonly string[]
  /** What was asked, to be repeated in the answer. */
  readonly echoed: readonly ValueSetExpansionParameter[]
  readonly identifier: string
  readonly timestamp: string
}

/**
 * The value set with its expansion; without its text and `contained`.
 * @throws TerminologyProblem
 */
export const expand = async (
  valueSet: ValueSet,
  terms: Terms,
  asked: ExpansionTerms,
): Promise<ValueSet> => {
  const members = await membersOf(valueSet, terms)
  const found = members.list().filter(filterOf(asked))
  const isNested = !asked.excludeNested && asked.filter === undefined && asked.count === undefined
  const page = found.slice(
    asked.offset,
    asked.count === undefined ? undefined : asked.offset + asked.count,
  )
  const contains = isNested && asked.offset === 0 ? nested(page, asked) : page.map(shownIn(asked))
  const fragments = [...terms.used.codeSystems.values()].filter(
    ({ content }) => content === 'fragment',
  )
  const shown: ValueSet = { ...valueSet }
  delete shown.text
  delete shown.contained
  return {
    ...shown,
    expansion: {
      ...withExtensions([
        ...fragments.flatMap(unclosed),
        ...declaredProperties(page, asked.properties),
      ]),
      identifier: `urn:uuid:${asked.identifier}`,
      timestamp: asked.timestamp,
      total: found.length,
      offset: asked.offset,
      parameter: [...asked.echoed, ...usedParameters(terms, fragments.map(canonicalOf))],
      ...(contains.length === 0 ? {} : { contains }),
    },
  }
}

const withExtensions = (extension: Extension[]) => (extension.length === 0 ? {} : { extension })

const core = 'http://hl7.org/fhir/StructureDefinition'

/** Of a code system that is here in part, so is the expansion. */
const unclosed = (fragment: CodeSystem): Extension[] => [
  { url: `${core}/valueset-unclosed`, valueBoolean: true },
  { url: `${core}/valueset-unclosed-reason`, valueString: canonicalOf(fragment) },
]

const usedParameters = (
  { used }: Terms,
  fragments: readonly string[],
): ValueSetExpansionParameter[] => [
  ...named('used-codesystem', [...used.codeSystems.keys()]),
  ...named('used-valueset', [...used.valueSets]),
  ...named('used-supplement', [...used.supplements]),
  ...named('used-fragment', fragments),
]

const named = (name: string, canonicals: readonly string[]): ValueSetExpansionParameter[] =>
  canonicals.map(valueUri => ({ name, valueUri }))

const filterOf = ({ filter, languages }: ExpansionTerms) => {
  const words = (filter ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  return (member: Member): boolean => {
    if (words.length === 0) return true
    const text = `${member.code} ${displayIn(member, languages) ?? ''}`.toLowerCase()
    return words.every(word => text.includes(word))
  }
}

const shownIn =
  ({ languages, includeDesignations, properties }: ExpansionTerms) =>
  (member: Member): ValueSetExpansionContains => {
    const { system, code, concept, written } = member
    const display = displayIn(member, languages)
    const designation = includeDesignations
      ? [...(concept?.designations ?? []), ...(written?.designation ?? [])]
          .filter(({ value }) => value !== display)
          .map(({ source: _, ...rest }: Designation) => rest)
      : []
    return {
      ...withExtensions([...shownExtensions(member), ...propertiesOf(member, properties)]),
      system,
      ...(concept?.isAbstract === true ? { abstract: true } : {}),
      ...(concept?.isInactive === true ? { inactive: true } : {}),
      code,
      ...(display === undefined ? {} : { display }),
      ...(designation.length === 0 ? {} : { designation }),
    }
  }

/** Children under their parents, where the code system nests them and the value set takes them as it does. */
const nested = (members: readonly Member[], asked: ExpansionTerms): ValueSetExpansionContains[] => {
  const show = shownIn(asked)
  const roots: ValueSetExpansionContains[] = []
  const placed = new Map<Concept, ValueSetExpansionContains>()
  for (const member of members) {
    const one = show(member)
    const parent = member.written === undefined ? member.concept?.parents[0] : undefined
    const above = parent === undefined ? undefined : placed.get(parent)
    if (above === undefined) roots.push(one)
    else (above.contains ??= []).push(one)
    if (member.concept !== undefined && member.written === undefined)
      placed.set(member.concept, one)
  }
  return roots
}
