import { codeHash, hash64, token } from '../hash.ts'
import type { Indexer } from '../index-sink.ts'
import type { Parameter } from '../parameters.ts'
import { unescaped } from '../search-value.ts'
import type { TokenTest } from './token.ts'

/** Segments of an address that `:above` and `:below` tell apart. */
const segmentsMax = 20

/**
 * Parameters all types have are not searched by `:below`: every record would keep an entry for each
 * segment of each profile it states.
 */
export const hasBelow = ({ code }: Pick<Parameter, 'resourceType' | 'code'>): boolean =>
  !code.startsWith('_')

const belowHash = (ancestor: string): bigint => hash64(`<${ancestor}`)

/** A uri is found by its exact text, and by what is above it; a canonical with a version also without it. */
export const uriIndexer = (parameter: Parameter): Indexer => {
  const { hash } = parameter
  const isFoundBelow = hasBelow(parameter)
  return (value, sink) => {
    if (typeof value !== 'string') return
    sink.token(token(hash, codeHash(value)))
    const bar = value.indexOf('|')
    if (bar > 0) sink.token(token(hash, codeHash(value.slice(0, bar))))
    if (isFoundBelow)
      for (const ancestor of ancestorsOf(value)) sink.token(token(hash, belowHash(ancestor)))
  }
}

/** An address and those it is below, segment by segment: `http://a/b`, `http://a`. Other uris have none. */
const ancestorsOf = (uri: string): readonly string[] => {
  const [, origin, path = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/]+)(\/.*)?$/i.exec(uri) ?? []
  if (origin === undefined) return [uri]
  const segments = path.split('/').filter(segment => segment !== '')
  const ancestors = [uri]
  for (let count = Math.min(segments.length, segmentsMax); count >= 0; count--) {
    const ancestor = [origin, ...segments.slice(0, count)].join('/')
    if (ancestor !== uri) ancestors.push(ancestor)
  }
  return ancestors
}

/**
 * The test for addresses, for those `:below` one, and for those `:above` one, itself included.
 * @see https://hl7.org/fhir/R4/search.html#uri
 */
export const parseUri = (
  { hash }: Parameter,
  parts: readonly string[],
  modifier?: 'above' | 'below',
): TokenTest => {
  const uris = parts.map(unescaped)
  const hashes =
    modifier === 'below'
      ? uris.map(uri => belowHash(uri.replace(/(?<=[^/])\/$/, '')))
      : (modifier === 'above' ? uris.flatMap(ancestorsOf) : uris).map(codeHash)
  return { kind: 'token', tokens: hashes.map(value => token(hash, value)), isNegated: false }
}
