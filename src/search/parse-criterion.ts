import type { Definitions } from '../fhir/definitions.ts'
import { limits } from '../fhir/limits.ts'
import { keyOf } from './hash.ts'
import type { Faults, ValueContext } from './faults.ts'
import { keptUnder, type Parameter } from './parameters.ts'
import { versionedAddress } from './reference-target.ts'
import { isText, splitValue, unescaped } from './search-value.ts'
import type { Criterion, Test } from './tree.ts'
import { parseComposite } from './parse-composite.ts'
import { parseDate } from './types/date.ts'
import { hasHierarchy, parseHierarchy } from './types/hierarchy.ts'
import { parseNear } from './types/near.ts'
import { parseQuantity } from './types/quantity-test.ts'
import { identifierHash, isPatientLink, parseReference } from './types/reference.ts'
import {
  filterModifiers,
  parseString,
  parseStringText,
  type StringModifier,
} from './types/string.ts'
import { parseOfType, parseToken, type TokenTest } from './types/token.ts'
import { hasLabels, parseLabel, versionTest } from './types/text.ts'
import { hasCodedValues, parseInSet, parseSubsumed } from './types/token-set.ts'
import type { ExpandValueSet } from './value-sets.ts'
import { hasBelow, parseUri } from './types/uri.ts'

/** What parsing one search needs throughout. */
export interface ParseContext {
  readonly definitions: Definitions
  readonly timeZone: string
  readonly baseUrl: string
  readonly now: () => Date
  readonly faults: Faults
  /** What `:in` and `:not-in` draw on. */
  readonly expand?: ExpandValueSet | undefined
  /** Within `_filter`, which knows more operators. */
  readonly isFilter?: true | undefined
}

/** A parameter as it is written: `code` or `code:modifier`, and its values. */
export interface WrittenParameter {
  readonly code: string
  readonly modifier: string | undefined
  readonly value: string
}

/** The criterion of one parameter that the type has, or undefined with faults. */
export const parseCriterion = (
  parameter: Parameter,
  written: WrittenParameter,
  context: ParseContext,
): Criterion | undefined => {
  const { code } = parameter
  const parts = valuesOf(written, context)
  if (parts === undefined) return undefined
  const { modifier } = written
  const isModifier = modifier === undefined || modifiersOf(parameter, context).includes(modifier)
  if (!isModifier)
    return context.faults.notSupported('search-modifier-unsupported', {
      parameter: code,
      modifier: /^[A-Za-z-]{1,40}$/.test(modifier) ? modifier : '…',
      expected: modifiersOf(parameter, {}).slice(0, 12).join(', ') || '-',
    })
  if (modifier === 'missing') return missing(parameter, parts, context)
  const { composite } = parameter
  if (composite !== undefined)
    return parseComposite({ ...parameter, composite }, parts, { ...context, parseCriterion })
  if (parameter.kind === 'reference' && (modifier === 'above' || modifier === 'below'))
    return parseHierarchy(parameter, parts, modifier, valuesOfCode(code, context))
  if (parameter.kind === 'near') return parseNear(parameter, parts, valuesOfCode(code, context))
  if (parameter.kind === 'string' && modifier === 'text')
    return parseStringText(parameter, parts, valuesOfCode(code, context))
  if (parameter.kind === 'reference' && written.value.includes('/_history/')) {
    const criterion = parseVersioned(parameter, parts, modifier, context)
    if (criterion !== undefined) return criterion
  }
  const test = testOf(parameter, parts, modifier, valuesOfCode(code, context))
  return test && { kind: 'match', code, test }
}

/** Member by member: spreading costs more than all else there is to do for a plain value. */
const valuesOfCode = (name: string, context: ParseContext): ParseContext & ValueContext => {
  const { definitions, timeZone, baseUrl, now, faults, isFilter, expand } = context
  return { name, definitions, timeZone, baseUrl, now, faults, expand, isFilter }
}

/**
 * Where a value names a version of a resource of ours: references to that version, or any of the other
 * values. Undefined when none does: a reference to a version counts as one to its resource.
 */
