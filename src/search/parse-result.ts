import { limits } from '../fhir/limits.ts'
import { isResourceType } from '../fhir/resource-types.ts'
import { readShape, type Shape } from '../fhir/subset-parameters.ts'
import { nearest } from '../fhir/nearest.ts'
import { shown } from './shown.ts'
import { parametersOf, type Parameter } from './parameters.ts'
import type { ParseContext } from './parse-criterion.ts'
import type { IncludeReference, SortKey } from './tree.ts'

/** `_count`: a larger one than is served is taken for the largest that is. */
export const parseCount = (value: string, { faults }: ParseContext): number | undefined =>
  /^\d{1,9}$/.test(value)
    ? Math.min(Number(value), limits.pageSizeMax)
    : faults.invalid('search-result-malformed', {
        parameter: '_count',
        expected: `0 … ${limits.pageSizeMax}`,
      })

/** `_total`: an estimate would cost what the exact number costs, so it is the exact number. */
export const parseTotal = (
  value: string,
  { faults }: ParseContext,
): 'accurate' | 'none' | undefined =>
  value === 'none'
    ? 'none'
    : value === 'accurate' || value === 'estimate'
      ? 'accurate'
      : faults.invalid('search-result-malformed', {
          parameter: '_total',
          expected: 'accurate, estimate, none',
        })

/**
 * `_summary` and `_elements`: which part of each match is wanted, perhaps only the total.
 * @see https://hl7.org/fhir/R4/search.html#summary
 */
export const parseShape = (
  parameters: readonly (readonly [name: string, value: string])[],
  resourceType: string,
  hasIncludes: boolean,
  { definitions, faults }: ParseContext,
): Shape | undefined => {
  const { shape, issues } = readShape(parameters, [resourceType], definitions, { mayCount: true })
  faults.issues.push(...issues)
  if (shape?.kind === 'text' && hasIncludes) faults.invalid('summary-text-include', {})
  return shape
}

/** @see https://hl7.org/fhir/R4/search.html#sort */
export const parseSort = (
  value: string,
  resourceType: string,
  { definitions, faults }: ParseContext,
): readonly SortKey[] | undefined => {
  const written = value.split(',')
  const found = written.length
  if (found > limits.sortKeysMax)
    return faults.invalid('search-sort-too-long', { found, limit: limits.sortKeysMax })
  const parameters = parametersOf(definitions, resourceType)
  const keys: SortKey[] = []
  for (const part of written) {
    const isDescending = part.startsWith('-')
    const code = isDescending ? part.slice(1) : part
    const parameter = parameters.get(code)
    const by =
      parameter?.kind === 'date' && parameter.isClinicalDate
        ? 'clinical-date'
        : orderOf(parameter?.kind)
    if (by === undefined || !isSortable(parameter!)) {
      const sortable = [...parameters.values()].filter(isSortable)
      const expected = sortable.map(known => known.code).join(', ')
      const fault = { resourceType, found: shown(code), expected }
      if (parameter === undefined) faults.invalid('search-sort-unsupported', fault)
      else faults.notSupported('search-sort-unsupported', fault)
    } else keys.push({ by: by, parameter: parameter!.hash, isDescending })
  }
  return keys
}

const orderOf = (kind: Parameter['kind'] | undefined): SortKey['by'] | undefined => {
  if (kind === 'number' || kind === 'quantity') return 'quantity'
  return kind === 'id' || kind === 'last-updated' || kind === 'date' || kind === 'string'
    ? kind
    : undefined
}

/** What is the union of others is not kept under one name, and so has no order. */
const isSortable = ({ kind, hashes }: Parameter): boolean =>
  orderOf(kind) !== undefined && hashes.length === 1

/**
 * `Type:parameter` or `Type:parameter:TargetType`. For `_include` the type is that of the search,
 * for `_revinclude` the parameter refers to it.
 * @see https://hl7.org/fhir/R4/search.html#include
 */
export const parseInclude = (
  name: '_include' | '_revinclude',
  value: string,
  searched: string,
  { definitions, faults }: ParseContext,
): IncludeReference | undefined => {
  const [resourceType = '', code = '', target, ...more] = value.split(':')
  if (value === '*' || code === '*')
    return faults.notSupported('search-result-unsupported', {
      parameter: name,
      expected: 'Type:parameter, Type:parameter:TargetType',
    })
  const known = isResourceType(resourceType) ? parametersOf(definitions, resourceType) : new Map()
  const parameter = parametersOf(definitions, resourceType).get(code)
  const references = [...known.values()].filter(({ kind }) => kind === 'reference')
  const isReference = parameter?.kind === 'reference' && more.length === 0
  const targets = (parameter?.targets ?? []).filter(
    type => (target === undefined || type === target) && (name === '_include' || type === searched),
  )
  if (!isReference || targets.length === 0 || (name === '_include' && resourceType !== searched)) {
    const sameType = references.map(reference => `${resourceType}:${reference.code}`)
    const candidates = sameType.length > 0 ? sameType : [`${searched}:…`]
    return faults.invalid('search-include-malformed', {
      parameter: name,
      nearest: nearest(`${resourceType}:${code}`, candidates).join(', '),
    })
  }
  const { hash, isPatientColumn } = parameter
  return { resourceType, code, parameter: hash, isPatientColumn, targets }
}
