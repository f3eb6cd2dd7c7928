import type { Json, Published } from './values.ts'

/** How one kind of value is compared, read from the text of R4, for one searched value. */

const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

/** Systems of elements of type code, which their value sets imply. */
const impliedSystems: Readonly<Record<string, string>> = {
  'Observation.status': 'http://hl7.org/fhir/observation-status',
  'Encounter.status': 'http://hl7.org/fhir/encounter-status',
  'Patient.gender': 'http://hl7.org/fhir/administrative-gender',
}

interface Coding {
  readonly system: string | undefined
  readonly code: string | undefined
}

const codingsOf = (value: unknown, { resourceType, code }: Published): readonly Coding[] => {
  if (typeof value !== 'object' || value === null)
    return [{ system: impliedSystems[`${resourceType}.${code}`], code: String(value) }]
  const element = value as Json
  const codings = 'coding' in element || 'text' in element ? list(element['coding']) : [element]
  return (codings as Json[]).map(one => ({
    system: one['system'] as string | undefined,
    code: (code === 'telecom' || code === 'identifier' || one['code'] === undefined
      ? one['value']
      : one['code']) as string | undefined,
  }))
}

/** `code`, `system|code`, `|code`, `system|`. */
export const matchesToken = (value: unknown, searched: string, parameter: Published): boolean =>
  codingsOf(value, parameter).some(({ system, code }) => {
    const bar = searched.indexOf('|')
    if (bar < 0) return code === searched
    const wantedSystem = searched.slice(0, bar)
    const wantedCode = searched.slice(bar + 1)
    const isOfSystem = wantedSystem === '' ? system === undefined : system === wantedSystem
    return isOfSystem && (wantedCode === '' || code === wantedCode)
  })

/** `system|code|value` of an identifier. */
export const matchesOfType = (value: unknown, searched: string): boolean => {
  const [system, code, wanted] = searched.split('|')
  const identifier = value as Json
  return (
    identifier['value'] === wanted &&
    list((identifier['type'] as Json | undefined)?.['coding']).some(
      one => (one as Json)['system'] === system && (one as Json)['code'] === code,
    )
  )
}

const textsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value]
  const element = value as Json
  const names = ['family', 'given', 'prefix', 'suffix', 'text', 'line', 'city', 'district']
  return [...names, 'state', 'country', 'postalCode'].flatMap(name =>
    list(element[name]).map(String),
  )
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')

export const matchesString = (
  value: unknown,
  searched: string,
  modifier: string | undefined,
): boolean =>
  textsOf(value).some(text =>
    modifier === 'exact'
      ? text === searched
      : modifier === 'contains'
        ? plain(text).includes(plain(searched))
        : plain(text).startsWith(plain(searched)),
  )

/** Whether a word of the value's texts begins so. */
export const hasWord = (value: unknown, word: string): boolean =>
  textsOf(value).some(text =>
    plain(text)
      .split(' ')
      .some(one => one.startsWith(plain(word))),
  )

/** Milliseconds; both ends belong to it. */
interface Period {
  readonly first: number
  readonly last: number
}

const zone = '+08:00'

/** What a date covers, to the millisecond, in the zone of the server when it names none. */
const periodOf = (text: string): Period => {
  const [date = '', time] = text.split('T')
  const [year = 0, month, day] = date.split('-').map(Number)
  if (time !== undefined) {
    const first = Date.parse(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : text + zone)
    const unit = /:\d\d:\d\d\.\d/.test(`:${time}`)
      ? 1
      : /^\d\d:\d\d:\d\d/.test(time)
        ? 1000
        : 60_000
    return { first, last: first + unit - 1 }
  }
  const start = (y: number, m: number, d: number): number => Date.UTC(y, m - 1, d) - 8 * 3_600_000
  const first = start(year, month ?? 1, day ?? 1)
  const next =
    day !== undefined
      ? start(year, month!, day + 1)
      : month !== undefined
        ? start(year, month + 1, 1)
        : start(year + 1, 1, 1)
  return { first, last: next - 1 }
}

