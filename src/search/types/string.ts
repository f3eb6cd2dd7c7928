import type { SearchPath } from '../../fhir/definitions.ts'
import { limits } from '../../fhir/limits.ts'
import { afterPrefix, folded, isCut } from '../folded.ts'
import { pinyinForms } from '../han.ts'
import { codeHash, token } from '../hash.ts'
import type { Indexer, IndexSink } from '../index-sink.ts'
import type { Parameter } from '../parameters.ts'
import { unescaped } from '../search-value.ts'
import type { Sql, Values } from '../statement-text.ts'
import type { ValueContext } from '../faults.ts'
import type { Criterion } from '../tree.ts'
import type { TokenTest } from './token.ts'

/** One of `search_string`'s values starts with, or contains, one of these folded texts. */
export interface StringTest {
  readonly kind: 'string'
  readonly parameter: bigint
  readonly mode: 'starts' | 'contains' | 'equals' | 'ends' | 'words'
  readonly values: readonly string[]
}

type Element = Readonly<Record<string, unknown>>

const members: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
  Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
}

/**
 * Puts every part of a text, a HumanName or an Address into the sink: folded for prefix search, and
 * as it is, as a token, for `:exact`. A Han name is also found as it is written, family name first,
 * and by its sounds.
 * @see https://hl7.org/fhir/R4/search.html#string
 */
export const stringIndexer = ({ hash }: Parameter, path: SearchPath): Indexer => {
  const names = members[path.type]
  if (names === undefined) {
    const part = path.steps.at(-1)?.name
    const isOfName = path.steps.at(-2)?.name === 'name' && (part === 'family' || part === 'given')
    return (value, sink) => {
      addString(value, hash, sink)
      if (isOfName) addSounds(value, part, hash, sink)
    }
  }
  return (value, sink) => {
    if (typeof value !== 'object' || value === null) return
    const element = value as Element
    for (const name of names) {
      const part = element[name]
      for (const item of Array.isArray(part) ? part : [part]) {
        addString(item, hash, sink)
        if (path.type === 'HumanName') addSounds(item, name, hash, sink)
      }
    }
    if (path.type === 'HumanName') {
      const whole = hanName(element)
      addString(whole, hash, sink)
      addSounds(whole, 'text', hash, sink)
    }
  }
}

const addString = (value: unknown, hash: bigint, sink: IndexSink): void => {
  if (typeof value !== 'string' || value === '') return
  sink.string(hash, folded(value))
  sink.token(token(hash, codeHash(value)))
}

/** A Han name is found by how it sounds, too. */
const addSounds = (value: unknown, part: string, hash: bigint, sink: IndexSink): void => {
  if (typeof value !== 'string' || part === 'prefix' || part === 'suffix') return
  for (const form of pinyinForms(value, part === 'given' ? 'given' : 'surname'))
    sink.string(hash, form)
}

const hanName = ({ family, given }: Element): string | undefined => {
  if (typeof family !== 'string' || !/\p{Script=Han}/u.test(family)) return undefined
  const rest = Array.isArray(given) ? given.filter(part => typeof part === 'string').join('') : ''
  return rest === '' ? undefined : family + rest
}

/** Of `_filter` alone: the whole text, or its end. No address can name them: they are no modifiers. */
export const filterModifiers = ['=equal', '=ending'] as const
export type StringModifier = 'exact' | 'contains' | (typeof filterModifiers)[number]

const modes: Readonly<Record<StringModifier, StringTest['mode']>> = {
  exact: 'starts',
  contains: 'contains',
  '=equal': 'equals',
  '=ending': 'ends',
}

