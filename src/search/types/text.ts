import type { Definitions, ElementDefinition, SearchPath } from '../../fhir/definitions.ts'
import { limits } from '../../fhir/limits.ts'
import { resourceTypeNumber } from '../../fhir/resource-types.ts'
import type { ValueContext } from '../faults.ts'
import { folded, isCut } from '../folded.ts'
import { hash64 } from '../hash.ts'
import type { Parameter } from '../parameters.ts'
import { unescaped } from '../search-value.ts'
import { sharedTextsMax } from '../shared-texts.ts'
import type { Sql, Values } from '../statement-text.ts'
import { labelEntry, type TextPart } from '../text-entries.ts'
import type { Guard } from '../visible.ts'

/** A row of `resource_text`, or one of `shared_text` that a resource has a token of, meets a tsquery. */
export interface TextTest {
  readonly kind: 'text'
  readonly types: readonly string[]
  /** Asked of all that a row holds. */
  readonly query: string
  /** Asked of what is left of a row that is not told whole; undefined when nothing is. */
  readonly redactedQuery: string | undefined
}

/** The element a path of a search parameter ends at. */
export const elementAt = (
  path: SearchPath,
  resourceType: string,
  definitions: Definitions,
): ElementDefinition | undefined => {
  let type = definitions.types.get(resourceType)
  let element: ElementDefinition | undefined
  for (const { name } of path.steps) {
    element = type?.elements.get(name)
    type = definitions.types.get(element?.type ?? '')
  }
  return element
}

/** Letters of a tag: 50 bits of a hash, among the few places of all types. */
const tagLength = 10

/** Under which the texts beside the values of a place are kept, whatever parameters are about it. */
export const labelTag = (resourceType: string, { steps, resolvesTo = '' }: SearchPath): string => {
  const place = steps.map(({ name, where }) => `${name}${where?.value ?? ''}`).join('.')
  const hash = BigInt.asUintN(64, hash64(`text ${resourceType}.${place} ${resolvesTo}`))
  return hash.toString(36).slice(0, tagLength)
}

/** Under which references to one version are kept beside the texts of a place. */
export const versionTag = (tag: string): string => `@${tag}`
/** What is kept there: ids tell capitals apart, which texts do not. */
export const versionText = (address: string): string =>
  BigInt.asUintN(64, hash64(address)).toString(36)

/** The test for a reference to this version, as `versionedAddress` writes it, beside that for its target. */
export const versionTest = ({ resourceType, paths }: Parameter, address: string): TextTest => {
  const entries = paths
    .filter(({ type }) => type === 'Reference')
    .map(path => labelEntry(versionTag(labelTag(resourceType, path)), versionText(address)))
  const query = entries.map(entry => quoted(entry, '')).join(' | ')
  // An address is never taken out.
  return { kind: 'text', types: [resourceType], query, redactedQuery: query }
}

const labelled: ReadonlySet<string> = new Set([
  ...['CodeableConcept', 'Coding', 'Identifier', 'Reference'],
])

/** The places of a parameter that may have a text beside their values. */
const labelPaths = ({ paths }: Parameter): readonly SearchPath[] =>
  paths.filter(({ type }) => labelled.has(type))

/** Whether the modifier `:text` means something for a parameter of codes or references. */
export const hasLabels = (parameter: Parameter): boolean => labelPaths(parameter).length > 0

/**
 * The test for `:text`: the text of a concept, the display of a code or reference, or the text of an
 * identifier's type begins with one of these, without regard to case and accents. Undefined with a
 * fault.
 * @see https://hl7.org/fhir/R4/search.html#modifiers
 */
export const parseLabel = (
  parameter: Parameter,
  parts: readonly string[],
  { name, faults }: ValueContext,
): TextTest | undefined => {
  const texts = parts.map(part => folded(unescaped(part)))
  if (texts.some(text => text === '' || isCut(text)))
    return faults.invalid('search-string-malformed', {
      ...{ parameter: name, limit: limits.searchStringBytesMax },
    })
  const { resourceType } = parameter
  const tags = labelPaths(parameter).map(path => labelTag(resourceType, path))
  const entries = tags.flatMap(tag => texts.map(text => labelEntry(tag, text)))
  const query = (part: '' | TextPart) => entries.map(entry => quoted(entry, `*${part}`)).join(' | ')
  return { kind: 'text', types: [resourceType], query: query(''), redactedQuery: query('D') }
}

/** An entry as tsquery text, with the flags behind it. */
export const quoted = (entry: string, flags: string): string =>
  `'${entry.replace(/['\\]/g, '$&$&')}'${flags === '' ? '' : `:${flags}`}`

/**
 * Drives by the indexes of the words, or looks at the texts of the rows already found; then in a form
 * that no text index can serve, or PostgreSQL would combine the two. What a row tells this caller is what
 * it is searched by.
 */
export const textSql = (
  { types, query, redactedQuery }: TextTest,
  alias: string,
  { values, guard, drive }: { values: Values; guard: Guard; drive: boolean },
): Sql => {
  const ofRow = (asked: string): Sql => ofRowSql(asked, alias, values)
  const met = drive ? drivingSql({ types, query }, alias, values) : ofRow(query)
  const whole = query === redactedQuery ? 'true' : guard.whole(alias, types)
  if (whole === 'true') return met
  const left = redactedQuery === undefined ? 'false' : ofRow(redactedQuery)
  if (!drive) return `(${met} and (${left} or ${whole}))`
  // To ask what is kept back of a row costs ten times a look at its text: not of rows that are hidden
  // anyway, and a search across patients meets many of those.
  const seen = guard.visible(alias, types)
  return `(${met} and (${guard.own(alias)} or ${left} or ${seen} and ${whole}))`
}

const ofRowSql = (query: string, alias: string, values: Values): Sql => {
  const met = `and ts_match_vq(x.text, ${values.text(query)}::tsquery) limit 1`
  const own = `(select true from resource_text x where x.key = ${alias}.key ${met})`
  const texts = `${alias}.tokens[1:${sharedTextsMax}]`
  return `(${own} or (select true from shared_text x where x.hash = any(${texts}) ${met}))`
}

const drivingSql = (
  { types, query }: Pick<TextTest, 'types' | 'query'>,
  alias: string,
  values: Values,
): Sql => {
  const numbers = values.smallints(types.map(type => resourceTypeNumber(type)!))
  const met = `where x.type = any(${numbers}) and x.text @@ ${values.text(query)}::tsquery`
  const own = `${alias}.key = any(array(select x.key from resource_text x ${met}))`
  return `(${own} or ${alias}.tokens && array(select x.hash from shared_text x ${met}))`
}
