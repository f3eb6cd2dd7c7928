import type { Resource } from '../../../src/fhir/resource.ts'
import type { Asking, Place, Row } from './evaluate.ts'
import { matchesString } from './tests.ts'
import type { Json } from './values.ts'

/** What can be searched of a text, read from the text itself, without any index. */

/** A text of a resource; what redaction takes out has a name of its own. */
interface Text {
  readonly text: string
  readonly of: 'narrative' | 'name' | 'element'
}

/** Members that are no text: addresses, times and numbers. */
const noText: ReadonlySet<string> = new Set([
  ...['resourceType', 'id', 'meta', 'reference', 'url', 'start', 'end', 'birthDate'],
  ...['effectiveDateTime'],
])

/** All texts of a resource: its narrative, and every string that a person or a code wrote. */
const textsOf = (resource: Resource): readonly Text[] => {
  const { text, ...rest } = resource as Json & { text?: Json }
  const div = text?.['div']
  const found: Text[] = []
  if (typeof div === 'string') found.push({ text: div.replace(/<[^>]*>/g, ' '), of: 'narrative' })
  collect(rest, 'element', [], found)
  return found
}

/** Organizations and Practitioners are told of to everybody. */
const isToDirectory = ({ reference }: Json): boolean =>
  typeof reference === 'string' && /^(?:Organization|Practitioner)\//.test(reference)

const collect = (value: unknown, of: Text['of'], path: readonly string[], found: Text[]): void => {
  if (typeof value === 'string') return void found.push({ text: value, of })
  if (Array.isArray(value)) for (const item of value) collect(item, of, path, found)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const element = value as Json
  const isReference = 'reference' in element || (element['type'] === 'Patient' && path.length > 0)
  for (const [name, member] of Object.entries(element)) {
    // The system of a telecom is a code, that of a coding an address.
    if (noText.has(name) || (name === 'system' && path.at(-1) !== 'telecom')) continue
    if (isReference && name === 'type') continue
    const isName = isReference && (name === 'display' || name === 'identifier')
    collect(member, isName && !isToDirectory(element) ? 'name' : of, [...path, name], found)
  }
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')

/** Whether a term, words behind one another, stands in a text. Chinese may begin and end anywhere. */
const stands = (term: string, text: string): boolean => {
  const units = [...plain(term).matchAll(/\p{Script=Han}|[a-z0-9]+/gu)]
  let pattern = ''
  let end = -1
  for (const [at, unit] of units.entries()) {
    const isHan = /\p{Script=Han}/u.test(unit[0])
    const isJoined = isHan && end === unit.index
    if (at > 0 && !isJoined) pattern += '[^\\p{L}\\p{N}]*'
    pattern += isHan ? unit[0] : `(?<![a-z0-9])${unit[0]}(?![a-z0-9])`
    end = isHan ? unit.index + unit[0].length : -1
  }
  return new RegExp(pattern, 'u').test(plain(text))
}

/** Whether texts meet an expression: or, and, not, in the order of how closely they bind. */
const matchesText = (expression: string, texts: readonly string[]): boolean => {
  const pieces = expression.match(/"[^"]*"|[()]|-(?=[^\s])|[^\s()"]+/g) ?? []
  let at = 0
  const next = (...wanted: readonly string[]): boolean => {
    if (!wanted.includes((pieces[at] ?? '').toLowerCase())) return false
    at++
    return true
  }
  const either = (): boolean => {
    let met = both()
    while (next('or')) met = both() || met
    return met
  }
  const both = (): boolean => {
    let met = one()
    while (at < pieces.length && !['or', ')'].includes(pieces[at]!.toLowerCase())) {
      next('and')
      met = one() && met
    }
    return met
  }
  const one = (): boolean => {
    if (next('-', 'not')) return !one()
    if (next('(')) {
      const met = either()
      next(')')
      return met
    }
    const term = pieces[at++]!
    return texts.some(text => stands(term, text))
  }
  return either()
}

/** A row that is told in part is searched by that part. */
export const matchesWords = (
  row: Row,
  code: '_text' | '_content',
  value: string,
  asking: Asking,
): boolean => {
  const isWhole = asking.isWhole(row) || asking.mutant === 'hidden-texts'
  const texts = textsOf(row.resource)
    .filter(({ of }) => isWhole || of === 'element')
    .filter(
      ({ of }) =>
        code === '_content' || of === 'narrative' || asking.mutant === 'narrative-is-content',
    )
    .map(({ text }) => text)
  return value.split(',').some(expression => matchesText(expression, texts))
}

/** The text beside a code or reference begins so; of names each word is the beginning of one. */
export const matchesLabel = (
  { row, parameter }: Place,
  value: unknown,
  searched: string,
  asking: Asking,
): boolean => {
  const element = value as Json
  const isName = parameter.type === 'reference'
  if (isName && !asking.isWhole(row) && asking.mutant !== 'hidden-names') {
    const { reference } = element
    if (!String(reference).startsWith('Organization/')) return false
  }
  const type = element['type'] as Json | undefined
  const codings = (element['coding'] ?? []) as readonly Json[]
  const labels = isName
    ? [element['display']]
    : [element['text'], element['display'], type?.['text'], ...codings.map(one => one['display'])]
  const mode = asking.mutant === 'text-is-substring' ? 'contains' : undefined
  return labels.some(text => typeof text === 'string' && matchesString(text, searched, mode))
}