/** The test for a string with or without `:exact` and `:contains`, or undefined with a fault. */
export const parseString = (
  { hash }: Parameter,
  parts: readonly string[],
  modifier: StringModifier | undefined,
  { name, faults }: ValueContext,
): StringTest | TokenTest | undefined => {
  const texts = parts.map(unescaped)
  if (modifier === 'exact')
    return {
      kind: 'token',
      tokens: texts.map(text => token(hash, codeHash(text))),
      isNegated: false,
    }
  const values = texts.map(folded)
  if (values.some(value => value === '' || isCut(value)))
    return faults.invalid('search-string-malformed', {
      parameter: name,
      limit: limits.searchStringBytesMax,
    })
  return {
    kind: 'string',
    parameter: hash,
    mode: modifier === undefined ? 'starts' : modes[modifier],
    values,
  }
}

/**
 * The criterion for `:text`: each word of a searched text begins a word of one of the parameter's
 * values; of Chinese, each part is anywhere in one. Undefined with a fault.
 */
export const parseStringText = (
  { hash, code }: Parameter,
  parts: readonly string[],
  { name, faults }: ValueContext,
): Criterion | undefined => {
  const texts = parts.map(part => folded(unescaped(part)))
  if (texts.some(text => text === '' || isCut(text)))
    return faults.invalid('search-string-malformed', {
      ...{ parameter: name, limit: limits.searchStringBytesMax },
    })
  if (texts.some(text => text.split(' ').length > limits.textTermsMax))
    return faults.invalid('search-text-too-long', {
      ...{ parameter: name, limit: limits.textTermsMax, nesting: limits.textNestingMax },
    })
  const criteria = texts.map(text => ({
    kind: 'all' as const,
    criteria: text.split(' ').map(word => ({
      ...{ kind: 'match' as const, code },
      test: { kind: 'string' as const, parameter: hash, mode: 'words' as const, values: [word] },
    })),
  }))
  return criteria.length === 1 ? criteria[0] : { kind: 'any', criteria }
}

/**
 * Drives by `search_string_value`, or looks at the rows already found through `search_string_key`.
 * The latter is a scalar subquery with a limit: PostgreSQL would turn `exists` into a join with all
 * strings of the parameter.
 */
export const stringSql = (test: StringTest, alias: string, values: Values, drive: boolean): Sql => {
  const found = `from ${stringsMatching(test, values)}`
  return drive
    ? `${alias}.key = any(array(select distinct s.key ${found}))`
    : `(select true ${found} and s.key = ${alias}.key limit 1)`
}

const stringsMatching = ({ parameter, mode, values: texts }: StringTest, values: Values): Sql => {
  const rows = `search_string s`
  const ofParameter = `s.parameter = ${values.bigint(parameter)}`
  if (mode === 'equals')
    return `${rows} where ${ofParameter} and s.value = any(${values.texts(texts)})`
  if (mode === 'ends')
    return `unnest(${values.texts(texts)}) v(part) join ${rows} on right(s.value, length(v.part)) = v.part where ${ofParameter}`
  if (mode === 'words')
    return `unnest(${values.texts(texts.map(spaced))}) v(part) join ${rows} on strpos(' ' || s.value, v.part) > 0 where ${ofParameter}`
  if (mode === 'contains')
    return `unnest(${values.texts(texts)}) v(part) join ${rows} on strpos(s.value, v.part) > 0 where ${ofParameter}`
  const ranges = texts.map(text => ({ low: text, high: afterPrefix(text) ?? '\u{10ffff}' }))
  const [only] = ranges
  if (ranges.length === 1 && only !== undefined)
    return `${rows} where ${ofParameter} and s.value >= ${values.text(only.low)} and s.value < ${values.text(only.high)}`
  const lows = values.texts(ranges.map(({ low }) => low))
  const highs = values.texts(ranges.map(({ high }) => high))
  return `unnest(${lows}, ${highs}) v(low, high) join ${rows} on s.value >= v.low and s.value < v.high where ${ofParameter}`
}

/** A word begins behind a space, which folding has left single; a text without spaces has no words. */
const spaced = (word: string): string => (/^\p{Script=Han}/u.test(word) ? word : ` ${word}`)
