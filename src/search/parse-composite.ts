import { pairHash, type Composite } from './composites.ts'
import type { ValueContext } from './faults.ts'
import { keptUnder, parametersOf, type Parameter } from './parameters.ts'
import type { ParseContext, WrittenParameter } from './parse-criterion.ts'
import { referenceTarget } from './reference-target.ts'
import { splitValue, unescaped } from './search-value.ts'
import { token } from './hash.ts'
import type { Criterion } from './tree.ts'
import { parseQuantity } from './types/quantity-test.ts'
import { parseToken } from './types/token.ts'

/** Alternatives of one composite: each is a condition of its own. */
const compositeValuesMax = 100

/**
 * The criterion of a composite parameter, `first$second`, or undefined with faults.
 * @see https://hl7.org/fhir/R4/search.html#composite
 */
export const parseComposite = (
  parameter: Parameter & { readonly composite: Composite },
  parts: readonly string[],
  context: CompositeContext,
): Criterion | undefined => {
  const { code } = parameter
  const found = parts.length
  if (found > compositeValuesMax)
    return context.faults.invalid('search-values-too-many', {
      ...{ parameter: code, found, limit: compositeValuesMax },
    })
  const criteria: Criterion[] = []
  for (const part of parts) {
    const [first = '', second = '', ...more] = splitValue(part, '$')
    if (first === '' || second === '' || more.length > 0)
      return context.faults.invalid('search-composite-malformed', { parameter: code })
    const criterion = pairCriterion(parameter, [first, second], context)
    if (criterion === undefined) return undefined
    criteria.push(criterion)
  }
  return criteria.length === 1 ? criteria[0] : { kind: 'any', criteria }
}

/** What parses a component that is a parameter of its own. */
export interface CompositeContext extends ParseContext {
  readonly parseCriterion: (
    parameter: Parameter,
    written: WrittenParameter,
    context: ParseContext,
  ) => Criterion | undefined
}

type Pair = readonly [first: string, second: string]

const pairCriterion = (
  parameter: Parameter & { readonly composite: Composite },
  pair: Pair,
  context: CompositeContext,
): Criterion | undefined => {
  const { composite } = parameter
  switch (composite.by) {
    case 'both':
      return bothCriterion(parameter, composite, pair, context)
    case 'coded-quantity':
      return codedCriterion(parameter, composite.value, pair, context)
    case 'pairs': {
      const within = pairsCriterion(parameter, pair, context)
      if (composite.or === undefined || within === undefined) return within
      const apart = bothCriterion(parameter, composite.or, pair, context)
      return apart && { kind: 'any', criteria: [within, apart] }
    }
  }
}

const bothCriterion = (
  { resourceType }: Parameter,
  { first, second }: { readonly first: string; readonly second: string },
  [one, other]: Pair,
  context: CompositeContext,
): Criterion | undefined => {
  const parameters = parametersOf(context.definitions, resourceType)
  const part = (code: string, value: string): Criterion | undefined => {
    const written: WrittenParameter = { code, modifier: undefined, value }
    return context.parseCriterion(parameters.get(code)!, written, context)
  }
  const criteria = [part(first, one), part(second, other)].filter(found => found !== undefined)
  return criteria.length < 2 ? undefined : { kind: 'all', criteria }
}

const codedCriterion = (
  { code, resourceType }: Parameter,
  value: string,
  [first, second]: Pair,
  context: CompositeContext,
): Criterion | undefined => {
  const values: ValueContext = { ...context, name: code }
  const measured = parametersOf(context.definitions, resourceType).get(value)!
  const codes = parseToken(keptUnder(measured, 0n), [first], false, values)
  const test = parseQuantity(measured, [second], values)
  if (codes === undefined || test === undefined) return undefined
  return { kind: 'match', code, test: { ...test, codes: codes.tokens } }
}

const pairsCriterion = (
  parameter: Parameter & { readonly composite: Composite },
  [first, second]: Pair,
  context: CompositeContext,
): Criterion | undefined => {
  const { code, composite, hash } = parameter
  const values: ValueContext = { ...context, name: code }
  const apart = keptUnder(parameter, 0n)
  const isReference = composite.by === 'pairs' && composite.first.type === 'Reference'
  const target = isReference ? targetKey(unescaped(first), parameter, context) : undefined
  if (isReference && target === undefined)
    return context.faults.invalid('search-reference-malformed', {
      ...{ parameter: code, expected: parameter.resourceType },
    })
  const one = target ?? parseToken(apart, [first], false, values)?.tokens[0]
  const other = parseToken(apart, [second], false, values)?.tokens[0]
  if (one === undefined || other === undefined) return undefined
  const tokens = [token(hash, pairHash(one, other))]
  return { kind: 'match', code, test: { kind: 'token', tokens, isNegated: false } }
}

/** A bare id is one of the searched type, to which such references lead. */
const targetKey = (
  text: string,
  { resourceType }: Parameter,
  { baseUrl }: ParseContext,
): bigint | undefined =>
  referenceTarget(text.includes('/') ? text : `${resourceType}/${text}`, baseUrl)?.key
