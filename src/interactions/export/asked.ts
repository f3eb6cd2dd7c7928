import { InvalidRequest, InvalidRequests, NotSupported } from '../../fhir/errors.ts'
import { nearest } from '../../fhir/nearest.ts'
import { issue } from '../../fhir/outcome.ts'
import { isResourceType, resourceTypes } from '../../fhir/resource-types.ts'
import { shown } from '../../search/shown.ts'
import type { Exchange, Parameters } from '../interaction.ts'

/** What a client wants exported. */
export interface AskedExport {
  /** Undefined: every type there is. */
  readonly types: readonly string[] | undefined
  /** Only what was written after this instant, as the client sent it. */
  readonly since: string | undefined
  /** Search parameters by type. */
  readonly filters: ReadonlyMap<string, Parameters>
}

const formats = ['application/fhir+ndjson', 'application/ndjson', 'ndjson']
const known = ['_outputFormat', '_since', '_type', '_typeFilter']
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/**
 * The parameters of a kick-off request.
 * @throws InvalidRequests naming unknown parameters, unless the caller asked to be lenient
 * @throws InvalidRequest naming the value at fault
 * @see https://hl7.org/fhir/uv/bulkdata/export.html#query-parameters
 */
export const askedExport = (parameters: Parameters, { isLenient }: Exchange): AskedExport => {
  const unknown = parameters.filter(([name]) => !known.includes(name))
  if (unknown.length > 0 && !isLenient)
    throw new InvalidRequests(
      unknown.map(([name]) =>
        issue('error', 'not-supported', 'export-parameter', {
          parameter: shown(name),
          expected: known.join(', '),
        }),
      ),
    )
  const valuesOf = (name: string): readonly string[] =>
    parameters.filter(([given]) => given === name).map(([, value]) => value)
  const [format = formats[0]!] = valuesOf('_outputFormat')
  if (!formats.includes(format))
    throw new NotSupported('export-format', { expected: formats.join(', ') })
  const [since] = valuesOf('_since')
  if (since !== undefined && !instant.test(since)) throw new InvalidRequest('export-since')
  const types = valuesOf('_type').flatMap(value => value.split(',').filter(type => type !== ''))
  for (const type of types) requireType(type)
  return {
    types: types.length === 0 ? undefined : [...new Set(types)],
    since,
    filters: filtersOf(valuesOf('_typeFilter')),
  }
}

const requireType = (type: string): void => {
  if (!isResourceType(type))
    throw new InvalidRequest('export-type', {
      found: shown(type),
      nearest: nearest(type, resourceTypes).join(', '),
    })
}

/** One for each type: two would be an export of one type twice. */
const filtersOf = (written: readonly string[]): ReadonlyMap<string, Parameters> => {
  const filters = written.map(filterOf)
  const byType = new Map(filters)
  if (byType.size < filters.length) throw new InvalidRequest('export-filter')
  return byType
}

const filterOf = (filter: string): readonly [string, Parameters] => {
  const [type = '', query = ''] = filter.split(/\?(.*)/s)
  requireType(type)
  if (query === '') throw new InvalidRequest('export-filter')
  return [type, [...new URLSearchParams(query)]]
}
