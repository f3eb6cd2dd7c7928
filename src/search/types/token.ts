import type { Definitions, SearchPath } from '../../fhir/definitions.ts'
import { codeHash, codingHash, codingHashes, hash64, systemHash, token } from '../hash.ts'
import type { Indexer, IndexSink } from '../index-sink.ts'
import type { Parameter } from '../parameters.ts'
import { splitValue, unescaped } from '../search-value.ts'
import type { Sql, Values } from '../statement-text.ts'
import type { ValueContext } from '../faults.ts'
import { elementAt, labelTag } from './text.ts'

/** Any of these entries is in `tokens`; with `isNegated`, none is. */
export interface TokenTest {
  /** It is of what may be taken out before a resource is served: then only whole resources meet it. */
  readonly isRedactable?: true
  readonly kind: 'token'
  readonly tokens: readonly bigint[]
  readonly isNegated: boolean
}

type Element = Readonly<Record<string, unknown>>

/**
 * Puts the tokens of values of one datatype into the sink: code alone, system with code, system alone.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
export const tokenIndexer = (
  parameter: Parameter,
  path: SearchPath,
  definitions: Definitions,
): Indexer => {
  const { hash } = parameter
  const tag = labelTag(parameter.resourceType, path)
  switch (path.type) {
    case 'CodeableConcept':
      return (value, sink) => {
        const { coding, text } = value as Element
        sink.label(tag, text)
        if (!Array.isArray(coding)) return
        for (const item of coding) {
          addCoded(item, 'code', hash, sink)
          sink.label(tag, (item as Element | null)?.['display'])
        }
      }
    case 'Coding':
      return (value, sink) => {
        addCoded(value, 'code', hash, sink)
        sink.label(tag, (value as Element)['display'])
      }
    case 'Identifier':
      return (value, sink) => {
        addCoded(value, 'value', hash, sink)
        addTyped(value as Element, hash, sink)
        sink.label(tag, ((value as Element)['type'] as Element | undefined)?.['text'])
      }
    case 'ContactPoint':
      return (value, sink) => addCode((value as Element)['value'], hash, sink)
    case 'boolean':
      return (value, sink) => addCode(String(value), hash, sink)
    case 'dateTime': // Patient.deceased: that there is a time says that it is so.
      return (_, sink) => addCode('true', hash, sink)
    case 'code':
      return codeIndexer(hash, systemsByCode(path, parameter.resourceType, definitions))
    default:
      return (value, sink) => addCode(value, hash, sink)
  }
}

/** Puts the three ways a Coding or an Identifier is asked for into the sink. */
export const addCoded = (
  value: unknown,
  member: 'code' | 'value',
  hash: bigint,
  sink: IndexSink,
): void => {
  if (typeof value !== 'object' || value === null) return
  const { system, [member]: code } = value as Element
  const stated = typeof system === 'string' ? system : undefined
  if (typeof code === 'string') addHashes(stated, code, hash, sink)
  if (stated !== undefined) sink.token(token(hash, systemHash(stated)))
}

const addHashes = (system: string | undefined, code: string, hash: bigint, sink: IndexSink) => {
  const known = codingHashes(system, code)
  sink.token(token(hash, known.code))
  sink.token(token(hash, known.coding))
}

/** `:of-type`: an identifier by the type it is of. */
const addTyped = ({ type, value }: Element, hash: bigint, sink: IndexSink): void => {
  const { coding } = (type ?? {}) as Element
  if (typeof value !== 'string' || !Array.isArray(coding)) return
  for (const item of coding as readonly Element[]) {
    const { system, code } = item ?? {}
    if (typeof system === 'string' && typeof code === 'string')
      sink.token(token(hash, ofTypeHash(system, code, value)))
  }
}

const ofTypeHash = (system: string, code: string, value: string): bigint =>
  hash64(`=:${system}|${code}|${value}`)

const addCode = (code: unknown, hash: bigint, sink: IndexSink) => {
  if (typeof code === 'string') addHashes(undefined, code, hash, sink)
}

/** An element of type code states no system: its required value set implies one. */
const codeIndexer =
  (hash: bigint, systems: ReadonlyMap<string, string>): Indexer =>
  (value, sink) => {
    if (typeof value !== 'string') return
    const system = systems.get(value)
    if (system === undefined) return addCode(value, hash, sink)
    addHashes(system, value, hash, sink)
    sink.token(token(hash, systemHash(system)))
  }

