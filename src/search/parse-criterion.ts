import type { Definitions } from '../fhir/definitions.ts'
import { limits } from '../fhir/limits.ts'
import { keyOf } from './hash.ts'
import type { Faults, ValueContext } from './faults.ts'
import { parametersOf, type Parameter } from './parameters.ts'
import { isText, splitValue, unescaped } from './search-value.ts'
import type { Criterion, MissingTest, Test } from './tree.ts'
import { parseDate } from './types/date.ts'
import { parseReference } from './types/reference.ts'
import { parseString } from './types/string.ts'
import { parseToken } from './types/token.ts'
import { parseUri } from './types/uri.ts'

/** What parsing one search needs throughout. */
export interface ParseContext {
  readonly definitions: Definitions
  readonly timeZone: string
  readonly baseUrl: string
  readonly faults: Faults
}

/** A parameter as it is written: `code`, `code:modifier`, `code:Type.chained` or `code.chained`. */
export interface WrittenParameter {
  readonly code: string
  readonly modifier: string | undefined
  /** What follows the dot: a parameter of the target. */
  readonly chained: string | undefined
  readonly value: string
}

/** The criterion of one parameter that the type has, or undefined with faults. */
export const parseCriterion = (
  parameter: Parameter,
  written: WrittenParameter,
  context: ParseContext,
): Criterion | undefined => {
  const { code, kind } = parameter
  const parts = valuesOf(written, context)
  if (parts === undefined) return undefined
  const { modifier } = written
  const isModifier = modifier === undefined || modifiersOf(parameter).includes(modifier)
  if (!isModifier)
    return context.faults.notSupported('search-modifier-unsupported', {
      parameter: code,
      modifier: /^[A-Za-z-]{1,40}$/.test(modifier) ? modifier : '…',
      expected: modifiersOf(parameter).slice(0, 12).join(', ') || '-',
    })
  if (modifier === 'missing') return missing(parameter, parts, context)
  const values = { ...context, name: code }
  if (kind === 'reference' && modifier !== undefined) {
    const test = parseReference(parameter, parts, [modifier], values)
    return test && { kind: 'match', code, test }
  }
  const test = testOf(parameter, parts, modifier, values)
  return test && { kind: 'match', code, test }
}

/** The values between the commas, still escaped. */
export const valuesOf = (
  { code, value }: WrittenParameter,
  { faults }: ParseContext,
): readonly string[] | undefined => {
  if (!isText(value)) return faults.invalid('search-value-not-text', { parameter: code })
  const parts = splitValue(value, ',')
  if (parts.includes('')) return faults.invalid('search-value-empty', { parameter: code })
  if (parts.length > limits.orValuesMax)
    return faults.invalid('search-values-too-many', {
      parameter: code,
      found: parts.length,
      limit: limits.orValuesMax,
    })
  return parts
}

const testOf = (
  parameter: Parameter,
  parts: readonly string[],
  modifier: string | undefined,
  values: ValueContext,
): Test | undefined => {
  switch (parameter.kind) {
    case 'id':
      return {
        kind: 'key',
        keys: parts.map(part => keyOf(parameter.resourceType, unescaped(part))),
      }
    case 'token':
      return parseToken(parameter, parts, modifier === 'not', values)
    case 'reference':
      return parseReference(parameter, parts, parameter.targets, values)
    case 'string':
      return parseString(parameter, parts, modifier as 'exact' | 'contains' | undefined, values)
    case 'uri':
      return parseUri(parameter, parts)
    case 'date':
    case 'last-updated':
      return parseDate(parameter, parts, values)
  }
}

/** `:missing` only where the row, or the index of its own key, tells. */
const modifiersOf = ({ kind, targets, isPatientColumn }: Parameter): readonly string[] => {
  switch (kind) {
    case 'token':
      return ['not']
    case 'string':
      return ['exact', 'contains', 'missing']
    case 'date':
      return ['missing']
    case 'reference':
      return isPatientColumn && targets.length === 1 ? [...targets, 'missing'] : targets
    default:
      return []
  }
}

const missing = (
  { code, kind, hash, isClinicalDate }: Parameter,
  parts: readonly string[],
  { faults }: ParseContext,
): Criterion | undefined => {
  const [value] = parts
  if (parts.length !== 1 || (value !== 'true' && value !== 'false'))
    return faults.invalid('search-missing-malformed', { parameter: code })
  const of: MissingTest['of'] =
    kind === 'reference'
      ? 'patient'
      : kind === 'string'
        ? 'string'
        : isClinicalDate
          ? 'clinical-date'
          : 'date'
  const test: MissingTest = { kind: 'missing', isMissing: value === 'true', of, parameter: hash }
  return { kind: 'match', code, test }
}

/**
 * The criterion of a chain of one hop, or undefined with faults. Without a type it leads to every
 * type of the target that has the parameter.
 * @see https://hl7.org/fhir/R4/search.html#chaining
 */
export const parseChain = (
  parameter: Parameter,
  written: WrittenParameter & { readonly chained: string },
  context: ParseContext,
): Criterion | undefined => {
  const { code, resourceType, targets } = parameter
  const { modifier, chained, value } = written
  const { faults, definitions } = context
  if (parameter.kind !== 'reference') {
    const all = [...parametersOf(definitions, resourceType).values()]
    const references = all.filter(({ kind }) => kind === 'reference').map(known => known.code)
    const expected = references.slice(0, 12).join(', ')
    return faults.invalid('search-chain-not-reference', { parameter: code, resourceType, expected })
  }
  const expected = targets.slice(0, 12).join(', ')
  if (modifier !== undefined && !targets.includes(modifier))
    return faults.invalid('search-target-unknown', { parameter: code, expected })
  const [inner = '', innerModifier, ...more] = chained.split(/[:.]/)
  if (chained.includes('.') || more.length > 0)
    return faults.notSupported('search-chain-too-long', {
      parameter: code,
      limit: limits.chainHopsMax,
    })
  const types = (modifier === undefined ? targets : [modifier]).filter(type =>
    parametersOf(definitions, type).has(inner),
  )
  if (types.length === 0)
    return faults.invalid('search-target-unknown', { parameter: code, expected })
  const further = { code: inner, modifier: innerModifier, chained: undefined, value }
  const criteria = types.map(type => ({
    resourceType: type,
    criterion: parseCriterion(parametersOf(definitions, type).get(inner)!, further, context),
  }))
  const parsed = criteria.flatMap(({ resourceType: type, criterion }) =>
    criterion === undefined ? [] : [{ resourceType: type, criterion }],
  )
  const { hash, isPatientColumn } = parameter
  return parsed.length < types.length
    ? undefined
    : { kind: 'chain', code, parameter: hash, isPatientColumn, targets: parsed }
}