const parseVersioned = (
  parameter: Parameter,
  parts: readonly string[],
  modifier: string | undefined,
  context: ParseContext,
): Criterion | undefined => {
  const addressOf = (part: string) => versionedAddress(unescaped(part), context.baseUrl)
  if (modifier === 'identifier' || modifier === 'text') return undefined
  if (!parts.some(part => addressOf(part) !== undefined)) return undefined
  const { code } = parameter
  const criteria: Criterion[] = []
  for (const part of parts) {
    const test = testOf(parameter, [part], modifier, valuesOfCode(code, context))
    if (test === undefined) return { kind: 'any', criteria: [] }
    const address = addressOf(part)
    const target: Criterion = { kind: 'match', code, test }
    criteria.push(
      address === undefined
        ? target
        : {
            kind: 'all',
            criteria: [target, { kind: 'match', code, test: versionTest(parameter, address) }],
          },
    )
  }
  return criteria.length === 1 ? criteria[0] : { kind: 'any', criteria }
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
      return tokenTestOf(parameter, parts, modifier, values)
    case 'reference':
      if (modifier === 'text') return parseLabel(parameter, parts, values)
      if (modifier === 'identifier')
        return identifierOf(
          parseToken(keptUnder(parameter, identifierHash(parameter)), parts, false, values),
        )
      return parseReference(
        parameter,
        parts,
        modifier === undefined ? parameter.targets : [modifier],
        values,
      )
    case 'string':
      return parseString(parameter, parts, modifier as StringModifier | undefined, values)
    case 'uri':
      return parseUri(parameter, parts, modifier as 'above' | 'below' | undefined)
    case 'date':
    case 'last-updated':
      return parseDate(parameter, parts, values)
    case 'number':
    case 'quantity':
      return parseQuantity(parameter, parts, values)
    case 'composite':
    case 'near':
      return undefined
  }
}

const tokenTestOf = (
  parameter: Parameter,
  parts: readonly string[],
  modifier: string | undefined,
  values: ValueContext,
): Test | undefined => {
  switch (modifier) {
    case 'text':
      return parseLabel(parameter, parts, values)
    case 'of-type':
      return parseOfType(parameter, parts, values)
    case 'in':
    case 'not-in':
      return parseInSet(parameter, parts, modifier === 'not-in', values)
    case 'above':
    case 'below':
      return parseSubsumed(parameter, parts, modifier, values)
    default:
      return parseToken(parameter, parts, modifier === 'not', values)
  }
}

/** What may be taken out of a resource before it is served may not be asked for either. */
const identifierOf = (test: TokenTest | undefined): TokenTest | undefined =>
  test === undefined ? undefined : { ...test, isRedactable: true }

/** The modifiers a parameter takes; of references also the types of their targets. */
export const modifiersOf = (
  parameter: Parameter,
  { isFilter }: Pick<ParseContext, 'isFilter'>,
): readonly string[] => {
  const { kind, targets, paths, resourceType, code } = parameter
  switch (kind) {
    case 'token':
      return [
        ...['not', 'missing'],
        ...(hasLabels(parameter) ? ['text'] : []),
        ...(paths.some(({ type }) => type === 'Identifier') ? ['of-type'] : []),
        ...(hasCodedValues(parameter) ? ['in', 'not-in', 'above', 'below'] : []),
      ]
    case 'string':
      return ['exact', 'contains', 'text', 'missing', ...(isFilter === true ? filterModifiers : [])]
    case 'reference':
      return [
        ...[...targets, 'missing'],
        ...(hasLabels(parameter) ? ['identifier', 'text'] : []),
        ...(hasHierarchy(parameter) ? ['above', 'below'] : []),
      ]
    case 'uri':
      return hasBelow({ resourceType, code }) ? ['above', 'below', 'missing'] : ['above', 'missing']
    case 'composite':
      return []
    default:
      return ['missing']
  }
}

/** Told by the column `present`; an id and a time of update no resource is without. */
const missing = (
  parameter: Parameter,
  parts: readonly string[],
  { faults }: ParseContext,
): Criterion | undefined => {
  const { code, kind, bits } = parameter
  const [value] = parts
  if (parts.length !== 1 || (value !== 'true' && value !== 'false'))
    return faults.invalid('search-missing-malformed', { parameter: code })
  const isMissing = value === 'true'
  if (kind === 'id' || kind === 'last-updated')
    return { kind: isMissing ? 'any' : 'all', criteria: [] }
  const bound = isPatientLink(parameter) ? ({ isRedactable: true } as const) : {}
  return { kind: 'match', code, test: { kind: 'missing', isMissing, bits, ...bound } }
}
