import { limits } from '../fhir/limits.ts'
import { readShape, type Shape } from '../fhir/subset-parameters.ts'
import { shown } from './shown.ts'
import { parametersOf, type Parameter } from './parameters.ts'
import type { ParseContext } from './parse-criterion.ts'
import type { SearchQuery, SortKey } from './tree.ts'
import { refuseUnready } from './unready.ts'

/** `_count`: a larger one than is served is taken for the largest that is. */
export const parseCount = (value: string, { faults }: ParseContext): number | undefined =>
  /^\d{1,9}$/.test(value)
    ? Math.min(Number(value), limits.pageSizeMax)
    : faults.invalid('search-result-malformed', {
        parameter: '_count',
        expected: `0 … ${limits.pageSizeMax}`,
      })

/** `_total`: an estimate is exact as far as it is counted. */
export const parseTotal = (
  value: string,
  { faults }: ParseContext,
): SearchQuery['total'] | undefined =>
  value === 'none' || value === 'accurate' || value === 'estimate'
    ? value
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
    if (parameter === undefined && refuseUnready({ definitions, faults }, resourceType, code))
      continue
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