const periodOfValue = (value: unknown): Period | undefined => {
  if (typeof value === 'string') return periodOf(value)
  const { start, end } = value as { start?: string; end?: string }
  if (start === undefined && end === undefined) return undefined
  return {
    first: start === undefined ? -Infinity : periodOf(start).first,
    last: end === undefined ? Infinity : periodOf(end).last,
  }
}

/** The prefix of a value, if it has one, and the rest. */
export const prefixOf = (searched: string): readonly [prefix: string, rest: string] => {
  const [, prefix = 'eq', rest = ''] = /^([a-z]{2})?(.*)$/.exec(searched) ?? []
  return [prefix, rest]
}

/** @see https://hl7.org/fhir/R4/search.html#prefix */
export const matchesDate = (value: unknown, searched: string): boolean => {
  const [prefix, text] = prefixOf(searched)
  const target = periodOfValue(value)
  if (target === undefined) return false
  const asked = periodOf(text)
  const isContained = target.first >= asked.first && target.last <= asked.last
  switch (prefix) {
    case 'eq':
      return isContained
    case 'ne':
      return !isContained
    case 'gt': // the range above the searched value intersects the target
      return target.last > asked.last
    case 'lt':
      return target.first < asked.first
    case 'ge': // ... or the searched value contains the target
      return target.last > asked.last || isContained
    case 'le':
      return target.first < asked.first || isContained
    case 'sa':
      return target.first > asked.last
    case 'eb':
      return target.last < asked.first
    default:
      throw new Error(prefix)
  }
}

/** Thousandths of a gram. */
const grams: Readonly<Record<string, bigint>> = { g: 1000n, mg: 1n, kg: 1_000_000n }
const ucum = 'http://unitsofmeasure.org'
const precision = 9n

/** A decimal times 10^9, exactly, and half a unit of its last digit. */
const exact = (text: string): { readonly value: bigint; readonly half: bigint } => {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!
  const digits = BigInt(whole + fraction)
  const scale = 10n ** (precision - BigInt(fraction.length))
  return { value: digits * scale * (sign === '-' ? -1n : 1n), half: scale / 2n }
}

const compare = (prefix: string, target: bigint, value: bigint, half: bigint): boolean => {
  switch (prefix) {
    case 'eq':
      return target >= value - half && target < value + half
    case 'ne':
      return !(target >= value - half && target < value + half)
    case 'gt':
    case 'sa':
      return target > value
    case 'lt':
    case 'eb':
      return target < value
    case 'ge':
      return target >= value
    case 'le':
      return target <= value
    default:
      throw new Error(prefix)
  }
}

export const matchesNumber = (value: unknown, searched: string): boolean => {
  const [prefix, text] = prefixOf(searched)
  const asked = exact(text)
  return compare(prefix, exact(String(value)).value, asked.value, asked.half)
}

/** A number alone, with `||unit`, or with system and code, then in any unit of mass. */
export const matchesQuantity = (value: unknown, searched: string): boolean => {
  const [number = '', system, code] = searched.split('|')
  const [prefix, text] = prefixOf(number)
  const quantity = value as { value: number; unit?: string; system?: string; code?: string }
  const asked = exact(text)
  const target = exact(String(quantity.value)).value
  if (code === undefined) return compare(prefix, target, asked.value, asked.half)
  if (system === '')
    return (
      (quantity.code === code || quantity.unit === code) &&
      compare(prefix, target, asked.value, asked.half)
    )
  const [from, to] = [grams[quantity.code ?? ''], grams[code]]
  if (system === ucum && quantity.system === ucum && from !== undefined && to !== undefined)
    return compare(prefix, target * from, asked.value * to, asked.half * to)
  return (
    quantity.system === system &&
    quantity.code === code &&
    compare(prefix, target, asked.value, asked.half)
  )
}

/** The text of a uri, what begins with its segments, and the other way round. */
export const matchesUri = (
  value: unknown,
  searched: string,
  modifier: string | undefined,
): boolean => {
  const text = String(value)
  if (modifier === 'below') return text === searched || text.startsWith(`${searched}/`)
  if (modifier === 'above') return text === searched || searched.startsWith(`${text}/`)
  return text === searched
}
