import type { Resource } from '../../../src/fhir/resource.ts'
import {
  matchesDate,
  matchesNumber,
  matchesOfType,
  matchesQuantity,
  hasWord,
  matchesString,
  matchesToken,
  matchesUri,
} from './tests.ts'
import { matchesLabel, matchesWords } from './texts.ts'
import { elementsOf, parameterOf, valuesOf, type Json, type Published } from './values.ts'

/** A resource and whose it is. */
export interface Row {
  readonly resource: Resource
  readonly owner: number
}

/** Everything there is, and who asks. */
export interface Asking {
  readonly rows: readonly Row[]
  readonly isVisible: (row: Row) => boolean
  readonly isOwn: (row: Row) => boolean
  /** Whether nothing is taken out of a row that is visible. */
  readonly isWhole: (row: Row) => boolean
  /** A fault to be made on purpose, so that a comparison can be seen to fail. */
  readonly mutant?: Mutant
}

/** One rule of R4 or of access left out each. */
export const mutants = [
  ...(['not-is-exists', 'and-is-or', 'comma-is-and', 'exact-is-starts', 'gt-is-ge'] as const),
  ...(['ne-is-not-eq-any', 'units-as-they-are', 'hidden-targets', 'hidden-referrers'] as const),
  ...(['hidden-matches', 'chain-any-type', 'composite-anywhere', 'hidden-literals'] as const),
  ...(['missing-is-present', 'system-ignored', 'precision-ignored', 'hidden-texts'] as const),
  ...(['hidden-names', 'narrative-is-content', 'text-is-substring'] as const),
] as const
export type Mutant = (typeof mutants)[number]

/** The ids of what a search of one type finds, read from the specification, without any index. */
export const evaluate = (search: string, asking: Asking): readonly string[] => {
  const [resourceType = '', query = ''] = search.split('?')
  const parameters = [...new URLSearchParams(query)]
  const isMet = (row: Row): boolean => {
    const met = parameters.map(([name, value]) => matches(row, name, value, asking))
    return asking.mutant === 'and-is-or' ? met.some(Boolean) : met.every(Boolean)
  }
  return asking.rows
    .filter(row => row.resource.resourceType === resourceType)
    .filter(row => asking.mutant === 'hidden-matches' || asking.isVisible(row))
    .filter(isMet)
    .map(({ resource }) => resource.id!)
    .sort()
}

const matches = (row: Row, name: string, value: string, asking: Asking): boolean => {
  if (name.startsWith('_has:')) return matchesHas(row, name, value, asking)
  const [, code = '', modifier, chained] = /^([^:.]+)(?::([^:.]+))?(?:\.(.+))?$/.exec(name) ?? []
  const { resource } = row
  if (code === '_id') return value.split(',').includes(resource.id!)
  if (code === '_text' || code === '_content') return matchesWords(row, code, value, asking)
  const parameter = parameterOf(resource.resourceType, code)
  if (chained !== undefined)
    return matchesChain({ row, parameter, modifier }, chained, value, asking)
  const values = valuesOf(resource, parameter).filter(one => isOfTarget(one, parameter))
  if (modifier === 'missing') {
    const isMissing =
      asking.mutant === 'missing-is-present' ? values.length > 0 : values.length === 0
    return isMissing === (value === 'true')
  }
  if (parameter.type === 'string' && modifier === 'text')
    return value
      .split(',')
      .some(text => text.split(' ').every(word => values.some(one => hasWord(one, word))))
  const wanted = value.split(',')
  const one = (searched: string): boolean =>
    matchesOne({ row, parameter, modifier }, searched, values, asking)
  const found = asking.mutant === 'comma-is-and' ? wanted.every(one) : wanted.some(one)
  return modifier === 'not'
    ? !found || (asking.mutant === 'not-is-exists' && values.length > 1)
    : found
}

/** Where a value is looked at: a parameter of a row, as it was asked for. */
export interface Place {
  readonly row: Row
  readonly parameter: Published
  readonly modifier: string | undefined
}

/** A reference of another type does not count for a parameter of one type. */
const isOfTarget = (value: unknown, { resolvesTo }: Published): boolean => {
  if (resolvesTo === undefined) return true
  const { reference, type, identifier } = value as Json
  return typeof reference === 'string'
    ? reference.startsWith(`${resolvesTo}/`)
    : identifier !== undefined && type === resolvesTo
}

const matchesOne = (
  place: Place,
  searched: string,
  values: readonly unknown[],
  asking: Asking,
): boolean => {
  const { row, parameter, modifier } = place
  if (parameter.type === 'composite')
    return matchesComposite(row.resource, parameter, searched, asking)
  if (parameter.type === 'date' || parameter.type === 'quantity' || parameter.type === 'number')
    return matchesOrdered(parameter, searched, values, asking)
  return values.some(value => {
    if (modifier === 'text') return matchesLabel(place, value, searched, asking)
    switch (parameter.type) {
      case 'token':
        if (modifier === 'of-type') return matchesOfType(value, searched)
        return matchesToken(
          value,
          asking.mutant === 'system-ignored' ? searched.replace(/^.*\|(?=.)/, '') : searched,
          parameter,
        )
      case 'string':
        return matchesString(
          value,
          searched,
          asking.mutant === 'exact-is-starts' && modifier === 'exact' ? undefined : modifier,
        )
      case 'uri':
        return matchesUri(value, searched, modifier)
      case 'reference':
        return matchesReference(place, value, searched, asking)
      default:
        throw new Error(parameter.type)
    }
  })
}

