import { codeHash, token } from '../hash.ts'
import type { Indexer } from '../index-sink.ts'
import type { Parameter } from '../parameters.ts'
import { unescaped } from '../search-value.ts'
import type { TokenTest } from './token.ts'

/** A uri is found by its exact text; a canonical with a version also without it. */
export const uriIndexer =
  ({ hash }: Parameter): Indexer =>
  (value, sink) => {
    if (typeof value !== 'string') return
    sink.token(token(hash, codeHash(value)))
    const bar = value.indexOf('|')
    if (bar > 0) sink.token(token(hash, codeHash(value.slice(0, bar))))
  }

/** @see https://hl7.org/fhir/R4/search.html#uri */
export const parseUri = ({ hash }: Parameter, parts: readonly string[]): TokenTest => ({
  kind: 'token',
  tokens: parts.map(part => token(hash, codeHash(unescaped(part)))),
  isNegated: false,
})
