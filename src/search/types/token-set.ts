import { limits } from '../../fhir/limits.ts'
import { nearest } from '../../fhir/nearest.ts'
import { loadTerminology } from '../../fhir/terminology.ts'
import { codingHash } from '../hash.ts'
import type { ValueContext } from '../faults.ts'
import type { Parameter } from '../parameters.ts'
import { splitValue, unescaped } from '../search-value.ts'
import { builtInValueSets } from '../value-sets.ts'
import { tokensOf, type TokenTest } from './token.ts'

/** Datatypes whose values have a code of a system. */
const codedTypes: ReadonlySet<string> = new Set(['CodeableConcept', 'Coding', 'code'])

/** Whether a token parameter is searched by value sets and hierarchies. */
export const hasCodedValues = ({ paths }: Parameter): boolean =>
  paths.some(({ type }) => codedTypes.has(type))

/**
 * The test for `:in` and `:not-in`: a coding of a value set that is here, or none of them; or
 * undefined with a fault.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
export const parseInSet = (
  searched: Parameter,
  parts: readonly string[],
  isNegated: boolean,
  { name, faults, expand = builtInValueSets }: ValueContext,
): TokenTest | undefined => {
  const tokens = new Set<bigint>()
  for (const canonical of parts.map(unescaped)) {
    const codings = expand(canonical)
    const parameter = `${name}:${isNegated ? 'not-in' : 'in'}`
    if (codings === 'unknown')
      return faults.notSupported('search-value-set-unknown', {
        ...{ parameter, nearest: nearestOf(canonical, loadTerminology().valueSets) },
      })
    if (codings === 'not-listed')
      return faults.notSupported('search-value-set-not-listed', { parameter })
    for (const [system, code] of codings)
      for (const one of tokensOf(searched, codingHash(system, code))) tokens.add(one)
  }
  return bounded([...tokens], isNegated, { name, faults })
}

/**
 * The test for `:below` and `:above`: a code and what it subsumes, or what subsumes it; or undefined
 * with a fault.
 */
export const parseSubsumed = (
  searched: Parameter,
  parts: readonly string[],
  modifier: 'above' | 'below',
  { name, faults }: ValueContext,
): TokenTest | undefined => {
  const terminology = loadTerminology()
  const tokens = new Set<bigint>()
  for (const part of parts) {
    const [system = '', code = '', ...more] = splitValue(part, '|').map(unescaped)
    const parameter = `${name}:${modifier}`
    if (system === '' || code === '' || more.length > 0)
      return faults.invalid('search-subsumed-malformed', { parameter })
    const codes = terminology[modifier](system, code)
    if (codes === undefined)
      return faults.notSupported('search-code-system-unknown', {
        ...{ parameter, nearest: nearestOf(system, terminology.codeSystems) },
      })
    for (const one of codes)
      for (const made of tokensOf(searched, codingHash(system, one))) tokens.add(made)
  }
  return bounded([...tokens], false, { name, faults })
}

/** By the last part of each address: the rest says little, and comparing it all takes long. */
const nearestOf = (address: string, known: readonly string[]): string => {
  const byName = new Map(known.map(one => [lastPart(one), one]))
  return nearest(lastPart(address), byName.keys())
    .map(name => byName.get(name)!)
    .join(', ')
}

const lastPart = (address: string): string => address.slice(address.lastIndexOf('/') + 1)

const bounded = (
  tokens: readonly bigint[],
  isNegated: boolean,
  { name, faults }: Pick<ValueContext, 'name' | 'faults'>,
): TokenTest | undefined =>
  tokens.length > limits.orValuesMax
    ? faults.invalid('search-values-too-many', {
        ...{ parameter: name, found: tokens.length, limit: limits.orValuesMax },
      })
    : { kind: 'token', tokens, isNegated }
