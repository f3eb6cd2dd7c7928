import { isResourceType } from '../fhir/resource-types.ts'
import {
  FilterFault,
  filterOperators,
  parseFilter,
  type Filter,
  type FilterOperator,
} from './filter-syntax.ts'
import { parametersOf, type Parameter, type ParameterKind } from './parameters.ts'
import type { ParseContext } from './parse-criterion.ts'
import { parseNamed } from './parse-named.ts'
import { shown } from './shown.ts'
import type { Criterion } from './tree.ts'

/**
 * The criterion of `_filter`, or undefined with faults. Comparisons use the index values of the search
 * parameters they name, so `eq` of a text is without regard to case and accents, and `ne` is met by
 * what `eq` is not, also where there is no value. What concerns parts of a resource (`name[...]`)
 * cannot be told from the index and is refused.
 * @see https://hl7.org/fhir/R4/search_filter.html
 */
export const parseFilterCriterion = (
  resourceType: string,
  text: string,
  context: ParseContext,
): Criterion | undefined => {
  const filter = parseFilter(text)
  if (filter instanceof FilterFault)
    return context.faults.invalid('search-filter-malformed', {
      ...{ position: filter.at + 1, expected: filter.expected },
    })
  return criterionOf(filter, resourceType, { ...context, isFilter: true })
}

const criterionOf = (
  filter: Filter,
  resourceType: string,
  context: ParseContext,
): Criterion | undefined => {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const criteria = filter.parts.map(part => criterionOf(part, resourceType, context))
      const kind = filter.kind === 'and' ? 'all' : 'any'
      return criteria.includes(undefined) ? undefined : { kind, criteria: criteria as Criterion[] }
    }
    case 'not': {
      const criterion = criterionOf(filter.part, resourceType, context)
      return criterion && { kind: 'not', criterion }
    }
    case 'test':
      return testOf(filter, resourceType, context)
  }
}

const testOf = (
  { path, isPartial, operator, value }: Extract<Filter, { kind: 'test' }>,
  resourceType: string,
  context: ParseContext,
): Criterion | undefined => {
  if (isPartial) return context.faults.notSupported('search-filter-partial', {})
  const parameter = leafOf(resourceType, path, context)
  // What is wrong with the path is said by the reader of chains.
  if (parameter === undefined)
    return parseNamed({ resourceType, name: path, value: escaped(value, 'string') }, context)
  const form = formOf(operator, value, parameter.kind)
  if (form === undefined)
    return context.faults.notSupported('search-filter-operator', {
      parameter: shown(parameter.code),
      operator,
      expected: filterOperators
        .filter(known => formOf(known, '', parameter.kind) !== undefined)
        .join(' '),
    })
  const { modifier, prefix = '', isNegated } = form
  const name = modifier === undefined ? path : `${path}:${modifier}`
  const written = prefix + escaped(form.value ?? value, parameter.kind)
  const criterion = parseNamed({ resourceType, name, value: written }, context)
  return isNegated === true && criterion !== undefined ? { kind: 'not', criterion } : criterion
}

/** Codes, quantities and pairs have their own marks in a value. */
const escaped = (value: string, kind: ParameterKind): string => {
  switch (kind) {
    case 'token':
    case 'quantity':
      return value.replace(/[\\,$]/g, '\\$&')
    case 'composite':
      return value.replace(/[\\,]/g, '\\$&')
    default:
      return value.replace(/[\\,|$]/g, '\\$&')
  }
}

interface Form {
  readonly modifier?: string
  readonly prefix?: string
  readonly value?: string
  readonly isNegated?: true
}

const ordered: ReadonlySet<ParameterKind> = new Set([
  ...(['date', 'last-updated', 'number', 'quantity'] as const),
])

/** How an operator is asked for by a parameter of a kind; undefined when it is not. */
const formOf = (operator: FilterOperator, value: string, kind: ParameterKind): Form | undefined => {
  if (operator === 'pr')
    return kind === 'composite'
      ? undefined
      : {
          modifier: 'missing',
          value: value === 'true' ? 'false' : value === 'false' ? 'true' : value,
        }
  if (ordered.has(kind)) return orderedForm(operator, kind)
  switch (operator) {
    case 'eq':
      return kind === 'string' ? { modifier: '=equal' } : {}
    case 'ne':
      return kind === 'string' ? { modifier: '=equal', isNegated: true } : { isNegated: true }
    case 'co':
      return kind === 'string' ? { modifier: 'contains' } : undefined
    case 'sw':
      return kind === 'string' ? {} : undefined
    case 'ew':
      return kind === 'string' ? { modifier: '=ending' } : undefined
    case 're':
      return kind === 'reference' ? {} : undefined
    case 'ss':
    case 'sb':
      return kind === 'token' ? { modifier: operator === 'ss' ? 'below' : 'above' } : undefined
    case 'in':
    case 'ni':
      return kind === 'token' ? { modifier: operator === 'in' ? 'in' : 'not-in' } : undefined
    default:
      return undefined
  }
}

const prefixes: ReadonlySet<FilterOperator> = new Set([
  ...(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const),
])

const orderedForm = (operator: FilterOperator, kind: ParameterKind): Form | undefined => {
  const isDate = kind === 'date' || kind === 'last-updated'
  if (operator === 'po') return isDate ? { prefix: 'po' } : undefined
  return prefixes.has(operator) ? { prefix: operator } : undefined
}

/** The parameter at the end of a path, in the first type that has it. */
const leafOf = (
  resourceType: string,
  path: string,
  context: ParseContext,
): Parameter | undefined => {
  const [, from, inner] = /^_has:([^:]+):[^:]+:(.+)$/.exec(path) ?? []
  if (from !== undefined && inner !== undefined)
    return isResourceType(from) ? leafOf(from, inner, context) : undefined
  const [, code = '', type, rest] = /^([^:.]+)(?::([^:.]+))?(?:\.(.+))?$/.exec(path) ?? []
  const parameter = parametersOf(context.definitions, resourceType).get(code)
  if (rest === undefined || parameter === undefined) return parameter
  for (const target of type === undefined ? parameter.targets : [type]) {
    const found = isResourceType(target) ? leafOf(target, rest, context) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