const matchesOrdered = (
  { type }: Pick<Published, 'type'>,
  searched: string,
  values: readonly unknown[],
  { mutant }: Asking,
): boolean => {
  let text = searched
  if (mutant === 'gt-is-ge') text = text.replace(/^gt/, 'ge')
  if (mutant === 'units-as-they-are') text = text.replace('http://unitsofmeasure.org', '')
  if (mutant === 'precision-ignored' && /^\d+\|?/.test(text) && type !== 'date')
    text = text.replace(/^(\d+)(?=\||$)/, '$1.0000')
  const match = type === 'date' ? matchesDate : type === 'number' ? matchesNumber : matchesQuantity
  if (mutant === 'ne-is-not-eq-any' && text.startsWith('ne'))
    return !values.some(value => match(value, text.slice(2)))
  return values.some(value => match(value, text))
}

/** Both parts in one element. */
const matchesComposite = (
  resource: Resource,
  parameter: Published,
  searched: string,
  asking: Asking,
): boolean => {
  const wanted = searched.split('$')
  const elements = elementsOf(resource, parameter)
  const isPartMet = (at: number, values: readonly unknown[]): boolean => {
    const component = parameterOf(resource.resourceType, parameter.components[at]!.code)
    return component.type === 'token'
      ? values.some(value => matchesToken(value, wanted[at]!, component))
      : matchesOrdered(component, wanted[at]!, values, asking)
  }
  return asking.mutant === 'composite-anywhere'
    ? wanted.every((_, at) => elements.some(element => isPartMet(at, element[at]!)))
    : elements.some(element => wanted.every((_, at) => isPartMet(at, element[at]!)))
}

/** Types whose mere address tells nothing that is hidden. */
const open: ReadonlySet<string> = new Set(['Patient', 'Organization', 'Practitioner'])

const matchesReference = (
  { row, parameter, modifier }: Place,
  value: unknown,
  searched: string,
  asking: Asking,
): boolean => {
  const { reference, identifier } = value as Json
  if (modifier === 'identifier')
    return (
      identifier !== undefined &&
      (asking.isWhole(row) || asking.mutant === 'hidden-names') &&
      matchesToken(identifier, searched, { ...parameter, code: 'identifier' })
    )
  if (typeof reference !== 'string') return false
  const types = modifier === undefined ? parameter.targets : [modifier]
  const addresses = searched.includes('/') ? [searched] : types.map(type => `${type}/${searched}`)
  const [type = ''] = reference.split('/')
  if (!types.includes(type) || !addresses.includes(reference)) return false
  if (open.has(type) || asking.isOwn(row) || asking.mutant === 'hidden-literals') return true
  const target = asking.rows.find(one => addressOf(one) === reference)
  return target !== undefined && asking.isVisible(target)
}

const addressOf = ({ resource }: Row): string => `${resource.resourceType}/${resource.id}`

/** The resources a parameter refers to. */
const targetsOf = ({ resource }: Row, parameter: Published, asking: Asking): readonly Row[] => {
  const addresses = valuesOf(resource, parameter)
    .filter(value => isOfTarget(value, parameter))
    .map(value => (value as Json)['reference'])
  return asking.rows.filter(row => addresses.includes(addressOf(row)))
}

const has = ({ resourceType }: Resource, code: string): boolean => {
  try {
    return (
      code === '_id' || code.startsWith('_has') || parameterOf(resourceType, code) !== undefined
    )
  } catch {
    return false
  }
}

const matchesChain = (
  { row, parameter, modifier }: Place,
  chained: string,
  value: string,
  asking: Asking,
): boolean =>
  targetsOf(row, parameter, asking)
    .filter(
      ({ resource }) =>
        parameter.targets.includes(resource.resourceType) &&
        (asking.mutant === 'chain-any-type' ||
          modifier === undefined ||
          modifier === resource.resourceType) &&
        has(resource, chained.split(/[:.]/)[0]!),
    )
    .filter(target => asking.mutant === 'hidden-targets' || asking.isVisible(target))
    .some(target => matches(target, chained, value, asking))

const matchesHas = (row: Row, name: string, value: string, asking: Asking): boolean => {
  const [, type = '', code = '', inner = ''] = /^_has:([^:]+):([^:]+):(.+)$/.exec(name) ?? []
  return asking.rows
    .filter(({ resource }) => resource.resourceType === type)
    .filter(referrer => asking.mutant === 'hidden-referrers' || asking.isVisible(referrer))
    .filter(referrer => targetsOf(referrer, parameterOf(type, code), asking).includes(row))
    .some(referrer => matches(referrer, inner, value, asking))
}