const systemsByCode = (
  path: SearchPath,
  resourceType: string,
  definitions: Definitions,
): ReadonlyMap<string, string> => {
  const { binding } = elementAt(path, resourceType, definitions) ?? {}
  const systems = definitions.codings.get(binding ?? '') ?? new Map<string, Set<string>>()
  return new Map(
    [...systems].flatMap(([system, codes]) => [...codes].map(code => [code, system] as const)),
  )
}

/** What stands for a value of a parameter, or of any of those it is the union of. */
export const tokensOf = ({ hashes }: Parameter, value: bigint): readonly bigint[] =>
  hashes.map(hash => token(hash, value))

/** The test for `code`, `system|code`, `|code` and `system|`, or undefined with a fault. */
export const parseToken = (
  parameter: Parameter,
  parts: readonly string[],
  isNegated: boolean,
  { name, faults }: ValueContext,
): TokenTest | undefined => {
  const tokens: bigint[] = []
  for (const part of parts) {
    const [first = '', second, ...rest] = splitValue(part, '|').map(unescaped)
    if (rest.length > 0 || (first === '' && second === ''))
      return faults.invalid('search-token-malformed', { parameter: name })
    const value =
      second === undefined
        ? codeHash(first)
        : second === ''
          ? systemHash(first)
          : codingHash(first === '' ? undefined : first, second)
    tokens.push(...tokensOf(parameter, value))
  }
  return { kind: 'token', tokens, isNegated }
}

/**
 * The test for `:of-type`: `system|code|value`, or undefined with a fault.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
export const parseOfType = (
  parameter: Parameter,
  parts: readonly string[],
  { name, faults }: ValueContext,
): TokenTest | undefined => {
  const tokens: bigint[] = []
  for (const part of parts) {
    const [system, code, value, ...more] = splitValue(part, '|').map(unescaped)
    if (!system || !code || !value || more.length > 0)
      return faults.invalid('search-of-type-malformed', { parameter: name })
    tokens.push(...tokensOf(parameter, ofTypeHash(system, code, value)))
  }
  return { kind: 'token', tokens, isNegated: false }
}

/**
 * `alias.tokens` has one of `tokens`. `drive` lets the GIN index find the rows; otherwise they are
 * found by something rarer, and the form is one no GIN can serve: PostgreSQL would read millions of
 * index entries to combine them with a handful of rows.
 */
export const hasToken = (
  tokens: readonly bigint[],
  alias: string,
  values: Values,
  drive: boolean,
): Sql => {
  const [first] = tokens
  if (tokens.length === 1 && first !== undefined)
    return drive
      ? `${alias}.tokens @> array[${values.bigint(first)}]`
      : `${values.bigint(first)} = any(${alias}.tokens)`
  const list = values.bigints(tokens)
  if (!isLongList(tokens)) return hasTokenOf(list, alias, drive)
  return drive ? isFoundBy(list, alias) : isIn(list, alias)
}

/** Whether comparing each token with those of a row costs too much: 0.1 us for each of them and row. */
export const isLongList = ({ length }: readonly bigint[]): boolean => length > 40

/**
 * A long list, looked up in the index token by token. As one condition PostgreSQL takes it to be met by
 * nearly all rows, and compares it with each.
 */
const isFoundBy = (list: Sql, alias: string): Sql =>
  `${alias}.key = any(array(select x.key from unnest(${list}) l(token)
    cross join lateral (select t.key from resource t where t.tokens @> array[l.token] and not t.deleted offset 0) x))`

/** A long list is made a hash table once per statement, in which each token of a row is looked up: 4 us. */
const isIn = (list: Sql, alias: string): Sql =>
  `exists (select from unnest(${alias}.tokens) u(token) where (u.token in (select unnest(${list}))) is true)`

/** The same for tokens that are an SQL array. */
export const hasTokenOf = (array: Sql, alias: string, drive: boolean): Sql =>
  drive ? `${alias}.tokens && ${array}` : `(${alias}.tokens || '{}') && ${array}`

export const tokenSql = (test: TokenTest, alias: string, values: Values, drive: boolean): Sql =>
  test.isNegated
    ? `not (${hasToken(test.tokens, alias, values, false)})`
    : hasToken(test.tokens, alias, values, drive)
